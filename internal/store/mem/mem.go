// Package mem keeps a store in memory: for tests, and for a server that need not remember. It starts no goroutine, and
// who waits in it waits on a channel, so that it works within testing/synctest.
package mem

import (
	"iter"
	"strings"
	"sync/atomic"

	"github.com/RaduBerinde/btreemap"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/optimistic"
)

// degree is that of the tree: small nodes, because each commit copies the nodes that it changes.
const degree = 8

type tree = btreemap.BTreeMap[string, []byte]

// New returns an empty store. Its changes last as long as the process.
func New() store.Store {
	d := &driver{}
	d.current.Store(btreemap.New[string, []byte](degree, strings.Compare))
	return optimistic.New(d)
}

// driver holds the current tree, which is never changed but replaced by a changed clone.
type driver struct {
	current atomic.Pointer[tree]
}

func (d *driver) Snapshot() (optimistic.Snapshot, error) { return snapshot{d.current.Load()}, nil }

func (d *driver) Apply(changes []optimistic.Change) (durable func() error, err error) {
	next := d.current.Load().Clone()
	for _, c := range changes {
		if c.Delete {
			next.Delete(c.Key)
		} else {
			next.ReplaceOrInsert(c.Key, c.Value)
		}
	}
	d.current.Store(next)
	return func() error { return nil }, nil
}

func (d *driver) Close() error { return nil }

type snapshot struct{ tree *tree }

func (s snapshot) Get(key string) ([]byte, error) {
	_, value, ok := s.tree.Get(key)
	if !ok {
		return nil, store.ErrNotFound
	}
	return value, nil
}

func (s snapshot) Scan(from, to string) iter.Seq2[store.Entry, error] {
	stop := btreemap.LT(to)
	if to == "" {
		stop = btreemap.Max[string]()
	}
	return func(yield func(store.Entry, error) bool) {
		for key, value := range s.tree.Ascend(btreemap.GE(from), stop) {
			if !yield(store.Entry{Key: key, Value: value}, nil) {
				return
			}
		}
	}
}

func (s snapshot) Close() error { return nil }
