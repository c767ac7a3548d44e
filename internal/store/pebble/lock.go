package pebble

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
)

// ownerFile tells who holds the lock. Only the lock counts: the file may be left over from a process that died.
const ownerFile = "OWNER"

// makeDir makes the store's directory. In the real file system it returns the one name of the directory by which
// this process's locks are known, whatever name it was opened by.
func makeDir(dir string, given vfs.FS) (string, vfs.FS, error) {
	if given != nil {
		return dir, given, given.MkdirAll(dir, 0o700)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, err
	}
	dir, err = filepath.EvalSymlinks(dir)
	return dir, vfs.Default, err
}

// lock keeps others from opening a directory.
type lock struct {
	fs     vfs.FS
	owner  string // path of the owner file
	pebble *pebble.Lock
}

func takeLock(dir string, fsys vfs.FS) (*lock, error) {
	owner := fsys.PathJoin(dir, ownerFile)
	held, err := pebble.LockDirectory(dir, fsys)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return nil, err // the lock's file cannot be made
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s (%w)", store.ErrLocked, readOwner(fsys, owner), err)
	}
	l := &lock{fs: fsys, owner: owner, pebble: held}
	if err := l.writeOwner(); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return l, nil
}

// writeOwner puts the file in place as a whole, for readers that hold no lock.
func (l *lock) writeOwner() error {
	draft := l.owner + ".new"
	f, err := l.fs.Create(draft, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "process %d, since %s", os.Getpid(), time.Now().UTC().Format(time.RFC3339))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return l.fs.Rename(draft, l.owner)
}

func readOwner(fsys vfs.FS, path string) string {
	f, err := fsys.Open(path)
	if err != nil {
		return "owner unknown"
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 200))
	if err != nil || len(text) == 0 {
		return "owner unknown"
	}
	return string(text)
}

func (l *lock) release() error {
	return errors.Join(l.fs.Remove(l.owner), l.pebble.Close())
}
