package pebble

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
)

func TestLocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "open")
	s := mustOpen(t, dir)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	holder := fmt.Sprintf("process %d", os.Getpid())
	for _, name := range []string{dir, dir + "/../open", link} {
		if _, err := Open(name); !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), holder) {
			t.Errorf("second Open, as %s: %v, want ErrLocked with %q", name, err, holder)
		}
	}
	out, err := child(t, "open", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), store.ErrLocked.Error()) || !strings.Contains(string(out), holder) {
		t.Errorf("Open in another process: %v, %s", err, out)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ownerFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the owner file after Close: %v", err)
	}
	if out, err := child(t, "open", dir).CombinedOutput(); err != nil {
		t.Errorf("Open in another process after Close: %v, %s", err, out)
	}
	// That process ended without Close, so its owner file is still there, but not its lock.
	if err := mustOpen(t, dir).Close(); err != nil {
		t.Error(err)
	}
}

func TestDirectoryIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	if err := mustOpen(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the directory: %v, %v", info.Mode(), err)
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil || errors.Is(err, store.ErrLocked) {
		t.Errorf("Open of a file: %v", err)
	}

	// An Open that finds a damaged store releases its lock.
	fs := vfs.NewMem()
	if err := mustOpenIn(t, fs).Close(); err != nil {
		t.Fatal(err)
	}
	names, err := fs.List("db")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "MANIFEST") {
			if err := fs.Remove(fs.PathJoin("db", name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		if _, err := openIn(fs, "db"); err == nil || errors.Is(err, store.ErrLocked) {
			t.Errorf("Open without a manifest: %v", err)
		}
	}
}

func TestReopened(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		s := mustOpen(t, dir)
		err := s.Update(t.Context(), func(txn store.Txn) error {
			v, err := txn.Get("n")
			if errors.Is(err, store.ErrNotFound) && i == 0 {
				err = nil
			}
			if len(v) != i {
				t.Errorf("opened for the %d. time it holds %q", i+1, v)
			}
			return errors.Join(err, txn.Set("n", append(v, '.')))
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, moved).Close(); err != nil {
		t.Error(err)
	}
}
