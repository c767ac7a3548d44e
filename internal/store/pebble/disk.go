package pebble

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
)

// retryPause slows down Pebble's endless repetition of a flush that can no longer succeed.
const retryPause = time.Second

// disk is the file system that Pebble writes to, until the first failure. From then on nothing changes the files:
// what Pebble does to its log seems to succeed, because Pebble would panic, and everything else is refused.
type disk struct {
	vfs.FS
	logDir string
	cause  atomic.Pointer[error]
}

func newDisk(fs vfs.FS, logDir string) *disk { return &disk{FS: fs, logDir: logDir} }

// fail stops the disk because of err, unless it has failed already.
func (d *disk) fail(err error) {
	err = fmt.Errorf("%w: %w", store.ErrFailed, err)
	d.cause.CompareAndSwap(nil, &err)
}

// failure returns why the disk has stopped, or nil.
func (d *disk) failure() error {
	if err := d.cause.Load(); err != nil {
		return *err
	}
	return nil
}

// isLog says whether name is the log's directory or in it.
func (d *disk) isLog(name string) bool {
	return strings.HasPrefix(name, d.logDir) && (len(name) == len(d.logDir) || os.IsPathSeparator(name[len(d.logDir)]))
}

// change makes a change to something that is not the log.
func (d *disk) change(do func() error) error {
	if err := d.failure(); err != nil {
		return err
	}
	return do()
}

// changeLog makes a change to the log. It returns no error: failure has it.
func (d *disk) changeLog(do func() error) {
	if d.failure() != nil {
		return
	}
	if err := do(); err != nil {
		d.fail(fmt.Errorf("log: %w", err))
	}
}

// open opens a file that will be written to.
func (d *disk) open(name string, do func() (vfs.File, error)) (f vfs.File, err error) {
	if d.isLog(name) {
		d.changeLog(func() error { f, err = do(); return err })
		if f == nil || err != nil {
			f = vfs.NewMemFile(nil)
		}
		return &logFile{File: f, disk: d}, nil
	}
	if err := d.failure(); err != nil {
		time.Sleep(retryPause)
		return nil, err
	}
	f, err = do()
	if err != nil {
		return nil, err
	}
	return &tableFile{File: f, disk: d}, nil
}

func (d *disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.Create(name, category) })
}

func (d *disk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.ReuseForWrite(old, name, category) })
}

func (d *disk) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.OpenReadWrite(name, category, opts...) })
}

// OpenDir opens a directory, which can be synced.
func (d *disk) OpenDir(name string) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.OpenDir(name) })
}

func (d *disk) Link(old, name string) error {
	return d.change(func() error { return d.FS.Link(old, name) })
}

func (d *disk) Rename(old, name string) error {
	return d.change(func() error { return d.FS.Rename(old, name) })
}

func (d *disk) Remove(name string) error {
	return d.change(func() error { return d.FS.Remove(name) })
}

func (d *disk) RemoveAll(name string) error {
	return d.change(func() error { return d.FS.RemoveAll(name) })
}

func (d *disk) MkdirAll(dir string, perm os.FileMode) error {
	return d.change(func() error { return d.FS.MkdirAll(dir, perm) })
}

// Unwrap implements vfs.FS.
func (d *disk) Unwrap() vfs.FS { return d.FS }
