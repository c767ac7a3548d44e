// Package optimistic makes a serialisable store.Store of any ordered map that has snapshots.
//
// A transaction reads a snapshot and keeps what it read (keys and ranges) and what it changes to itself. To commit it
// takes its turn, checks that no commit since its snapshot changed anything that it read, and applies its changes; if
// the check fails its function runs again. Thus each transaction behaves as if it ran whole at the moment of its
// commit (or, when it changes nothing, at that of its snapshot). A transaction that keeps losing runs alone.
//
// Applying and making durable are two steps, so that many commits share one sync of the disk. Other transactions see
// changes between the two; they do not return before these are durable.
package optimistic

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/keyhold/keyhold/internal/store"
)

// Driver is an ordered map with snapshots.
type Driver interface {
	// Snapshot returns the state after all that was applied before the call. It does not change any more.
	Snapshot() (Snapshot, error)
	// Apply makes changes, which hold each key once, visible, all at once, and returns a function that waits until
	// they and all earlier ones are durable. Calls do not overlap. After an error Snapshot and Apply must refuse.
	Apply(changes []Change) (durable func() error, err error)
	// Close is called once, when nothing else runs.
	Close() error
}

// Snapshot is a state of a Driver. Its ranges obey the rules of store.Reader.
type Snapshot interface {
	store.Reader
	Close() error
}

// Change gives Key a new Value, or none.
type Change struct {
	Key    string
	Value  []byte
	Delete bool
}

// maxConflicts is how many times a transaction may lose before it runs alone.
const maxConflicts = 8

var errConflict = errors.New("store: conflict")

// Store runs transactions over a Driver.
type Store struct {
	driver Driver
	gate   gate
	turn   chan struct{} // full while somebody validates and applies, or runs alone

	newest  atomic.Pointer[commit] // the last commit that a snapshot may show; set before it is applied
	applied atomic.Uint64          // the number of the last commit that every new snapshot shows
	recent  history                // guarded by turn
}

// New returns a store over driver, which it owns.
func New(driver Driver) *Store {
	s := &Store{driver: driver, turn: make(chan struct{}, 1)}
	s.recent.init(maxHistory)
	first := &commit{done: make(chan struct{})}
	close(first.done)
	s.newest.Store(first)
	return s
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	snap, err := s.driver.Snapshot()
	if err != nil {
		return err
	}
	seen := s.newest.Load()
	err = runView(ctx, snap, fn)
	return seen.settle(ctx, err)
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Txn) error) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	for lost := 0; ; lost++ {
		seen, own, err := s.attempt(ctx, fn, lost >= maxConflicts)
		switch {
		case err == errConflict:
		case own != nil:
			return own.finish()
		default:
			return seen.settle(ctx, err)
		}
	}
}

// attempt runs fn once. It returns the commit that it made, if any, and else the newest that fn may have seen.
func (s *Store) attempt(ctx context.Context, fn func(store.Txn) error, alone bool) (seen, own *commit, err error) {
	if alone {
		if err := s.takeTurn(ctx); err != nil {
			return nil, nil, err
		}
		defer s.endTurn()
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	start := s.applied.Load()
	snap, err := s.driver.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	seen = s.newest.Load()
	t, err := runTxn(ctx, snap, fn)
	if err != nil || len(t.changes) == 0 {
		return seen, nil, err
	}
	if !alone {
		if err := s.takeTurn(ctx); err != nil {
			return seen, nil, err
		}
		defer s.endTurn()
	}
	if err := ctx.Err(); err != nil {
		return seen, nil, err
	}
	if !s.recent.unchanged(start, &t.reads) {
		return nil, nil, errConflict
	}
	own, err = s.apply(t.changes)
	return seen, own, err
}

// apply makes changes a commit. The caller has the turn.
func (s *Store) apply(changes []Change) (*commit, error) {
	c := &commit{done: make(chan struct{})}
	s.newest.Store(c)
	durable, err := s.driver.Apply(changes)
	if err != nil {
		c.err = err
		close(c.done)
		return nil, err
	}
	c.durable = durable
	number := s.applied.Load() + 1
	s.recent.add(number, changes)
	s.applied.Store(number)
	return c, nil
}

func (s *Store) takeTurn(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) endTurn() { <-s.turn }

// Close implements store.Store.
func (s *Store) Close() error {
	if err := s.gate.close(); err != nil {
		return err
	}
	return s.driver.Close()
}
