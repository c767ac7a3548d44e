package keyhold

import (
	"sync"
	"time"
)

// evictionSample is how many sessions are looked at to find one that was not used for long. Looking at a few by chance
// comes close to the least recently used one, without an order that every hit would have to lock and keep.
const evictionSample = 8

// sessions holds the sessions of at most max tenants.
type sessions struct {
	max  int
	make func(TenantID) *session

	mu   sync.RWMutex // guards byID; never held during a call
	byID map[TenantID]*session
}

func newSessions(max int, make func(TenantID) *session) *sessions {
	return &sessions{max: max, make: make, byID: map[TenantID]*session{}}
}

// of returns the session of a tenant.
func (c *sessions) of(id TenantID) *session {
	c.mu.RLock()
	s := c.byID[id]
	c.mu.RUnlock()
	if s == nil {
		s = c.add(id)
	}
	s.used.Store(time.Now().UnixNano())
	return s
}

func (c *sessions) add(id TenantID) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.byID[id]; s != nil {
		return s
	}
	if len(c.byID) >= c.max {
		c.evict()
	}
	s := c.make(id)
	s.used.Store(time.Now().UnixNano())
	c.byID[id] = s
	return s
}

// evict removes one session. c.mu is held.
func (c *sessions) evict() {
	var victim TenantID
	oldest, seen := int64(0), 0
	for id, s := range c.byID {
		if used := s.used.Load(); seen == 0 || used < oldest {
			victim, oldest = id, used
		}
		if seen++; seen == evictionSample {
			break
		}
	}
	delete(c.byID, victim)
}

// forget removes the session of a tenant, if there is one.
func (c *sessions) forget(id TenantID) {
	c.mu.Lock()
	s := c.byID[id]
	delete(c.byID, id)
	c.mu.Unlock()
	if s != nil {
		s.forget()
	}
}
