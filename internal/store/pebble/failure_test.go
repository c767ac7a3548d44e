package pebble

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/optimistic"
)

var errDisk = errors.New("input/output error")

// failing makes the n-th operation of the disk fail that it is concerned with, and all later ones if it is persistent.
type failing struct {
	left       atomic.Int64
	persistent bool
	concerns   func(errorfs.Op) bool
}

func (f *failing) String() string { return "failing" }

func (f *failing) MaybeError(op errorfs.Op) error {
	if !f.concerns(op) {
		return nil
	}
	if left := f.left.Add(-1); left == 0 || (left < 0 && f.persistent) {
		return fmt.Errorf("%w: %s", errDisk, op.Path)
	}
	return nil
}

func (f *failing) fired() bool { return f.left.Load() <= 0 }

func changes(op errorfs.Op) bool { return op.Kind.ReadOrWrite() == errorfs.OpIsWrite }

func reads(op errorfs.Op) bool { return op.Kind == errorfs.OpFileReadAt }

func ofLog(op errorfs.Op) bool { return changes(op) && strings.HasSuffix(op.Path, ".log") }

// TestDiskFails makes each operation of the disk fail in turn, while a store is opened, written, flushed, compacted,
// read and closed. Nothing that was acknowledged may be lost, no failure may end the process, and once the store says
// that it has failed it must say nothing else.
func TestDiskFails(t *testing.T) {
	tests := []struct {
		name       string
		concerns   func(errorfs.Op) bool
		persistent bool
	}{
		{"log once", ofLog, false},
		{"log for good", ofLog, true},
		{"any change once", changes, false},
		{"any change for good", changes, true},
		{"reads", reads, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			for n := int64(1); ; n++ {
				f := &failing{persistent: tt.persistent, concerns: tt.concerns}
				f.left.Store(n)
				memory := vfs.NewCrashableMem()
				prepare(t, memory)
				acknowledged, err := work(t, errorfs.Wrap(memory, f))
				random := rand.New(rand.NewPCG(1, uint64(n)))
				for _, percent := range []int{0, 50} {
					cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: random}
					checkKept(t, memory.CrashClone(cfg), acknowledged)
				}
				if t.Failed() {
					t.Fatalf("with a failure at %d; the work ended with %v", n, err)
				}
				if !f.fired() {
					break
				}
				runs++
			}
			if runs == 0 {
				t.Error("no run met its failure")
			}
		})
	}
}

const (
	workRounds = 120
	workKeys   = 10
)

func workKey(i int) string { return fmt.Sprint("key ", i%workKeys) }

// prepare makes a store that holds the first round's value, so that a failing Open has something to lose.
func prepare(t *testing.T, fs vfs.FS) {
	s := mustOpenIn(t, fs)
	err := s.Update(t.Context(), func(txn store.Txn) error { return txn.Set(workKey(0), []byte("0 prepared")) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// work opens the store and writes to it until it is done or an error comes. It returns the number that each key was
// acknowledged to hold.
func work(t *testing.T, fs vfs.FS) (acknowledged map[string]int, err error) {
	acknowledged = map[string]int{workKey(0): 0}
	d, err := open("db", fs)
	if err != nil {
		return acknowledged, err
	}
	s := optimistic.New(d)
	for i := range workRounds {
		if i%15 == 14 && d.disk.failure() == nil {
			if _, err := d.db.AsyncFlush(); err != nil {
				t.Error(err)
			}
		}
		err = s.Update(t.Context(), func(txn store.Txn) error {
			if _, err := txn.Get(workKey(i)); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return txn.Set(workKey(i), fmt.Appendf(nil, "%d %s", i, padding))
		})
		if errors.Is(err, store.ErrFailed) {
			checkStopped(t, s)
			return acknowledged, err
		}
		if err != nil && !errors.Is(err, errDisk) {
			t.Errorf("Update: %v", err)
		}
		if err == nil {
			acknowledged[workKey(i)] = i
		}
	}
	if err := s.Close(); err != nil {
		return acknowledged, err
	}
	return acknowledged, nil
}

func checkStopped(t *testing.T, s store.Store) {
	for name, use := range map[string]func() error{
		"Update": func() error { return s.Update(t.Context(), func(txn store.Txn) error { return txn.Set("k", nil) }) },
		"View":   func() error { return s.View(t.Context(), func(store.Reader) error { return nil }) },
	} {
		if err := use(); !errors.Is(err, store.ErrFailed) || !strings.Contains(err.Error(), errDisk.Error()) {
			t.Errorf("%s of a store that has failed: %v", name, err)
		}
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Close of a store that has failed: %v", err)
	}
}

// checkKept opens the store in fs and looks for what was acknowledged, or something later.
func checkKept(t *testing.T, fs vfs.FS, acknowledged map[string]int) {
	s, err := openIn(fs, "db")
	if err != nil {
		t.Errorf("after a power cut: %v", err)
		return
	}
	err = s.View(t.Context(), func(r store.Reader) error {
		for key, n := range acknowledged {
			v, err := r.Get(key)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			var got int
			if _, err := fmt.Sscan(string(v[:min(len(v), 10)]), &got); err != nil || got < n {
				t.Errorf("%s holds %d, %v; acknowledged was %d", key, got, err, n)
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
}
