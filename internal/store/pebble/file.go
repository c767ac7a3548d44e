package pebble

import "github.com/cockroachdb/pebble/v2/vfs"

// strictFile is a file of the log, or a directory. To Pebble its writes and syncs succeed; see disk.
type strictFile struct {
	vfs.File
	disk *disk
}

func (f *strictFile) Write(p []byte) (int, error) {
	f.disk.mustChange(func() error { _, err := f.File.Write(p); return err })
	return len(p), nil
}

func (f *strictFile) Sync() error {
	f.disk.mustChange(f.File.Sync)
	return nil
}

func (f *strictFile) SyncData() error {
	f.disk.mustChange(f.File.SyncData)
	return nil
}

func (f *strictFile) SyncTo(length int64) (full bool, err error) {
	f.disk.mustChange(func() error { full, err = f.File.SyncTo(length); return err })
	return full, nil
}

// Preallocate is a hint, and may fail.
func (f *strictFile) Preallocate(offset, length int64) error {
	return f.disk.change(func() error { return f.File.Preallocate(offset, length) })
}

func (f *strictFile) Close() error {
	f.disk.mustChange(f.File.Close)
	return nil
}

// file is any other file. Its writes and syncs fail once the disk has.
type file struct {
	vfs.File
	disk *disk
}

func (f *file) Write(p []byte) (n int, err error) {
	if err := f.disk.failure(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *file) WriteAt(p []byte, offset int64) (n int, err error) {
	if err := f.disk.failure(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, offset)
}

func (f *file) Sync() error { return f.disk.change(f.File.Sync) }

func (f *file) SyncData() error { return f.disk.change(f.File.SyncData) }

func (f *file) SyncTo(length int64) (full bool, err error) {
	if err := f.disk.failure(); err != nil {
		return false, err
	}
	return f.File.SyncTo(length)
}
