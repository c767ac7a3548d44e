package mem_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return mem.New() })
}

// In a bubble time passes while transactions wait for each other, and nothing is left when the store is closed.
func TestInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mem.New()
		err := s.Update(t.Context(), func(txn store.Txn) error { return txn.Set("k", []byte("first")) })
		if err != nil {
			t.Fatal(err)
		}
		begin, runs := time.Now(), 0
		slow := make(chan error, 1)
		go func() {
			slow <- s.Update(t.Context(), func(txn store.Txn) error {
				runs++
				v, err := txn.Get("k")
				if err != nil {
					return err
				}
				time.Sleep(time.Hour)
				return txn.Set("k", append(v, "+slow"...))
			})
		}()
		time.Sleep(time.Minute)
		err = s.Update(t.Context(), func(txn store.Txn) error { return txn.Set("k", []byte("second")) })
		if err != nil {
			t.Fatal(err)
		}
		if err := <-slow; err != nil {
			t.Fatal(err)
		}
		if passed := time.Since(begin); runs != 2 || passed != 2*time.Hour {
			t.Errorf("%d runs in %v, want 2 in 2h", runs, passed)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
