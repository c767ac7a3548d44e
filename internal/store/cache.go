package store

import (
	"context"
	"hash/maphash"
	"math/bits"
)

// Cache holds decoded values in memory, each made by a load function from records of a store. A value leaves when an
// Update of the Observed store writes a record that it was made from, when the cache is full, and with Clear. What Get
// returns is never older than what any View or Update had shown, or acknowledged, before Get was called.
//
// Values are shared by all that get them and must not be changed.
type Cache[V any] struct {
	source *Observed
	load   func(ctx context.Context, r Reader, key string) (V, error)
	seed   maphash.Seed
	shards []shard[V] // a power of two
}

// CacheOption changes how a Cache behaves.
type CacheOption[V any] func(*Cache[V])

// OnEvict has hook called with every value that leaves the cache, once, to wipe it for instance. Others may hold the
// value still, because Get gave it to them. A value that came to be out of date while it was loaded never enters the
// cache, and the hook does not see it.
func OnEvict[V any](hook func(V)) CacheOption[V] {
	return func(c *Cache[V]) {
		for i := range c.shards {
			c.shards[i].onEvict = hook
		}
	}
}

const (
	maxShards     = 64
	minShardSpace = 32 // entries: fewer make evictions unfair
)

// NewCache returns a cache of at most max values over s, with keys that are record keys. load makes the value of key
// from what r reads, and nothing else; its errors are returned by Get and not kept. An Update that writes a key that
// begins with prefix drops the value of that very key. Values that are made of other records as well, and caches whose
// keys are not record keys, need InvalidateOn. NewCache panics if max is not positive.
func NewCache[V any](
	s *Observed, prefix string, max int, load func(ctx context.Context, r Reader, key string) (V, error), opts ...CacheOption[V],
) *Cache[V] {
	if max <= 0 {
		panic("store: a cache without room")
	}
	n := 1
	if max > minShardSpace {
		n = min(maxShards, 1<<(bits.Len(uint(max/minShardSpace))-1))
	}
	c := &Cache[V]{source: s, load: load, seed: maphash.MakeSeed(), shards: make([]shard[V], n)}
	for i := range c.shards {
		c.shards[i].init(max / n)
	}
	for _, opt := range opts {
		opt(c)
	}
	c.InvalidateOn(prefix, func(written string) (string, bool) { return written, true })
	return c
}

// InvalidateOn makes an Update that writes a key that begins with prefix drop the value whose cache key keyOf makes of
// the written key, unless keyOf says no. It is to be called before the first Get, and keyOf must always give the same
// answer.
func (c *Cache[V]) InvalidateOn(prefix string, keyOf func(written string) (cacheKey string, ok bool)) {
	c.source.watch(watcher{prefix: prefix, keyOf: keyOf, cache: c})
}

// Get returns the value of key, which it loads in one View if it is not in the cache.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	s := c.shard(key)
	value, generation, ok := s.get(key)
	if ok {
		return value, nil
	}
	return c.fill(ctx, s, key, generation)
}

// fill loads the value of key and keeps it, unless records changed after generation was read.
func (c *Cache[V]) fill(ctx context.Context, s *shard[V], key string, generation uint64) (value V, err error) {
	err = c.source.View(ctx, func(r Reader) (err error) {
		value, err = c.load(ctx, r, key)
		return err
	})
	if err != nil {
		var none V
		return none, err
	}
	s.put(key, value, generation)
	return value, nil
}

// Clear empties the cache.
func (c *Cache[V]) Clear() {
	for i := range c.shards {
		c.shards[i].clear()
	}
}

func (c *Cache[V]) suspect(key string) { c.shard(key).suspect(key) }

func (c *Cache[V]) settle(key string) { c.shard(key).settle(key) }

func (c *Cache[V]) shard(key string) *shard[V] {
	return &c.shards[maphash.String(c.seed, key)&uint64(len(c.shards)-1)]
}
