// Package pebble keeps a store in a directory, in a Pebble database.
//
// An acknowledged Update is on disk. Commits that are made at the same time share a sync. Pebble shows changes before
// they are synced, so a View waits until what it may have seen is synced as well.
//
// # When the disk fails
//
// After a failed write or sync nobody knows what the disk holds, and trying again can hide the loss. So the first such
// failure stops the store for good: every later call, and those under way that would have to acknowledge something,
// return store.ErrFailed with the cause. What was acknowledged before stays on disk, and a new process finds it.
//
// Pebble itself panics, or calls Logger.Fatalf and expects the process to end, when its log, its manifest or the sync
// of a directory fails, and repeats a failed flush for ever. Here none of that ends the process: the file system below
// it (disk) keeps from it what it would panic about and lets nothing more reach the files, so that it can neither make
// things worse nor acknowledge. It keeps its memory and its lock on the directory until the process ends; Close does
// not wait for it. An Update that at that moment waits for Pebble to flush its buffers waits in vain; all others
// return.
//
// A damaged block is an error of the Get or Scan that meets it; if a compaction meets it, the store stops.
package pebble

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/optimistic"
)

const (
	cacheBytes    = 64 << 20 // blocks of tables in memory
	memTableBytes = 16 << 20 // changes in memory before they are flushed to a table
	logDir        = "log"    // holds the write-ahead log, below the store's directory
)

// format is the version of the files. Raising it is one-way: older programs then refuse the directory.
const format = pebble.FormatValueSeparation

// Open opens the store in dir, which it makes if there is none (mode 0700). It returns store.ErrLocked, with the
// holder's process id, while another Open holds dir.
func Open(dir string) (store.Store, error) { return openIn(nil, dir) }

// openIn opens the store in a directory of fs; nil is the operating system's file system.
func openIn(fs vfs.FS, dir string) (store.Store, error) {
	d, err := open(dir, fs)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	return optimistic.New(d), nil
}

func open(dir string, fs vfs.FS) (*driver, error) {
	dir, fs, err := makeDir(dir, fs)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(dir, fs)
	if err != nil {
		return nil, err
	}
	disk := newDisk(fs, fs.PathJoin(dir, logDir))
	db, err := openDB(dir, disk, lock)
	if failure := disk.failure(); failure != nil {
		return nil, failure // the lock stays, because Pebble may be running
	}
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return &driver{db: db, disk: disk, lock: lock}, nil
}

// openDB opens the database. It does not wait for Pebble if the disk fails, for then Pebble may wait for ever.
func openDB(dir string, disk *disk, lock *lock) (*pebble.DB, error) {
	var db *pebble.DB
	opened := make(chan error, 1)
	go func() {
		var err error
		db, err = pebble.Open(dir, options(disk, lock))
		opened <- err
	}()
	select {
	case err := <-opened:
		return db, err
	case <-disk.stopped:
		return nil, disk.failure()
	}
}

func options(d *disk, l *lock) *pebble.Options {
	o := &pebble.Options{
		FS:                 d,
		Lock:               l.pebble,
		WALDir:             pebble.MakeStoreRelativePath(d, logDir),
		FormatMajorVersion: format,
		CacheSize:          cacheBytes,
		MemTableSize:       memTableBytes,
		Logger:             logger{d},
		EventListener: &pebble.EventListener{
			BackgroundError: d.fail,
			DataCorruption:  func(pebble.DataCorruptionInfo) {}, // whoever read the block gets the error
		},
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return o
}

// logger is silent: what goes wrong is returned. What Pebble calls fatal stops the store.
type logger struct{ disk *disk }

func (logger) Infof(string, ...any)        {}
func (logger) Errorf(string, ...any)       {}
func (l logger) Fatalf(f string, a ...any) { l.disk.fail(fmt.Errorf(f, a...)) }
