package pebble

import (
	"errors"
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
// what Pebble would panic about, changes to its log and syncs of directories, seems to succeed, and all else is refused.
type disk struct {
	vfs.FS
	logDir  string
	cause   atomic.Pointer[error]
	stopped chan struct{} // closed after cause is set
}

func newDisk(fs vfs.FS, logDir string) *disk {
	return &disk{FS: fs, logDir: logDir, stopped: make(chan struct{})}
}

// fail stops the disk because of err, unless it has failed already.
func (d *disk) fail(err error) {
	err = fmt.Errorf("%w: %w", store.ErrFailed, err)
	if d.cause.CompareAndSwap(nil, &err) {
		close(d.stopped)
	}
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

// change makes a change of which Pebble can bear that it fails.
func (d *disk) change(do func() error) error {
	if err := d.failure(); err != nil {
		return err
	}
	return do()
}

// mustChange makes a change of which Pebble cannot bear that it fails. It returns no error: failure has it.
func (d *disk) mustChange(do func() error) {
	if d.failure() != nil {
		return
	}
	if err := do(); err != nil {
		d.fail(err)
	}
}

// open opens a file that will be written to.
func (d *disk) open(name string, do func() (vfs.File, error)) (f vfs.File, err error) {
	if d.isLog(name) {
		d.mustChange(func() error { f, err = do(); return err })
		if f == nil || err != nil {
			f = vfs.NewMemFile(nil)
		}
		return &strictFile{File: f, disk: d}, nil
	}
	if err := d.failure(); err != nil {
		time.Sleep(retryPause)
		return nil, err
	}
	f, err = do()
	if err != nil {
		return nil, err
	}
	return &file{File: f, disk: d}, nil
}

func (d *disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) {
		if err := d.beforeMarker(name); err != nil {
			return nil, err
		}
		return d.FS.Create(name, category)
	})
}

func (d *disk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.ReuseForWrite(old, name, category) })
}

func (d *disk) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.OpenReadWrite(name, category, opts...) })
}

// OpenDir opens a directory, which can be synced.
func (d *disk) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &strictFile{File: f, disk: d}, nil
}

// beforeMarker syncs the directory if name is one of the markers that say which files count. Pebble makes a new file,
// makes a marker for it, removes the old marker, and syncs the directory once, at the end: after a power cut a file
// system that keeps no order might have a marker without its file, or none.
func (d *disk) beforeMarker(name string) error {
	if !strings.HasPrefix(d.PathBase(name), "marker.") {
		return nil
	}
	dir, err := d.OpenDir(d.PathDir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close(), d.failure())
}

func (d *disk) Link(old, name string) error {
	return d.change(func() error { return d.FS.Link(old, name) })
}

func (d *disk) Rename(old, name string) error {
	return d.change(func() error { return d.FS.Rename(old, name) })
}

func (d *disk) Remove(name string) error {
	return d.change(func() error {
		if err := d.beforeMarker(name); err != nil {
			return err
		}
		return d.FS.Remove(name)
	})
}

func (d *disk) RemoveAll(name string) error {
	return d.change(func() error { return d.FS.RemoveAll(name) })
}

func (d *disk) MkdirAll(dir string, perm os.FileMode) error {
	return d.change(func() error { return d.FS.MkdirAll(dir, perm) })
}

// Unwrap implements vfs.FS.
func (d *disk) Unwrap() vfs.FS { return d.FS }
