package optimistic

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/keyhold/keyhold/internal/store"
)

// fake is a driver whose disk waits to be told.
type fake struct {
	mu   sync.Mutex
	data map[string]string
	disk chan error // gives each sync its outcome; nil: all is well at once
	fail error      // what Snapshot and Apply return
}

func (f *fake) Snapshot() (Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fakeSnapshot(maps.Clone(f.data)), f.fail
}

func (f *fake) Apply(changes []Change) (func() error, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range changes {
		if c.Delete {
			delete(f.data, c.Key)
		} else {
			f.data[c.Key] = string(c.Value)
		}
	}
	if f.disk == nil {
		return func() error { return nil }, f.fail
	}
	return func() error { return <-f.disk }, f.fail
}

func (f *fake) Close() error { return nil }

type fakeSnapshot map[string]string

func (s fakeSnapshot) Get(key string) ([]byte, error) {
	v, ok := s[key]
	if !ok {
		return nil, store.ErrNotFound
	}
	return []byte(v), nil
}

func (s fakeSnapshot) Scan(from, to string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(s)) {
			if from <= key && (to == "" || key < to) && !yield(store.Entry{Key: key, Value: []byte(s[key])}, nil) {
				return
			}
		}
	}
}

func (s fakeSnapshot) Close() error { return nil }

func set(key string) func(store.Txn) error {
	return func(txn store.Txn) error { return txn.Set(key, []byte("set")) }
}

// A transaction that loses each time runs alone in the end: others wait for it.
func TestRunsAloneInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&fake{data: map[string]string{}})
		runs := 0
		other := make(chan error, 1)
		err := s.Update(t.Context(), func(txn store.Txn) error {
			runs++
			if _, err := txn.Get("k"); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if runs <= maxConflicts {
				if err := s.Update(t.Context(), set("k")); err != nil {
					return err
				}
				return txn.Set("k", []byte("mine"))
			}
			go func() { other <- s.Update(t.Context(), set("k")) }()
			synctest.Wait()
			select {
			case err := <-other:
				t.Errorf("the other did not wait: %v", err)
			default:
			}
			return txn.Set("k", []byte("mine"))
		})
		if err != nil || runs != maxConflicts+1 {
			t.Errorf("Update: %v after %d runs, want %d", err, runs, maxConflicts+1)
		}
		if err := <-other; err != nil {
			t.Error(err)
		}
		if got, err := read(t, s, "k"); string(got) != "set" || err != nil {
			t.Errorf("k = %q, %v, want what the other wrote last", got, err)
		}
	})
}

func read(t *testing.T, s *Store, key string) (v []byte, err error) {
	err = s.View(t.Context(), func(r store.Reader) (err error) { v, err = r.Get(key); return err })
	return v, err
}

// A transaction that waits for its turn gives up with its context.
func TestCancelledWhileWaitingForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&fake{data: map[string]string{}})
		s.turn <- struct{}{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Update(ctx, set("k")) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Update: %v", err)
		}
		s.endTurn()
		if _, err := read(t, s, "k"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the change was made: %v", err)
		}
	})
}

func TestConflicts(t *testing.T) {
	scan := func(from, to string, n int) func(store.Txn) error {
		return func(txn store.Txn) error {
			for _, err := range txn.Scan(from, to) {
				if n--; n == 0 || err != nil {
					return err
				}
			}
			return nil
		}
	}
	get := func(key string) func(store.Txn) error {
		return func(txn store.Txn) error {
			if _, err := txn.Get(key); !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return nil
		}
	}
	tests := []struct {
		name     string
		read     func(store.Txn) error
		other    string // key that another transaction writes meanwhile
		conflict bool
	}{
		{"key read", get("b"), "b", true},
		{"absent key read", get("x"), "x", true},
		{"other key", get("b"), "c", false},
		{"within range", scan("a", "c", 0), "bb", true},
		{"first of range", scan("a", "c", 0), "a", true},
		{"end of range", scan("a", "c", 0), "c", false},
		{"before range", scan("b", "", 0), "a", false},
		{"range without end", scan("b", "", 0), "zz", true},
		{"empty range", scan("c", "b", 0), "b", false},
		{"where the loop stopped", scan("", "", 2), "b", true},
		{"before where the loop stopped", scan("", "", 2), "aa", true},
		{"after where the loop stopped", scan("", "", 2), "b\x00", false},
		{"own key read", func(txn store.Txn) error { return errors.Join(set("b")(txn), get("b")(txn)) }, "b", false},
		{"nothing read", func(store.Txn) error { return nil }, "own", false},
		{"loop that was not ended", func(txn store.Txn) error {
			next, stop := iter.Pull2(txn.Scan("", ""))
			t.Cleanup(stop)
			_, _, _ = next()
			return nil
		}, "zz", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(&fake{data: map[string]string{"a": "", "b": "", "c": ""}})
			runs := 0
			err := s.Update(t.Context(), func(txn store.Txn) error {
				if err := tt.read(txn); err != nil {
					return err
				}
				if runs++; runs == 1 {
					if err := s.Update(t.Context(), set(tt.other)); err != nil {
						return err
					}
				}
				return txn.Set("own", nil)
			})
			if err != nil || (runs == 2) != tt.conflict {
				t.Errorf("%d runs, %v; conflict wanted: %t", runs, err, tt.conflict)
			}
		})
	}
}

