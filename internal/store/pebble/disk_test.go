package pebble

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyhold/keyhold/internal/store"
)

// Once the disk has failed, whatever Pebble does leaves the files as they are; the log and directories do not even say
// that it failed.
func TestStoppedDiskChangesNothing(t *testing.T) {
	synctest.Test(t, stopDisk) // in a bubble, because a refused Create takes a second
}

func stopDisk(t *testing.T) {
	memory := vfs.NewMem()
	d := newDisk(memory, "db/log")
	if err := errors.Join(d.MkdirAll("db/log", 0o700), d.MkdirAll("db/logs", 0o700)); err != nil {
		t.Fatal(err)
	}
	const category = vfs.WriteCategoryUnspecified
	create := func(name string) vfs.File {
		f, err := d.Create(name, category)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("before")); err != nil {
			t.Fatal(err)
		}
		return f
	}
	table, log, notLog := create("db/table"), create("db/log/1.log"), create("db/logs/1.log")
	dir, err := d.OpenDir("db")
	if err != nil {
		t.Fatal(err)
	}
	writable, err := d.OpenReadWrite("db/writable", category)
	if err != nil {
		t.Fatal(err)
	}

	first := errors.New("first failure")
	d.fail(first)
	d.fail(errors.New("second failure"))
	if err := d.failure(); !errors.Is(err, store.ErrFailed) || !errors.Is(err, first) {
		t.Errorf("failure: %v", err)
	}
	before := memory.String()
	write := func(f vfs.File) func() error {
		return func() error { _, err := f.Write([]byte("after")); return err }
	}
	syncTo := func(f vfs.File) func() error {
		return func() error { _, err := f.SyncTo(1); return err }
	}
	open := func(f vfs.File, err error) error {
		if err == nil {
			err = errors.Join(write(f)(), f.Sync(), f.Close())
		}
		return err
	}
	tests := []struct {
		name string
		do   func() error
		want error
	}{
		{"Create", func() error { return open(d.Create("db/new", category)) }, store.ErrFailed},
		{"OpenReadWrite", func() error { return open(d.OpenReadWrite("db/new", category)) }, store.ErrFailed},
		{"Link", func() error { return d.Link("db/table", "db/new") }, store.ErrFailed},
		{"Rename", func() error { return d.Rename("db/table", "db/new") }, store.ErrFailed},
		{"Remove", func() error { return d.Remove("db/table") }, store.ErrFailed},
		{"Remove of the log", func() error { return d.Remove("db/log/1.log") }, store.ErrFailed},
		{"RemoveAll", func() error { return d.RemoveAll("db") }, store.ErrFailed},
		{"MkdirAll", func() error { return d.MkdirAll("db/new", 0o700) }, store.ErrFailed},
		{"Write", write(table), store.ErrFailed},
		{"WriteAt", func() error { _, err := writable.WriteAt([]byte("after"), 0); return err }, store.ErrFailed},
		{"Sync", table.Sync, store.ErrFailed},
		{"SyncData", table.SyncData, store.ErrFailed},
		{"SyncTo", syncTo(table), store.ErrFailed},
		{"Write beside the log", write(notLog), store.ErrFailed},
		{"Write to the log", write(log), nil},
		{"Sync of the log", log.Sync, nil},
		{"SyncData of the log", log.SyncData, nil},
		{"SyncTo of the log", syncTo(log), nil},
		{"Close of the log", log.Close, nil},
		{"Create in the log", func() error { return open(d.Create("db/log/2.log", category)) }, nil},
		{"Reuse in the log", func() error { return open(d.ReuseForWrite("db/log/1.log", "db/log/2.log", category)) }, nil},
		{"Sync of a directory", dir.Sync, nil},
	}
	for _, tt := range tests {
		if err := tt.do(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if after := memory.String(); after != before {
		t.Errorf("the files were\n%s\nand are\n%s", before, after)
	}
}
