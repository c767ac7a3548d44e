package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Observed is a Store that tells caches which keys its Updates write. All Updates of a store must go through one
// Observed for its caches to be right.
type Observed struct {
	inner Store

	mu       sync.RWMutex // read-locked by each Update, so that it tells the same watchers twice
	watchers []watcher    // guarded by mu

	recordingMu sync.Mutex
	recordings  map[*recording]struct{} // guarded by recordingMu
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

// recording is the set of keys that committed while it ran.
type recording map[string]struct{}

// Observe returns inner with room for watchers.
func Observe(inner Store) *Observed {
	return &Observed{inner: inner, recordings: make(map[*recording]struct{})}
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
	var suspects, written []string
	defer func() { o.tell(suspects, invalidator.settle) }()
	err := o.inner.Update(ctx, func(txn Txn) error {
		noted := &notedTxn{Txn: txn}
		if err := fn(noted); err != nil {
			return err
		}
		written = noted.written
		suspects = append(suspects, written...)
		o.tell(written, invalidator.suspect)
		return nil
	})
	if err == nil {
		o.record(written)
	}
	return err
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

// Record runs fn and returns fn's error and, sorted, the keys that Updates set or deleted meanwhile, in whatever
// goroutine. Only Updates that returned nil count.
func (o *Observed) Record(fn func() error) (keys []string, err error) {
	r := &recording{}
	o.recordingMu.Lock()
	o.recordings[r] = struct{}{}
	o.recordingMu.Unlock()
	defer func() {
		o.recordingMu.Lock()
		delete(o.recordings, r)
		keys = slices.Sorted(maps.Keys(*r))
		o.recordingMu.Unlock()
	}()
	return nil, fn()
}

func (o *Observed) record(written []string) {
	o.recordingMu.Lock()
	defer o.recordingMu.Unlock()
	for r := range o.recordings {
		for _, key := range written {
			(*r)[key] = struct{}{}
		}
	}
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
