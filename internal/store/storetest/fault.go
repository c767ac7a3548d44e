package storetest

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"

	"github.com/keyhold/keyhold/internal/store"
)

// ErrInjected is the error of a Faults store.
var ErrInjected = errors.New("storetest: injected failure")

// Faults is a store of which one operation fails. The operations are: the beginning of a View or an Update, Get, Set,
// Delete, each entry of a Scan and its end, and the commit of an Update, which then changes nothing.
type Faults struct {
	inner store.Store
	left  atomic.Int64
}

// Faulty returns inner, of which the failAt-th operation, counted from 1 over all goroutines, returns ErrInjected and
// all others work. What runs on it must return an error that is ErrInjected and leave either nothing or a whole:
//
//	for n := 1; ; n++ {
//		s := storetest.Faulty(mem.New(), n)
//		err := run(s)
//		if !s.Fired() {
//			break // n is more operations than run has
//		}
//		// err must be ErrInjected; the state must be one that the caller can go on from.
//	}
func Faulty(inner store.Store, failAt int) *Faults {
	f := &Faults{inner: inner}
	f.left.Store(int64(failAt))
	return f
}

// Fired says whether the operation that fails has come.
func (f *Faults) Fired() bool { return f.left.Load() <= 0 }

func (f *Faults) step() error {
	if f.left.Add(-1) == 0 {
		return ErrInjected
	}
	return nil
}

// View implements store.Store.
func (f *Faults) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.inner.View(ctx, func(r store.Reader) error { return fn(faultyReader{r, f}) })
}

// Update implements store.Store.
func (f *Faults) Update(ctx context.Context, fn func(store.Txn) error) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.inner.Update(ctx, func(txn store.Txn) error {
		if err := fn(faultyTxn{faultyReader{txn, f}, txn}); err != nil {
			return err
		}
		return f.step()
	})
}

// Close implements store.Store.
func (f *Faults) Close() error { return f.inner.Close() }

type faultyReader struct {
	inner  store.Reader
	faults *Faults
}

func (r faultyReader) Get(key string) ([]byte, error) {
	if err := r.faults.step(); err != nil {
		return nil, err
	}
	return r.inner.Get(key)
}

func (r faultyReader) Scan(from, to string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for e, err := range r.inner.Scan(from, to) {
			if err == nil {
				err = r.faults.step()
			}
			if err != nil {
				yield(store.Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := r.faults.step(); err != nil {
			yield(store.Entry{}, err)
		}
	}
}

type faultyTxn struct {
	faultyReader
	txn store.Txn
}

func (t faultyTxn) Set(key string, value []byte) error {
	if err := t.faults.step(); err != nil {
		return err
	}
	return t.txn.Set(key, value)
}

func (t faultyTxn) Delete(key string) error {
	if err := t.faults.step(); err != nil {
		return err
	}
	return t.txn.Delete(key)
}
