package iam

import (
	"sync"
)

// maxNames bounds names, in entries. A full map starts anew.
const maxNames = 1 << 16

// names remembers the store keys of what exists, so that the way of every request need not build them.
type names struct {
	mu   sync.RWMutex
	keys map[nameOf]string // guarded by mu
}

// nameOf is what a store key is made of: an entity's account and name, or an access key's id.
type nameOf struct {
	kind          kind
	account, name string
}

// keyOf is the store key of n.
func (m *names) keyOf(n nameOf) (key string, known bool) {
	m.mu.RLock()
	key, known = m.keys[n]
	m.mu.RUnlock()
	if known {
		return key, true
	}
	if n.kind == "" {
		return accessKeyKey(n.name), false
	}
	return entityKey(n.kind, n.account, n.name), false
}

// remember keeps the store key of n, which was found there.
func (m *names) remember(n nameOf, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil || len(m.keys) >= maxNames {
		m.keys = make(map[nameOf]string)
	}
	m.keys[n] = key
}
