package optimistic

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/keyhold/keyhold/internal/store"
)

// view is a store.Reader on a snapshot that ends with the function that it is given to.
type view struct {
	ctx   context.Context
	snap  Snapshot
	ended bool
}

func runView(ctx context.Context, snap Snapshot, fn func(store.Reader) error) (err error) {
	v := &view{ctx: ctx, snap: snap}
	defer v.end(&err)
	return fn(v)
}

// end releases the snapshot, also when the function panics.
func (v *view) end(err *error) {
	v.ended = true
	if closeErr := v.snap.Close(); *err == nil {
		*err = closeErr
	}
}

// usable says why nothing can be read any more.
func (v *view) usable() error {
	if v.ended {
		return store.ErrEnded
	}
	return v.ctx.Err()
}

func (v *view) Get(key string) ([]byte, error) {
	if err := v.usable(); err != nil {
		return nil, err
	}
	return v.snap.Get(key)
}

func (v *view) Scan(from, to string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if err := v.usable(); err != nil {
			yield(store.Entry{}, err)
			return
		}
		for e, err := range v.snap.Scan(from, to) {
			if err == nil {
				err = v.usable()
			}
			if err != nil {
				yield(store.Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// txn is a store.Txn: a view, the changes on top of it, and a note of what was read.
type txn struct {
	view
	changes []Change
	place   map[string]int // key → index in changes
	reads   reads
}

func runTxn(ctx context.Context, snap Snapshot, fn func(store.Txn) error) (t *txn, err error) {
	t = &txn{view: view{ctx: ctx, snap: snap}}
	defer t.end(&err)
	return t, fn(t)
}

func (t *txn) Set(key string, value []byte) error {
	return t.change(Change{Key: key, Value: append([]byte{}, value...)})
}

func (t *txn) Delete(key string) error {
	return t.change(Change{Key: key, Delete: true})
}

func (t *txn) change(c Change) error {
	if err := t.usable(); err != nil {
		return err
	}
	if i, ok := t.place[c.Key]; ok {
		t.changes[i] = c
		return nil
	}
	if t.place == nil {
		t.place = make(map[string]int)
	}
	t.place[c.Key] = len(t.changes)
	t.changes = append(t.changes, c)
	return nil
}

func (t *txn) Get(key string) ([]byte, error) {
	if i, ok := t.place[key]; ok {
		if err := t.usable(); err != nil {
			return nil, err
		}
		if t.changes[i].Delete {
			return nil, store.ErrNotFound
		}
		return t.changes[i].Value, nil
	}
	t.reads.keys = append(t.reads.keys, key)
	return t.view.Get(key)
}

// Scan merges the snapshot with the transaction's own changes.
func (t *txn) Scan(from, to string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if to != "" && from >= to {
			return
		}
		// The whole range counts as read until the loop is known to have stopped before its end.
		n := len(t.reads.spans)
		t.reads.spans = append(t.reads.spans, span{from, to})
		give := func(e store.Entry) bool {
			if yield(e, nil) {
				return true
			}
			t.reads.spans[n].to = e.Key + "\x00"
			return false
		}
		own := t.changesIn(from, to)
		for e, err := range t.view.Scan(from, to) {
			if err != nil {
				yield(store.Entry{}, err)
				return
			}
			for len(own) > 0 && own[0].Key < e.Key {
				if !own[0].Delete && !give(store.Entry{Key: own[0].Key, Value: own[0].Value}) {
					return
				}
				own = own[1:]
			}
			if len(own) > 0 && own[0].Key == e.Key {
				continue
			}
			if !give(e) {
				return
			}
		}
		for _, c := range own {
			if !c.Delete && !give(store.Entry{Key: c.Key, Value: c.Value}) {
				return
			}
		}
	}
}

// changesIn returns the changes with from <= key < to in the order of their keys.
func (t *txn) changesIn(from, to string) []Change {
	var in []Change
	for _, c := range t.changes {
		if from <= c.Key && (to == "" || c.Key < to) {
			in = append(in, c)
		}
	}
	slices.SortFunc(in, func(a, b Change) int { return strings.Compare(a.Key, b.Key) })
	return in
}