// A transaction that outlives what is remembered runs again, unless it read nothing.
func TestForgotten(t *testing.T) {
	for _, reads := range []bool{true, false} {
		s := New(&fake{data: map[string]string{}})
		s.recent.init(4)
		runs := 0
		err := s.Update(t.Context(), func(txn store.Txn) error {
			if reads {
				if _, err := txn.Get("k"); !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			if runs++; runs == 1 {
				for i := range 10 {
					if err := s.Update(t.Context(), set(string(rune('A'+i)))); err != nil {
						return err
					}
				}
			}
			return txn.Set("own", nil)
		})
		if err != nil || (runs == 2) != reads {
			t.Errorf("%d runs, %v; it read: %t", runs, err, reads)
		}
		if len(s.recent.writes) > 8 || len(s.recent.last) > 8 {
			t.Errorf("%d writes of %d keys are remembered", len(s.recent.writes), len(s.recent.last))
		}
	}
}

// Nobody may tell of a change before it is durable.
func TestWaitsForWhatItSaw(t *testing.T) {
	tests := []struct {
		name string
		run  func(ctx context.Context, s *Store) error
	}{
		{"View", func(ctx context.Context, s *Store) error {
			return s.View(ctx, func(r store.Reader) error { _, err := r.Get("k"); return err })
		}},
		{"View with an error", func(ctx context.Context, s *Store) error {
			err := s.View(ctx, func(store.Reader) error { return errOwn })
			if errors.Is(err, errOwn) {
				return nil
			}
			return err
		}},
		{"Update that only reads", func(ctx context.Context, s *Store) error {
			return s.Update(ctx, func(txn store.Txn) error { _, err := txn.Get("k"); return err })
		}},
		{"Update with an error", func(ctx context.Context, s *Store) error {
			err := s.Update(ctx, func(txn store.Txn) error { return errOwn })
			if errors.Is(err, errOwn) {
				return nil
			}
			return err
		}},
	}
	broken := errors.New("the disk is broken")
	for _, tt := range tests {
		for _, outcome := range []error{nil, broken, context.Canceled} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &fake{data: map[string]string{}, disk: make(chan error)}
					s := New(f)
					writer, reader := make(chan error, 1), make(chan error, 1)
					go func() { writer <- s.Update(context.Background(), set("k")) }()
					synctest.Wait()
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					go func() { reader <- tt.run(ctx, s) }()
					synctest.Wait()
					select {
					case err := <-reader:
						t.Fatalf("it did not wait: %v", err)
					default:
					}
					if outcome == context.Canceled {
						cancel()
						synctest.Wait()
						f.disk <- nil
					} else {
						f.disk <- outcome
					}
					if err := <-reader; !errors.Is(err, outcome) {
						t.Errorf("reader: %v, want %v", err, outcome)
					}
					if err := <-writer; (err != nil) != (outcome == broken) {
						t.Errorf("writer: %v when the disk says %v", err, outcome)
					}
				})
			})
		}
	}
}

func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&fake{data: map[string]string{}})
		closed := make(chan error, 1)
		err := s.Update(t.Context(), func(txn store.Txn) error {
			go func() { closed <- s.Close() }()
			synctest.Wait()
			select {
			case err := <-closed:
				t.Errorf("Close did not wait: %v", err)
			default:
			}
			return txn.Set("k", nil)
		})
		if err != nil {
			t.Errorf("Update under way at Close: %v", err)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

var errOwn = errors.New("own")

func TestDriverFails(t *testing.T) {
	broken := errors.New("broken")
	f := &fake{data: map[string]string{}}
	s := New(f)
	err := s.Update(t.Context(), func(txn store.Txn) error { f.fail = broken; return txn.Set("k", nil) })
	if !errors.Is(err, broken) {
		t.Errorf("Update whose Apply fails: %v", err)
	}
	if err := s.Update(t.Context(), set("k")); !errors.Is(err, broken) {
		t.Errorf("Update whose Snapshot fails: %v", err)
	}
	if err := s.View(t.Context(), func(store.Reader) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("View whose Snapshot fails: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
