package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
)

var errOwn = errors.New("the function's own error")

func testErrorLeavesNoTrace(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1"})
	err := s.Update(t.Context(), func(txn store.Txn) error {
		return errors.Join(txn.Set("a", []byte("2")), txn.Set("b", nil), txn.Delete("a"), errOwn)
	})
	if !errors.Is(err, errOwn) {
		t.Errorf("Update returned %v, want the function's error", err)
	}
	if err := s.View(t.Context(), func(store.Reader) error { return errOwn }); !errors.Is(err, errOwn) {
		t.Errorf("View returned %v, want the function's error", err)
	}
	want(t, s, `"a"="1"`)
}

func testPanicLeavesNoTrace(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1"})
	run := func(transact func()) {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not come through")
			}
		}()
		transact()
	}
	run(func() {
		s.Update(t.Context(), func(txn store.Txn) error {
			if err := txn.Set("a", []byte("2")); err != nil {
				return err
			}
			panic("in Update")
		})
	})
	run(func() { s.View(t.Context(), func(store.Reader) error { panic("in View") }) })
	want(t, s, `"a"="1"`)
	put(t, s, map[string]string{"b": "1"})
}

func testCancelled(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1"})
	before, cancelBefore := context.WithCancel(t.Context())
	cancelBefore()
	if err := s.View(before, func(store.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("View of a cancelled context: %v", err)
	}
	err := s.Update(before, func(txn store.Txn) error { return txn.Set("a", []byte("2")) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update of a cancelled context: %v", err)
	}

	within, cancelWithin := context.WithCancel(t.Context())
	err = s.Update(within, func(txn store.Txn) error {
		err := txn.Set("a", []byte("2"))
		cancelWithin()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update, cancelled before its commit: %v", err)
	}
	want(t, s, `"a"="1"`)

	put(t, s, map[string]string{"b": "1", "c": "1"})
	loop, cancelLoop := context.WithCancel(t.Context())
	err = s.View(loop, func(r store.Reader) error {
		for e, err := range r.Scan("", "") {
			if err != nil {
				return err
			}
			if e.Key != "a" {
				t.Errorf("the loop went on to %q", e.Key)
			}
			cancelLoop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("View, cancelled in a loop: %v", err)
	}
}

func testEnded(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1"})
	var r store.Reader
	var txn store.Txn
	if err := s.View(t.Context(), func(got store.Reader) error { r = got; return nil }); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(got store.Txn) error { txn = got; return got.Set("b", nil) })
	for name, use := range map[string]func() error{
		"Get":      func() error { _, err := r.Get("a"); return err },
		"Scan":     func() error { _, err := list(r, "", ""); return err },
		"Txn.Get":  func() error { _, err := txn.Get("a"); return err },
		"own Get":  func() error { _, err := txn.Get("b"); return err },
		"Txn.Scan": func() error { _, err := list(txn, "", ""); return err },
		"Set":      func() error { return txn.Set("a", nil) },
		"Delete":   func() error { return txn.Delete("a") },
	} {
		if err := use(); !errors.Is(err, store.ErrEnded) {
			t.Errorf("%s after the end: %v, want ErrEnded", name, err)
		}
	}
	want(t, s, `"a"="1"`, `"b"=""`)
}

func testClosed(t *testing.T, s store.Store) {
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for name, use := range map[string]func() error{
		"View":   func() error { return s.View(t.Context(), func(store.Reader) error { return nil }) },
		"Update": func() error { return s.Update(t.Context(), func(store.Txn) error { return nil }) },
		"Close":  s.Close,
	} {
		if err := use(); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s of a closed store: %v, want ErrClosed", name, err)
		}
	}
}

func testCloseWaits(t *testing.T, s store.Store) {
	inside, closed := make(chan struct{}), make(chan error, 1)
	done := make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), func(txn store.Txn) error {
			close(inside)
			for s.View(context.Background(), func(store.Reader) error { return nil }) == nil {
				// until Close has begun
			}
			select {
			case <-closed:
				t.Error("Close did not wait")
			default:
			}
			return txn.Set("a", nil)
		})
	}()
	<-inside
	closed <- s.Close()
	if err := <-done; err != nil {
		t.Errorf("Update under way at Close: %v", err)
	}
}
