package store

import (
	"sync"
	"sync/atomic"
)

// shard is a part of a Cache. It evicts by CLOCK: a hand goes round the entries, spares those that were used since it
// last came by, and takes the first that was not.
type shard[V any] struct {
	space   int
	onEvict func(V) // or nil; called without mu

	mu         sync.RWMutex
	entries    map[string]*entry[V]
	ring       []*entry[V]
	hand       int            // index in ring
	suspects   map[string]int // keys whose records may be changing → how many Updates change them
	generation uint64         // grows when a key becomes or ceases to be suspect
	_          [64]byte       // keeps the locks of two shards apart
}

type entry[V any] struct {
	key   string
	value V
	place int // index in ring
	used  atomic.Bool
}

func (s *shard[V]) init(space int) {
	s.space = space
	s.entries = make(map[string]*entry[V])
	s.suspects = make(map[string]int)
}

// get returns the value of key, if it is there, and else the generation to give to put.
func (s *shard[V]) get(key string) (value V, generation uint64, ok bool) {
	s.mu.RLock()
	e := s.entries[key]
	generation = s.generation
	s.mu.RUnlock()
	if e == nil {
		return value, generation, false
	}
	if !e.used.Load() { // so that readers of one entry do not fight for its memory
		e.used.Store(true)
	}
	return e.value, generation, true
}

// put keeps a value that was loaded after generation was read, if no record changed since.
func (s *shard[V]) put(key string, value V, generation uint64) {
	s.mu.Lock()
	var evicted *entry[V]
	if s.generation == generation && s.suspects[key] == 0 && s.entries[key] == nil {
		if len(s.ring) == s.space {
			evicted = s.victim()
			s.remove(evicted)
		}
		e := &entry[V]{key: key, value: value, place: len(s.ring)}
		s.entries[key] = e
		s.ring = append(s.ring, e)
	}
	s.mu.Unlock()
	s.evicted(evicted)
}

// victim moves the hand to the next entry that may go. The caller holds mu.
func (s *shard[V]) victim() *entry[V] {
	for {
		s.hand = (s.hand + 1) % len(s.ring)
		if e := s.ring[s.hand]; !e.used.Swap(false) {
			return e
		}
	}
}

// remove takes e out and puts the last of the ring in its place. The caller holds mu.
func (s *shard[V]) remove(e *entry[V]) {
	delete(s.entries, e.key)
	end := len(s.ring) - 1
	last := s.ring[end]
	last.place = e.place
	s.ring[e.place] = last
	s.ring[end] = nil
	s.ring = s.ring[:end]
}

func (s *shard[V]) evicted(e *entry[V]) {
	if e != nil && s.onEvict != nil {
		s.onEvict(e.value)
	}
}

// suspect drops the value of key and keeps others out until settle has been called as often.
func (s *shard[V]) suspect(key string) {
	s.mu.Lock()
	s.generation++
	s.suspects[key]++
	e := s.entries[key]
	if e != nil {
		s.remove(e)
	}
	s.mu.Unlock()
	s.evicted(e)
}

func (s *shard[V]) settle(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	if s.suspects[key]--; s.suspects[key] == 0 {
		delete(s.suspects, key)
	}
}

func (s *shard[V]) clear() {
	s.mu.Lock()
	ring := s.ring
	s.ring, s.hand = nil, 0
	clear(s.entries)
	s.generation++
	s.mu.Unlock()
	for _, e := range ring {
		s.evicted(e)
	}
}
