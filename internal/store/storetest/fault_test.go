package storetest_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/internal/store/storetest"
)

// rename moves what is below one prefix to another, and counts it.
func rename(t *testing.T, s store.Store) error {
	err := s.Update(t.Context(), func(txn store.Txn) error {
		n := 0
		for e, err := range txn.Scan("a", "b") {
			if err != nil {
				return err
			}
			if err := errors.Join(txn.Delete(e.Key), txn.Set("z"+e.Key, e.Value)); err != nil {
				return err
			}
			n++
		}
		if _, err := txn.Get("count"); !errors.Is(err, store.ErrNotFound) {
			return errors.Join(errors.New("counted already"), err)
		}
		return txn.Set("count", fmt.Append(nil, n))
	})
	if err != nil {
		return err
	}
	return s.View(t.Context(), func(r store.Reader) error { _, err := r.Get("count"); return err })
}

func TestFaulty(t *testing.T) {
	before := []string{`"a1"="x"`, `"a2"="y"`}
	after := []string{`"count"="2"`, `"za1"="x"`, `"za2"="y"`}
	fired := 0
	for n := 1; ; n++ {
		inner := mem.New()
		err := inner.Update(t.Context(), func(txn store.Txn) error {
			return errors.Join(txn.Set("a1", []byte("x")), txn.Set("a2", []byte("y")))
		})
		if err != nil {
			t.Fatal(err)
		}
		s := storetest.Faulty(inner, n)
		err = rename(t, s)
		if !s.Fired() {
			if err != nil {
				t.Errorf("without a failure: %v", err)
			}
			break
		}
		fired++
		if !errors.Is(err, storetest.ErrInjected) {
			t.Errorf("operation %d failed and rename returned %v", n, err)
		}
		got, err := storetest.Dump(t.Context(), inner)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, before) && !slices.Equal(got, after) {
			t.Errorf("operation %d failed and left %v", n, got)
		}
	}
	// Update, two entries with Delete and Set, the end of the Scan, Get, Set, commit; View and its Get.
	if fired != 1+2*3+1+1+1+1+2 {
		t.Errorf("%d operations failed", fired)
	}
}
