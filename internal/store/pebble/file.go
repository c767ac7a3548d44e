package pebble

import "github.com/cockroachdb/pebble/v2/vfs"

// logFile is a file of the log, or the log's directory. To Pebble its writes and syncs succeed; see disk.
type logFile struct {
	vfs.File
	disk *disk
}

func (f *logFile) Write(p []byte) (int, error) {
	f.disk.changeLog(func() error { _, err := f.File.Write(p); return err })
	return len(p), nil
}

func (f *logFile) Sync() error {
	f.disk.changeLog(f.File.Sync)
	return nil
}

func (f *logFile) SyncData() error {
	f.disk.changeLog(f.File.SyncData)
	return nil
}

func (f *logFile) SyncTo(length int64) (full bool, err error) {
	f.disk.changeLog(func() error { full, err = f.File.SyncTo(length); return err })
	return full, nil
}

// Preallocate is a hint, and may fail.
func (f *logFile) Preallocate(offset, length int64) error {
	return f.disk.change(func() error { return f.File.Preallocate(offset, length) })
}

func (f *logFile) Close() error {
	f.disk.changeLog(f.File.Close)
	return nil
}

// tableFile is any other file or directory. Its writes and syncs fail once the disk has.
type tableFile struct {
	vfs.File
	disk *disk
}

func (f *tableFile) Write(p []byte) (n int, err error) {
	if err := f.disk.failure(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *tableFile) WriteAt(p []byte, offset int64) (n int, err error) {
	if err := f.disk.failure(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, offset)
}

func (f *tableFile) Sync() error { return f.disk.change(f.File.Sync) }

func (f *tableFile) SyncData() error { return f.disk.change(f.File.SyncData) }

func (f *tableFile) SyncTo(length int64) (full bool, err error) {
	if err := f.disk.failure(); err != nil {
		return false, err
	}
	return f.File.SyncTo(length)
}
