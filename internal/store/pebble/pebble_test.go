package pebble

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return mustOpen(t, t.TempDir()) })
}

func TestStoreInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return mustOpenIn(t, vfs.NewMem()) })
}

func mustOpen(t testing.TB, dir string) store.Store { t.Helper(); return opened(t, nil, dir) }

func mustOpenIn(t testing.TB, fs vfs.FS) store.Store { t.Helper(); return opened(t, fs, "db") }

func opened(t testing.TB, fs vfs.FS, dir string) store.Store {
	t.Helper()
	s, err := openIn(fs, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDiffersNotFromMem(t *testing.T) {
	storetest.Differ(t,
		func(*testing.T) store.Store { return mem.New() },
		func(t *testing.T) store.Store { return mustOpenIn(t, vfs.NewMem()) })
}
