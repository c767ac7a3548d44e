package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
)

// syncEvery bounds how long a record of a reading call may be missing from the disk.
const syncEvery = time.Second

// Log is an audit trail in a file, one record a line. It implements aws.Auditor.
type Log struct {
	encode Encoder

	mu      sync.Mutex // guards what follows
	f       *os.File
	buf     []byte
	written int64 // bytes written
	broken  error // the first failure; nothing is recorded after it

	syncMu sync.Mutex // one sync at a time; guards synced
	synced int64
}

// Open opens, or begins, the trail in a directory.
func Open(dir string, encode Encoder) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "audit.jsonl"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := endLine(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Log{encode: encode, f: f}, nil
}

// endLine ends a last line that a crash left torn, so that the next record begins on its own line.
func endLine(f *os.File) error {
	size, err := f.Seek(0, 2)
	if err != nil || size == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = f.Write([]byte("\n"))
	return err
}

// Record implements aws.Auditor.
func (l *Log) Record(_ context.Context, e *aws.Event) error {
	end, err := l.append(e)
	if err != nil || e.ReadOnly {
		return err
	}
	return l.sync(end)
}

// append writes a record and returns the length of what was written until then.
func (l *Log) append(e *aws.Event) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return 0, l.broken
	}
	l.buf = append(l.encode.Append(l.buf[:0], e), '\n')
	n, err := l.f.Write(l.buf)
	l.written += int64(n)
	if err != nil {
		l.broken = fmt.Errorf("audit trail: %w", err)
	}
	return l.written, l.broken
}

// sync waits until the first upTo bytes are on disk. Callers that wait together share one sync.
func (l *Log) sync(upTo int64) error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if l.synced >= upTo {
		return nil
	}
	l.mu.Lock()
	written, broken := l.written, l.broken
	l.mu.Unlock()
	if broken != nil {
		return broken
	}
	if err := l.f.Sync(); err != nil {
		l.mu.Lock()
		l.broken = fmt.Errorf("audit trail: %w", err)
		l.mu.Unlock()
		return err
	}
	l.synced = written
	return nil
}

// Run brings records of reading calls to disk until ctx ends.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := l.Flush(); err != nil {
				return err
			}
		}
	}
}

// Flush brings every record to disk.
func (l *Log) Flush() error {
	l.mu.Lock()
	written := l.written
	l.mu.Unlock()
	return l.sync(written)
}

// Close flushes and closes the trail.
func (l *Log) Close() error { return errors.Join(l.Flush(), l.f.Close()) }
