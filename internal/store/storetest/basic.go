package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
)

func testGetSetDelete(t *testing.T, s store.Store) {
	want(t, s)
	update(t, s, func(txn store.Txn) error { return txn.Delete("none") })
	put(t, s, map[string]string{"a": "1", "b": "2"})
	want(t, s, `"a"="1"`, `"b"="2"`)
	update(t, s, func(txn store.Txn) error { return errors.Join(txn.Delete("a"), txn.Set("b", []byte("3"))) })
	want(t, s, `"b"="3"`)
	err := s.View(t.Context(), func(r store.Reader) error {
		if v, err := r.Get("b"); err != nil || string(v) != "3" {
			t.Errorf("Get(b) = %q, %v", v, err)
		}
		_, err := r.Get("a")
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("View of a deleted key returned %v, want ErrNotFound", err)
	}
}

func testAnyBytes(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"": "empty key", "empty value": "", "\x00": "\x00\xff", "\xff\xff": "\xff", "ä/\n": "é"})
	want(t, s, `""="empty key"`, `"\x00"="\x00\xff"`, `"empty value"=""`, `"ä/\n"="é"`, `"\xff\xff"="\xff"`)
	update(t, s, func(txn store.Txn) error {
		if v, err := txn.Get("empty value"); v == nil || len(v) != 0 || err != nil {
			t.Errorf("Get of an empty value = %#v, %v", v, err)
		}
		return errors.Join(txn.Set("nil", nil), txn.Delete(""))
	})
	want(t, s, `"\x00"="\x00\xff"`, `"empty value"=""`, `"nil"=""`, `"ä/\n"="é"`, `"\xff\xff"="\xff"`)
}

func testScan(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "", "b": "", "b\x00": "", "ba": "", "c": "", "\xff": ""})
	tests := []struct {
		from, to string
		want     []string
	}{
		{"", "", []string{"a", "b", "b\x00", "ba", "c", "\xff"}},
		{"b", "c", []string{"b", "b\x00", "ba"}},
		{"b\x00", "", []string{"b\x00", "ba", "c", "\xff"}},
		{"", "b", []string{"a"}},
		{"b", "b", nil},
		{"c", "b", nil},
		{"bb", "bc", nil},
		{"d", "", []string{"\xff"}},
	}
	check := func(r store.Reader) error {
		for _, tt := range tests {
			var got []string
			for e, err := range r.Scan(tt.from, tt.to) {
				if err != nil {
					return err
				}
				got = append(got, e.Key)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Scan(%q, %q) = %q, want %q", tt.from, tt.to, got, tt.want)
			}
		}
		return nil
	}
	if err := s.View(t.Context(), check); err != nil {
		t.Error(err)
	}
	update(t, s, func(txn store.Txn) error { return check(txn) })
}

