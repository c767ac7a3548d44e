package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// pending is what was recorded and not yet appended to the trail's file: a file that is mapped into memory, so that a record
// in it outlives the process without a system call.
//
// It begins with two numbers, base and used: the used bytes after the head are to stand in the trail's file at base. The
// file of a trail that was longer than that when it was opened has them already.
type pending struct {
	mapped []byte
	data   []byte // mapped without its head
	base   *uint64
	used   *uint64 // stored last, atomically: what it counts is complete
}

const (
	pendingHead = 16
	pendingSize = 256 << 10 // bytes; when they are full, they are appended to the trail's file
)

// openPending maps the file of pending records in a directory. Its blocks are written out when it is made, because a mapped
// file that finds no room on the disk kills the process.
func openPending(dir string) (*pending, error) {
	f, err := os.OpenFile(filepath.Join(dir, "pending"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the mapping stays
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const size = pendingHead + pendingSize
	if info.Size() != size {
		if _, err := f.WriteAt(make([]byte, size), 0); err != nil {
			return nil, err
		}
		if err := errors.Join(f.Truncate(size), f.Sync()); err != nil {
			return nil, err
		}
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return &pending{
		mapped: mapped, data: mapped[pendingHead:],
		base: (*uint64)(unsafe.Pointer(&mapped[0])), used: (*uint64)(unsafe.Pointer(&mapped[8])), // a page is aligned
	}, nil
}

// recover completes the trail's file after a death of the process and returns its length. What a power cut left of the
// pending records is taken as far as it is whole.
func (p *pending) recover(f *os.File) (int64, error) {
	length, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	base, used := int64(*p.base), *p.used
	if used > pendingSize || base < 0 || length >= base+int64(used) {
		return endLine(f, length)
	}
	records := p.data[:used]
	if i := bytes.IndexByte(records, 0); i >= 0 {
		records = records[:i]
	}
	records = records[:bytes.LastIndexByte(records, '\n')+1]
	switch {
	case length < base: // the file lost its end
		if base, err = endLine(f, length); err != nil {
			return 0, err
		}
	case int64(len(records)) < length-base:
		return endLine(f, length)
	}
	if _, err := f.WriteAt(records, base); err != nil {
		return 0, err
	}
	return base + int64(len(records)), f.Sync()
}

// endLine ends a last line that a power cut left torn, so that the next record begins on its own line.
func endLine(f *os.File, length int64) (int64, error) {
	if length == 0 {
		return 0, nil
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, length-1); err != nil || last[0] == '\n' {
		return length, err
	}
	_, err := f.WriteAt([]byte("\n"), length)
	return length + 1, err
}

// reset says that the trail's file is complete at a length.
func (p *pending) reset(length int64) {
	atomic.StoreUint64(p.used, 0)
	binary.NativeEndian.PutUint64(p.mapped, uint64(length))
}

// add keeps a record, if there is room.
func (p *pending) add(record []byte) bool {
	used := *p.used
	if uint64(len(record)) > uint64(len(p.data))-used {
		return false
	}
	copy(p.data[used:], record)
	atomic.StoreUint64(p.used, used+uint64(len(record)))
	return true
}

// records are the pending records.
func (p *pending) records() []byte { return p.data[:*p.used] }

func (p *pending) close() error { return syscall.Munmap(p.mapped) }
