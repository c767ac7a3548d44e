package storetest

import (
	"errors"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
)

func testViewIsSnapshot(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1", "b": "1", "c": "1"})
	err := s.View(t.Context(), func(r store.Reader) error {
		for e, err := range r.Scan("", "") {
			if err != nil {
				return err
			}
			if string(e.Value) != "1" {
				t.Errorf("the loop saw %s=%s", e.Key, e.Value)
			}
			if e.Key == "a" {
				update(t, s, func(txn store.Txn) error {
					return errors.Join(txn.Set("b", []byte("2")), txn.Delete("c"), txn.Set("d", []byte("2")))
				})
			}
		}
		got, err := list(r, "b", "")
		if len(got) != 2 || got[0] != `"b"="1"` {
			t.Errorf("a second loop saw %v", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	want(t, s, `"a"="1"`, `"b"="2"`, `"d"="2"`)
}

// interfere runs an Update and, within the first run of its function, after read and before write, another one. The
// first must run again, because other changed what it read.
func interfere(t *testing.T, s store.Store, read func(store.Txn) (bool, error), write, other func(store.Txn) error) {
	t.Helper()
	runs := 0
	update(t, s, func(txn store.Txn) error {
		runs++
		do, err := read(txn)
		if err != nil {
			return err
		}
		if runs == 1 {
			update(t, s, other)
		}
		if !do {
			return nil
		}
		return write(txn)
	})
	if runs != 2 {
		t.Errorf("the function ran %d times, want 2", runs)
	}
}

func set(key, value string) func(store.Txn) error {
	return func(txn store.Txn) error { return txn.Set(key, []byte(value)) }
}

func testLostUpdate(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"n": "x"})
	var value []byte
	interfere(t, s,
		func(txn store.Txn) (ok bool, err error) { value, err = txn.Get("n"); return true, err },
		func(txn store.Txn) error { return txn.Set("n", append(value, 'x')) },
		set("n", "xx"))
	want(t, s, `"n"="xxx"`)
}

func testWriteSkew(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"ann": "on call", "bob": "on call"})
	interfere(t, s,
		func(txn store.Txn) (bool, error) {
			a, errA := txn.Get("ann")
			b, errB := txn.Get("bob")
			return string(a) == "on call" && string(b) == "on call", errors.Join(errA, errB)
		},
		set("bob", "away"),
		set("ann", "away"))
	want(t, s, `"ann"="away"`, `"bob"="on call"`)
}

func testPhantom(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "", "z": ""})
	interfere(t, s,
		func(txn store.Txn) (bool, error) { found, err := list(txn, "b", "y"); return len(found) == 0, err },
		set("c", "first"),
		set("d", "other"))
	want(t, s, `"a"=""`, `"d"="other"`, `"z"=""`)
}

func testVanished(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"b": "", "c": ""})
	interfere(t, s,
		func(txn store.Txn) (bool, error) { found, err := list(txn, "", ""); return len(found) == 2, err },
		set("a", "both are there"),
		func(txn store.Txn) error { return txn.Delete("c") })
	want(t, s, `"b"=""`)
}

func testAbsent(t *testing.T, s store.Store) {
	interfere(t, s,
		func(txn store.Txn) (bool, error) {
			_, err := txn.Get("name")
			if errors.Is(err, store.ErrNotFound) {
				return true, nil
			}
			return false, err
		},
		set("name", "mine"),
		set("name", "taken"))
	want(t, s, `"name"="taken"`)
}

// testStarvation has others change what a transaction reads, whenever it runs, for as long as the store lets them.
func testStarvation(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"n": ""})
	const patience = 100 // runs
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := byte(0); ; i++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := s.Update(t.Context(), set("n", string(i))); err != nil {
				stopped <- err
				return
			}
		}
	}()
	runs := 0
	update(t, s, func(txn store.Txn) error {
		if runs++; runs > patience {
			return errors.New("the transaction starves")
		}
		seen, err := txn.Get("n")
		if err != nil {
			return err
		}
		return errors.Join(awaitChange(t, s, "n", string(seen)), txn.Set("done", nil))
	})
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

// awaitChange returns once key has another value than old, or has had time enough to.
func awaitChange(t *testing.T, s store.Store, key, old string) error {
	var now []byte
	for range 20_000 {
		err := s.View(t.Context(), func(r store.Reader) (err error) { now, err = r.Get(key); return err })
		if err != nil || string(now) != old {
			return err
		}
	}
	return nil
}