// A loop that is left early releases what it held, and a Scan can be run again and nested.
func testScanStops(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1", "b": "2", "c": "3"})
	err := s.View(t.Context(), func(r store.Reader) error {
		scan := r.Scan("", "")
		var got []string
		for range 2 {
			for e, err := range scan {
				if err != nil {
					return err
				}
				for inner, err := range scan {
					if err != nil {
						return err
					}
					got = append(got, e.Key+inner.Key)
					break
				}
				if e.Key == "b" {
					break
				}
			}
		}
		if want := []string{"aa", "ba", "aa", "ba"}; !slices.Equal(got, want) {
			t.Errorf("loops gave %q, want %q", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func testOwnChanges(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"b": "old", "d": "old", "f": "old"})
	update(t, s, func(txn store.Txn) error {
		err := errors.Join(txn.Set("a", []byte("new")), txn.Set("b", []byte("new")), txn.Delete("d"),
			txn.Set("e", []byte("new")), txn.Set("g", []byte("new")), txn.Delete("g"), txn.Delete("h"), txn.Set("h", []byte("new")))
		if err != nil {
			return err
		}
		all, err := list(txn, "", "")
		if want := []string{`"a"="new"`, `"b"="new"`, `"e"="new"`, `"f"="old"`, `"h"="new"`}; !slices.Equal(all, want) {
			t.Errorf("scan within: %v, want %v", all, want)
		}
		some, err2 := list(txn, "b", "f")
		if want := []string{`"b"="new"`, `"e"="new"`}; !slices.Equal(some, want) {
			t.Errorf("scan of b..f within: %v, want %v", some, want)
		}
		if v, err := txn.Get("b"); string(v) != "new" || err != nil {
			t.Errorf("Get(b) within = %q, %v", v, err)
		}
		if _, err := txn.Get("d"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get(d) within: %v, want ErrNotFound", err)
		}
		return errors.Join(err, err2)
	})
	want(t, s, `"a"="new"`, `"b"="new"`, `"e"="new"`, `"f"="old"`, `"h"="new"`)
}

func testChangeWhileScanning(t *testing.T, s store.Store) {
	put(t, s, map[string]string{"a": "1", "b": "2", "c": "3"})
	update(t, s, func(txn store.Txn) error {
		var got []string
		for e, err := range txn.Scan("", "") {
			if err != nil {
				return err
			}
			got = append(got, fmt.Sprintf("%s=%s", e.Key, e.Value))
			err := errors.Join(txn.Delete(e.Key), txn.Delete("c"), txn.Set("b", []byte("changed")), txn.Set("z"+e.Key, e.Value))
			if err != nil {
				return err
			}
		}
		if want := []string{"a=1", "b=2", "c=3"}; !slices.Equal(got, want) {
			t.Errorf("loop saw %v, want %v", got, want)
		}
		return nil
	})
	want(t, s, `"b"="changed"`, `"za"="1"`, `"zb"="2"`, `"zc"="3"`)
}

func testValuesAreCopied(t *testing.T, s store.Store) {
	value := []byte("right")
	update(t, s, func(txn store.Txn) error {
		if err := txn.Set("k", value); err != nil {
			return err
		}
		copy(value, "wrong")
		return nil
	})
	want(t, s, `"k"="right"`)
	var kept []byte
	if err := s.View(t.Context(), func(r store.Reader) (err error) { kept, err = r.Get("k"); return err }); err != nil {
		t.Fatal(err)
	}
	put(t, s, map[string]string{"k": "other"})
	if string(kept) != "right" {
		t.Errorf("a kept value became %q", kept)
	}
}

func testBigValues(t *testing.T, s store.Store) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 2<<20) // 32 MiB
	for i := range 2 {
		update(t, s, func(txn store.Txn) error {
			return errors.Join(txn.Set("big", big), txn.Set("small", []byte{byte(i)}))
		})
		err := s.View(t.Context(), func(r store.Reader) error {
			v, err := r.Get("big")
			if !bytes.Equal(v, big) {
				t.Errorf("a value of %d bytes came back with %d", len(big), len(v))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, func(txn store.Txn) error { return txn.Delete("big") })
	want(t, s, `"small"="\x01"`)
}

func testManyChanges(t *testing.T, s store.Store) {
	const n = 50_000
	update(t, s, func(txn store.Txn) error {
		for i := range n {
			if err := txn.Set(fmt.Sprintf("k%06d", i*7919%n), []byte("v")); err != nil {
				return err
			}
		}
		return nil
	})
	count := func(r store.Reader) (seen int, err error) {
		for e, err := range r.Scan("", "") {
			if err != nil {
				return 0, err
			}
			if e.Key != fmt.Sprintf("k%06d", seen) {
				return 0, fmt.Errorf("entry %d is %q", seen, e.Key)
			}
			seen++
		}
		return seen, nil
	}
	err := s.View(t.Context(), func(r store.Reader) error {
		seen, err := count(r)
		if err == nil && seen != n {
			err = fmt.Errorf("%d entries, want %d", seen, n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
