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
	storetest.Run(t, func(t *testing.T) store.Store { return mustOpen(t, "db", WithFS(vfs.NewMem())) })
}

func mustOpen(t testing.TB, dir string, opts ...Option) store.Store {
	t.Helper()
	s, err := Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDiffersNotFromMem(t *testing.T) {
	storetest.Differ(t,
		func(*testing.T) store.Store { return mem.New() },
		func(t *testing.T) store.Store { return mustOpen(t, "db", WithFS(vfs.NewMem())) })
}
