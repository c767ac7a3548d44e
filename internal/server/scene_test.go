package server

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/pebble"
)

// TestInterruptedFirstStart goes on where a first start died, however far it had come. The scene is whole then, and so is
// what a reset puts back.
func TestInterruptedFirstStart(t *testing.T) {
	for steps, finished := 0, false; !finished; steps++ {
		dir := t.TempDir()
		finished = firstStart(t, dir, steps)
		r := start(t, Config{Data: dir})
		for _, when := range []string{"before", "after"} {
			if _, _, err := r.Control().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); err != nil {
				t.Fatalf("%d changes, %s a reset: %v", steps, when, err)
			}
			if err := r.encrypt("acme"); err != nil {
				t.Fatalf("%d changes, %s a reset: %v", steps, when, err)
			}
			if _, err := r.whoAmI(r.info.Admin); err != nil {
				t.Fatalf("%d changes, %s a reset: %v", steps, when, err)
			}
			if err := r.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		if steps > 50 {
			t.Fatal("a first start has no end")
		}
	}
}

// firstStart does what a first start does until it has changed the store a number of times. It returns whether it was
// finished by then.
func firstStart(t *testing.T, dir string, changes int) bool {
	t.Helper()
	db, err := pebble.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := onAnyPort(Config{Data: dir}).withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{cfg: cfg, store: store.Observe(&dyingStore{db, changes})}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if s.root, err = s.unlock(t.Context()); err != nil {
		return false
	}
	if err := s.compose(); err != nil {
		t.Fatal(err)
	}
	return s.seed(t.Context()) == nil && s.ensureAdminKey(t.Context()) == nil && s.keepToken(t.Context()) == nil
}

// dyingStore is a store that is changed a number of times and then no more.
type dyingStore struct {
	store.Store
	left int
}

func (s *dyingStore) Update(ctx context.Context, fn func(store.Txn) error) error {
	if s.left--; s.left < 0 {
		return errors.New("the process has died")
	}
	return s.Store.Update(ctx, fn)
}
