package server

import (
	"context"
	"errors"

	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/store"
)

// records keeps the control plane's records in the store, below a prefix of their own. It implements control.Records.
type records struct{ store store.Store }

const recordPrefix = "control"

// View implements control.Records.
func (r records) View(ctx context.Context, fn func(control.Reader) error) error {
	return r.store.View(ctx, func(sr store.Reader) error { return fn(recordReader{sr}) })
}

// Update implements control.Records.
func (r records) Update(ctx context.Context, fn func(control.Tx) error) error {
	return r.store.Update(ctx, func(tx store.Txn) error { return fn(recordTxn{recordReader{tx}, tx}) })
}

type recordReader struct{ r store.Reader }

func (r recordReader) Get(key string) ([]byte, bool, error) {
	v, err := r.r.Get(store.Key(recordPrefix, key))
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return v, err == nil, err
}

func (r recordReader) Scan(from, to string, visit func(key string, value []byte) bool) error {
	for e, err := range r.r.Scan(store.Key(recordPrefix, from), store.Key(recordPrefix, to)) {
		if err != nil {
			return err
		}
		parts, err := store.Split(e.Key)
		if err != nil {
			return err
		}
		if !visit(parts[len(parts)-1], e.Value) {
			return nil
		}
	}
	return nil
}

type recordTxn struct {
	recordReader
	tx store.Txn
}

func (t recordTxn) Set(key string, value []byte) error {
	return t.tx.Set(store.Key(recordPrefix, key), value)
}

func (t recordTxn) Delete(key string) error { return t.tx.Delete(store.Key(recordPrefix, key)) }
