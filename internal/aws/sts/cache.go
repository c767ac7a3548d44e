package sts

import "sync"

// cacheBytes bounds the memory of opened sessions, roughly, in bytes.
const cacheBytes = 64 << 20

const cacheShards = 16 // a power of two

// cache holds opened sessions by their tokens.
type cache struct {
	shards [cacheShards]cacheShard
}

// cacheShard evicts by CLOCK: a hand goes round the sessions, spares those that were used since it last came by, and takes
// the first that was not.
type cacheShard struct {
	space int // bytes

	mu       sync.RWMutex       // guards what follows
	sessions map[string]*cached // by ending of their token
	ring     []*cached
	hand     int
	size     int // bytes
	_        [64]byte
}

// cached is a session's place in a shard.
type cached struct {
	session *session
	place   int // in ring
}

func newCache(bytes int) *cache {
	c := &cache{}
	for i := range c.shards {
		c.shards[i].space = bytes / cacheShards
		c.shards[i].sessions = map[string]*cached{}
	}
	return c
}

// ending is the part of a token that it is found by: its authentication tag, which is as good as random, so that a long token
// need not be hashed. Whether the rest is the same is for the finder to compare.
func ending(wire string) string {
	const size = 24 // characters
	return wire[max(0, len(wire)-size):]
}

// shard is the shard of a token. Its last characters may be padding.
func (c *cache) shard(wire string) *cacheShard {
	if len(wire) < 8 {
		return &c.shards[0]
	}
	return &c.shards[wire[len(wire)-5]&(cacheShards-1)]
}

// get is the session of a token, or nil.
func (c *cache) get(wire string) *session {
	s := c.shard(wire)
	s.mu.RLock()
	at := s.sessions[ending(wire)]
	s.mu.RUnlock()
	if at == nil || at.session.wire != wire {
		return nil
	}
	if o := at.session; !o.used.Load() { // so that readers do not fight for its memory
		o.used.Store(true)
	}
	return at.session
}

// keep puts a session in, unless it is there or too large.
func (c *cache) keep(o *session) {
	if o.kept.Load() {
		return
	}
	s := c.shard(o.wire)
	s.mu.Lock()
	defer s.mu.Unlock()
	cost := o.cost()
	if s.sessions[ending(o.wire)] != nil || cost > s.space {
		return
	}
	for s.size+cost > s.space {
		s.remove(s.victim())
	}
	at := &cached{o, len(s.ring)}
	s.sessions[ending(o.wire)] = at
	s.ring = append(s.ring, at)
	s.size += cost
	o.kept.Store(true)
}

// drop takes a session out.
func (c *cache) drop(o *session) {
	s := c.shard(o.wire)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.sessions[ending(o.wire)]; at != nil && at.session == o {
		s.remove(at)
	}
}

// victim is the next session that may go. The caller holds mu and the ring is not empty.
func (s *cacheShard) victim() *cached {
	for {
		s.hand = (s.hand + 1) % len(s.ring)
		if at := s.ring[s.hand]; !at.session.used.Swap(false) {
			return at
		}
	}
}

// remove takes at out and puts the last of the ring in its place. The caller holds mu.
func (s *cacheShard) remove(at *cached) {
	delete(s.sessions, ending(at.session.wire))
	end := len(s.ring) - 1
	last := s.ring[end]
	last.place = at.place
	s.ring[at.place] = last
	s.ring[end] = nil
	s.ring = s.ring[:end]
	s.size -= at.session.cost()
	at.session.kept.Store(false)
}

// cost is about how much memory a session takes, in bytes: the token on the wire and opened, and the compiled policy.
func (o *session) cost() int {
	return 2048 + 3*len(o.wire) + 8*len(o.token.Policy)
}
