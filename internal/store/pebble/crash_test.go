package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
)

// hookedFS calls sync instead of each sync of a file of the log.
type hookedFS struct {
	vfs.FS
	sync func(do func() error) error
}

func (fs hookedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	return fs.hook(name, f), err
}

func (fs hookedFS) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(old, name, category)
	return fs.hook(name, f), err
}

func (fs hookedFS) hook(name string, f vfs.File) vfs.File {
	if f == nil || !strings.HasSuffix(name, ".log") {
		return f
	}
	return hookedFile{f, fs.sync}
}

type hookedFile struct {
	vfs.File
	sync func(do func() error) error
}

func (f hookedFile) Sync() error     { return f.sync(f.File.Sync) }
func (f hookedFile) SyncData() error { return f.sync(f.File.SyncData) }

// A power cut at any moment leaves everything that was acknowledged, by Update or View, before it.
func TestPowerCut(t *testing.T) {
	for _, kept := range []int{0, 50} { // percent of the unsynced data that happens to survive
		t.Run(fmt.Sprint(kept, " percent"), func(t *testing.T) {
			fs := vfs.NewCrashableMem()
			if lost := cutPower(t, fs, fs, kept); len(lost) > 0 {
				t.Errorf("lost: %v", lost)
			}
		})
	}
}

// The test above notices if the log is not synced.
func TestPowerCutWithoutSync(t *testing.T) {
	fs := vfs.NewCrashableMem()
	unsynced := hookedFS{fs, func(func() error) error { return nil }}
	if lost := cutPower(t, unsynced, fs, 0); len(lost) == 0 {
		t.Error("a store that does not sync lost nothing")
	}
}

const cutWorkers = 6

// cutPower lets workers count up in a store on fs, takes copies of the memory below it as power cuts would leave them,
// and returns what they lack.
func cutPower(t *testing.T, fs vfs.FS, memory *vfs.MemFS, percent int) (lost []string) {
	s := mustOpenIn(t, fs)
	var updated, viewed [cutWorkers]atomic.Int64
	var stop atomic.Bool
	var wg sync.WaitGroup
	for worker := range cutWorkers {
		wg.Go(func() { count(t, s, worker, &stop, &updated[worker]) })
		wg.Go(func() { watch(t, s, worker, &stop, &viewed[worker]) })
	}
	random := rand.New(rand.NewPCG(7, uint64(percent)))
	for cut := range int64(12) {
		for updated[cut%cutWorkers].Load() < 10*(cut+1) && !t.Failed() {
			if err := s.View(t.Context(), func(store.Reader) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		var least [cutWorkers]int64
		for worker := range least {
			least[worker] = max(updated[worker].Load(), viewed[worker].Load())
		}
		after := memory.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: random})
		lost = append(lost, lacking(t, after, least)...)
	}
	stop.Store(true)
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return lost
}

func cutKey(worker int) string { return fmt.Sprint("worker ", worker) }

// padding makes the values fill Pebble's buffers, so that power is cut during flushes as well.
var padding = bytes.Repeat([]byte("p"), 2000)

func count(t *testing.T, s store.Store, worker int, stop *atomic.Bool, updated *atomic.Int64) {
	for n := int64(1); !stop.Load() && !t.Failed(); n++ {
		err := s.Update(t.Context(), func(txn store.Txn) error {
			return txn.Set(cutKey(worker), fmt.Appendf(nil, "%d %s", n, padding))
		})
		if err != nil {
			t.Error(err)
			return
		}
		updated.Store(n)
	}
}

func watch(t *testing.T, s store.Store, worker int, stop *atomic.Bool, viewed *atomic.Int64) {
	for !stop.Load() && !t.Failed() {
		var n int64
		err := s.View(t.Context(), func(r store.Reader) (err error) { n, err = counted(r, worker); return err })
		if err != nil {
			t.Error(err)
			return
		}
		viewed.Store(n)
	}
}

func counted(r store.Reader, worker int) (n int64, err error) {
	v, err := r.Get(cutKey(worker))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(string(v[:min(len(v), 20)]), &n)
	return n, err
}

// lacking opens the store in fs and returns the counters that are below least.
func lacking(t *testing.T, fs vfs.FS, least [cutWorkers]int64) (lost []string) {
	s := mustOpenIn(t, fs)
	err := s.View(t.Context(), func(r store.Reader) error {
		for worker, want := range least {
			n, err := counted(r, worker)
			if err != nil {
				return err
			}
			if n < want {
				lost = append(lost, fmt.Sprintf("%s at %d, had shown %d", cutKey(worker), n, want))
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
	return lost
}

// A View that sees a change which is not synced returns only when it is.
func TestViewWaitsForTheDisk(t *testing.T) {
	memory := vfs.NewCrashableMem()
	var hold atomic.Bool
	release := make(chan struct{})
	s := mustOpenIn(t, hookedFS{memory, func(do func() error) error {
		if hold.Load() {
			<-release
		}
		return do()
	}})
	powerCut := func() vfs.FS { return memory.CrashClone(vfs.CrashCloneCfg{}) }
	left := func(fs vfs.FS) (value string) {
		after := mustOpenIn(t, fs)
		err := after.View(t.Context(), func(r store.Reader) error {
			v, err := r.Get("k")
			value = string(v)
			return err
		})
		if err := errors.Join(err, after.Close()); err != nil {
			t.Error(err)
		}
		return value
	}
	set := func(value string) error {
		return s.Update(t.Context(), func(txn store.Txn) error { return txn.Set("k", []byte(value)) })
	}
	if err := set("old"); err != nil {
		t.Fatal(err)
	}
	hold.Store(true)
	written, viewed := make(chan error, 1), make(chan vfs.FS, 1)
	go func() { written <- set("new") }()
	view := func() (seen string) {
		saw := make(chan string, 1)
		go func() {
			var value string
			err := s.View(t.Context(), func(r store.Reader) error {
				v, err := r.Get("k")
				value = string(v)
				saw <- value
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if value == "new" {
				viewed <- powerCut()
			}
		}()
		return <-saw
	}
	for view() != "new" {
		// The change is not applied yet. This View may wait nevertheless, so another one looks next.
	}
	if got := left(powerCut()); got != "old" {
		t.Errorf("a power cut before the sync leaves %q, want old", got)
	}
	close(release)
	if got := left(<-viewed); got != "new" {
		t.Errorf("a power cut after a View that saw new leaves %q", got)
	}
	if err := errors.Join(<-written, s.Close()); err != nil {
		t.Error(err)
	}
}
