// Package storetest is the test of a store: Run holds every driver to the contract of package store, Differ holds two
// drivers to each other, and Faulty shows what a store's user does when the store fails.
//
// The suite takes a driver for one that keeps versions: an Update does not wait for another's function, unless it has
// lost to it several times.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
)

// Run runs the suite. open returns an empty store, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"get, set, delete", testGetSetDelete},
		{"any bytes", testAnyBytes},
		{"scan", testScan},
		{"scan stops", testScanStops},
		{"own changes", testOwnChanges},
		{"change while scanning", testChangeWhileScanning},
		{"values are copied", testValuesAreCopied},
		{"big values", testBigValues},
		{"many changes", testManyChanges},
		{"an error leaves no trace", testErrorLeavesNoTrace},
		{"a panic leaves no trace", testPanicLeavesNoTrace},
		{"cancelled", testCancelled},
		{"ended", testEnded},
		{"closed", testClosed},
		{"close waits", testCloseWaits},
		{"view is a snapshot", testViewIsSnapshot},
		{"lost update", testLostUpdate},
		{"write skew", testWriteSkew},
		{"phantom", testPhantom},
		{"vanished entry", testVanished},
		{"absent key", testAbsent},
		{"starvation", testStarvation},
		{"counter", testCounter},
		{"transfers", testTransfers},
		{"real time", testRealTime},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			tt.run(t, s)
			if err := s.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// Dump returns all entries of s as lines of quoted keys and values.
func Dump(ctx context.Context, s store.Store) ([]string, error) {
	var lines []string
	err := s.View(ctx, func(r store.Reader) (err error) {
		lines, err = list(r, "", "")
		return err
	})
	return lines, err
}

func list(r store.Reader, from, to string) ([]string, error) {
	var lines []string
	for e, err := range r.Scan(from, to) {
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%q=%q", e.Key, e.Value))
	}
	return lines, nil
}

// put sets keys to values in one Update.
func put(t *testing.T, s store.Store, entries map[string]string) {
	t.Helper()
	err := s.Update(t.Context(), func(txn store.Txn) error {
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			if err := txn.Set(key, []byte(entries[key])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// want compares the whole store with lines as Dump gives them.
func want(t *testing.T, s store.Store, lines ...string) {
	t.Helper()
	got, err := Dump(t.Context(), s)
	if err != nil {
		t.Fatalf("View: %v", err)
	}
	if !slices.Equal(got, lines) {
		t.Errorf("store holds %v, want %v", got, lines)
	}
}

// update runs an Update that must succeed.
func update(t *testing.T, s store.Store, fn func(store.Txn) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}
