package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyhold/keyhold/internal/store"
)

// Differ runs the same random transactions on a store of openA, one of openB, and a plain map, and fails where they
// differ. openA and openB return empty stores, which Differ closes.
func Differ(t *testing.T, openA, openB func(t *testing.T) store.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		stores := []store.Store{openA(t), openB(t)}
		model := sorted{}
		for range rapid.IntRange(1, 12).Draw(rt, "transactions") {
			txn := transactions.Draw(rt, "transaction")
			saw := make([]string, len(stores))
			for i, s := range stores {
				saw[i] = txn.run(t.Context(), s)
			}
			if expected := txn.runModel(&model); saw[0] != expected || saw[1] != expected {
				rt.Fatalf("%v\nsaw %s\nand %s\nwant %s", txn, saw[0], saw[1], expected)
			}
		}
		for _, s := range stores {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// transaction is a script: what to do, and how to end.
type transaction struct {
	steps []step
	view  bool // else an update
	fail  bool // return an error at the end
}

type step struct {
	verb     string // get, set, delete, scan
	key, end string // end: of the scan
	value    string
	stop     int // entries after which to leave the scan; 0 is never
}

// keys are few, and close together, so that the steps meet.
var keys = rapid.StringOfN(rapid.SampledFrom([]rune{0, 1, 'a', 'b'}), 0, 3, -1)

var transactions = rapid.Custom(func(t *rapid.T) transaction {
	return transaction{
		steps: rapid.SliceOfN(steps, 0, 12).Draw(t, "steps"),
		view:  rapid.IntRange(0, 3).Draw(t, "view") == 0,
		fail:  rapid.IntRange(0, 4).Draw(t, "fail") == 0,
	}
})

var steps = rapid.Custom(func(t *rapid.T) step {
	return step{
		verb:  rapid.SampledFrom([]string{"get", "set", "set", "delete", "scan"}).Draw(t, "verb"),
		key:   keys.Draw(t, "key"),
		end:   keys.Draw(t, "end"),
		value: rapid.StringN(0, 5, -1).Draw(t, "value"),
		stop:  rapid.IntRange(0, 3).Draw(t, "stop"),
	}
})

// run runs the script on s and returns what it saw.
func (tr transaction) run(ctx context.Context, s store.Store) string {
	var log strings.Builder
	var err error
	if tr.view {
		err = s.View(ctx, func(r store.Reader) error { return tr.play(&log, r, nil) })
	} else {
		err = s.Update(ctx, func(txn store.Txn) error { log.Reset(); return tr.play(&log, txn, txn) })
	}
	fmt.Fprintf(&log, "%v", err)
	return log.String()
}

// runModel is run for the map.
func (tr transaction) runModel(m *sorted) string {
	var log strings.Builder
	copied := slices.Clone(*m)
	var err error
	if tr.view {
		err = tr.play(&log, &copied, nil)
	} else if err = tr.play(&log, &copied, &copied); err == nil {
		*m = copied
	}
	fmt.Fprintf(&log, "%v", err)
	return log.String()
}

// writer is the part of store.Txn that is not a Reader.
type writer interface {
	Set(key string, value []byte) error
	Delete(key string) error
}

// play runs the steps; w is nil in a view.
func (tr transaction) play(log *strings.Builder, r store.Reader, w writer) error {
	for _, st := range tr.steps {
		var err error
		switch {
		case st.verb == "get":
			v, getErr := r.Get(st.key)
			fmt.Fprintf(log, "%q %v; ", v, getErr)
		case st.verb == "scan":
			err = st.scan(log, r)
		case w != nil && st.verb == "set":
			err = w.Set(st.key, []byte(st.value))
		case w != nil && st.verb == "delete":
			err = w.Delete(st.key)
		}
		if err != nil {
			return err
		}
	}
	if tr.fail {
		return errOwn
	}
	return nil
}

func (st step) scan(log *strings.Builder, r store.Reader) error {
	n := 0
	for e, err := range r.Scan(st.key, st.end) {
		if err != nil {
			return err
		}
		fmt.Fprintf(log, "%q=%q ", e.Key, e.Value)
		if n++; n == st.stop {
			break
		}
	}
	log.WriteString("; ")
	return nil
}

// sorted is the simplest store: a sorted list.
type sorted []store.Entry

func (m *sorted) find(key string) (int, bool) {
	return sort.Find(len(*m), func(i int) int { return strings.Compare(key, (*m)[i].Key) })
}

func (m *sorted) Get(key string) ([]byte, error) {
	if i, ok := m.find(key); ok {
		return (*m)[i].Value, nil
	}
	return nil, store.ErrNotFound
}

func (m *sorted) Scan(from, to string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for _, e := range *m {
			if from <= e.Key && (to == "" || e.Key < to) && !yield(e, nil) {
				return
			}
		}
	}
}

func (m *sorted) Set(key string, value []byte) error {
	i, ok := m.find(key)
	if ok {
		(*m)[i].Value = value
		return nil
	}
	*m = slices.Insert(*m, i, store.Entry{Key: key, Value: value})
	return nil
}

func (m *sorted) Delete(key string) error {
	if i, ok := m.find(key); ok {
		*m = slices.Delete(*m, i, i+1)
	}
	return nil
}
