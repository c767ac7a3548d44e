package pebble

import (
	"errors"
	"fmt"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/optimistic"
)

// maxChanges is the greatest size of a transaction's changes in bytes. Pebble's own limit, 4 GiB, panics.
const maxChanges = 1 << 30

// driver is an optimistic.Driver.
type driver struct {
	db   *pebble.DB
	disk *disk
	lock *lock
}

func (d *driver) Snapshot() (optimistic.Snapshot, error) {
	if err := d.disk.failure(); err != nil {
		return nil, err
	}
	return snapshot{d.db.NewSnapshot()}, nil
}

// Apply writes the changes to Pebble's log and memory. Pebble syncs the log for all that wait at once.
func (d *driver) Apply(changes []optimistic.Change) (durable func() error, err error) {
	if err := d.disk.failure(); err != nil {
		return nil, err
	}
	batch, err := d.batch(changes)
	if err != nil {
		return nil, err
	}
	if err := d.db.ApplyNoSyncWait(batch, pebble.Sync); err != nil {
		d.disk.fail(err)
	}
	// If Pebble failed here it said so to its logger only, and the sync that it owes may never come.
	if err := d.disk.failure(); err != nil {
		return nil, err
	}
	return func() error { return d.wait(batch) }, nil
}

func (d *driver) batch(changes []optimistic.Change) (*pebble.Batch, error) {
	size := 0
	for _, c := range changes {
		size += len(c.Key) + len(c.Value)
	}
	if size > maxChanges {
		return nil, fmt.Errorf("store: a transaction of %d bytes, more than %d", size, maxChanges)
	}
	batch := d.db.NewBatchWithSize(size + 16*len(changes) + 16)
	for _, c := range changes {
		var err error
		if c.Delete {
			err = batch.Delete([]byte(c.Key), nil)
		} else {
			err = batch.Set([]byte(c.Key), c.Value, nil)
		}
		if err != nil {
			return nil, errors.Join(err, batch.Close())
		}
	}
	return batch, nil
}

// wait returns once the batch, and with it all that was applied before, is on disk.
func (d *driver) wait(batch *pebble.Batch) error {
	if err := batch.SyncWait(); err != nil {
		d.disk.fail(err)
	}
	// The disk keeps failures of the log from Pebble, so that only it knows of them.
	if err := d.disk.failure(); err != nil {
		return err
	}
	return batch.Close()
}

func (d *driver) Close() error {
	if err := d.disk.failure(); err != nil {
		return err
	}
	err := d.db.Close()
	if failure := d.disk.failure(); failure != nil {
		return failure
	}
	return errors.Join(err, d.lock.release())
}

type snapshot struct{ *pebble.Snapshot }

func (s snapshot) Get(key string) ([]byte, error) {
	found, release, err := s.Snapshot.Get([]byte(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, store.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("store: read: %w", err)
	}
	value := append([]byte{}, found...)
	return value, release.Close()
}

func (s snapshot) Scan(from, to string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		it, err := s.NewIter(&pebble.IterOptions{LowerBound: bound(from), UpperBound: bound(to)})
		if err != nil {
			yield(store.Entry{}, fmt.Errorf("store: read: %w", err))
			return
		}
		if err := scan(it, yield); err != nil {
			yield(store.Entry{}, fmt.Errorf("store: read: %w", err))
		}
	}
}

// bound is nil, which is no bound, for the empty key.
func bound(key string) []byte {
	if key == "" {
		return nil
	}
	return []byte(key)
}

// scan yields what is in it and closes it. It returns no error once yield has returned false.
func scan(it *pebble.Iterator, yield func(store.Entry, error) bool) (err error) {
	stopped := false
	defer func() {
		if closeErr := it.Close(); err == nil && !stopped {
			err = closeErr
		}
	}()
	for valid := it.First(); valid; valid = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		stopped = !yield(store.Entry{Key: string(it.Key()), Value: append([]byte{}, value...)}, nil)
		if stopped {
			return nil
		}
	}
	return it.Error()
}
