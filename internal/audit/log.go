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

const (
	flushEvery = 50 * time.Millisecond // how old a record gets before it is in the trail's file
	syncEvery  = time.Second           // how old before it is on disk
)

// Log is an audit trail in a file, one record a line. It implements aws.Auditor.
//
// A record first goes to the pending records, which outlive the process; they are appended to the file in one piece.
type Log struct {
	encode Encoder

	mu      sync.Mutex // guards what follows
	f       *os.File
	pending *pending
	length  int64 // of the file
	broken  error // the first failure; nothing is recorded after it

	syncMu sync.Mutex // one sync at a time; guards synced
	synced int64      // how much of the file is on disk
}

// Open opens, or begins, the trail in a directory.
func Open(dir string, encode Encoder) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "audit.jsonl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p, err := openPending(dir)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	length, err := p.recover(f)
	if err != nil {
		return nil, errors.Join(err, p.close(), f.Close())
	}
	p.reset(length)
	return &Log{encode: encode, f: f, pending: p, length: length, synced: length}, nil
}

// Record implements aws.Auditor.
func (l *Log) Record(_ context.Context, e *aws.Event) error {
	buf := buffers.Get().(*[]byte)
	defer putBuffer(buf)
	*buf = append(l.encode.Append((*buf)[:0], e), '\n') // before the lock, which all calls share
	l.mu.Lock()
	err := l.add(*buf)
	if e.ReadOnly || err != nil {
		l.mu.Unlock()
		return err
	}
	err = l.flush()
	length := l.length
	l.mu.Unlock()
	return errors.Join(err, l.sync(length))
}

// buffers hold records in the making.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// putBuffer gives a buffer back unless it grew out of proportion.
func putBuffer(buf *[]byte) {
	const limit = 64 << 10
	if cap(*buf) <= limit {
		buffers.Put(buf)
	}
}

// add puts a record with the pending ones. The caller holds mu, as it does for flush.
func (l *Log) add(record []byte) error {
	if l.broken != nil {
		return l.broken
	}
	if l.pending.add(record) {
		return nil
	}
	if err := l.flush(); err != nil {
		return err
	}
	if l.pending.add(record) {
		return nil
	}
	return l.write(record) // longer than all the room there is
}

// flush appends the pending records to the file.
func (l *Log) flush() error {
	if l.broken != nil {
		return l.broken
	}
	return l.write(l.pending.records())
}

func (l *Log) write(records []byte) error {
	n, err := l.f.WriteAt(records, l.length)
	if err != nil {
		l.broken = fmt.Errorf("audit trail: %w", err)
		return l.broken
	}
	l.length += int64(n)
	l.pending.reset(l.length)
	return nil
}

// sync waits until the first upTo bytes of the file are on disk. Callers that wait together share one sync.
func (l *Log) sync(upTo int64) error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if l.synced >= upTo {
		return nil
	}
	l.mu.Lock()
	length, broken := l.length, l.broken
	l.mu.Unlock()
	if broken != nil {
		return broken
	}
	if err := l.f.Sync(); err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.broken = fmt.Errorf("audit trail: %w", err)
		return l.broken
	}
	l.synced = length
	return nil
}

// Run brings records to the file and to disk until ctx ends or that fails.
func (l *Log) Run(ctx context.Context) error {
	flush, sync := time.NewTicker(flushEvery), time.NewTicker(syncEvery)
	defer flush.Stop()
	defer sync.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-flush.C:
			l.mu.Lock()
			err = l.flush()
			l.mu.Unlock()
		case <-sync.C:
			err = l.Flush()
		}
		if err != nil {
			return err
		}
	}
}

// Flush brings every record to disk.
func (l *Log) Flush() error {
	l.mu.Lock()
	err := l.flush()
	length := l.length
	l.mu.Unlock()
	return errors.Join(err, l.sync(length))
}

// Close flushes and closes the trail.
func (l *Log) Close() error { return errors.Join(l.Flush(), l.pending.close(), l.f.Close()) }
