package store

import (
	"context"
	"strings"
	"sync"
)

// Observed is a Store that tells caches which keys its Updates write. All Updates of a store must go through one
// Observed for its caches to be right.
type Observed struct {
	inner Store

	mu       sync.RWMutex // read-locked by each Update, so that it tells the same watchers twice
	watchers []watcher    // guarded by mu
}

// watcher is told of the written keys that begin with prefix.
type watcher struct {
	prefix string
	keyOf  func(written string) (cacheKey string, ok bool)
	cache  invalidator
}

// invalidator is a cache as Observed sees it. Between suspect and settle, which come in pairs, a key's record may be
// changing: the cache holds no value for it.
type invalidator interface {
	suspect(cacheKey string)
	settle(cacheKey string)
}

// Observe returns inner with room for watchers.
func Observe(inner Store) *Observed {
	return &Observed{inner: inner}
}

// View implements Store.
func (o *Observed) View(ctx context.Context, fn func(Reader) error) error {
	return o.inner.View(ctx, fn)
}

// Close implements Store.
func (o *Observed) Close() error { return o.inner.Close() }

// Update implements Store. A cached value of a key that it writes is gone before the change can be seen and stays out
// until the outcome is known, whatever that is, so that a cache is never behind what a View has shown.
func (o *Observed) Update(ctx context.Context, fn func(Txn) error) error {
	o.mu.RLock()
	defer o.mu.RUnlock()
	var suspects []string
	defer func() { o.tell(suspects, invalidator.settle) }()
	return o.inner.Update(ctx, func(txn Txn) error {
		noted := &notedTxn{Txn: txn}
		if err := fn(noted); err != nil {
			return err
		}
		suspects = append(suspects, noted.written...)
		o.tell(noted.written, invalidator.suspect)
		return nil
	})
}

// tell calls what for each key in each cache that watches it. The caller holds mu.
func (o *Observed) tell(written []string, what func(c invalidator, cacheKey string)) {
	for _, key := range written {
		for _, w := range o.watchers {
			if !strings.HasPrefix(key, w.prefix) {
				continue
			}
			if cacheKey, ok := w.keyOf(key); ok {
				what(w.cache, cacheKey)
			}
		}
	}
}

func (o *Observed) watch(w watcher) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.watchers = append(o.watchers, w)
}

// notedTxn notes the keys that are written through it.
type notedTxn struct {
	Txn
	written []string
}

func (t *notedTxn) Set(key string, value []byte) error {
	t.written = append(t.written, key)
	return t.Txn.Set(key, value)
}

func (t *notedTxn) Delete(key string) error {
	t.written = append(t.written, key)
	return t.Txn.Delete(key)
}
