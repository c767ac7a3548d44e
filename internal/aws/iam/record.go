package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/keyhold/keyhold/internal/store"
)

var errMalformed = errors.New("malformed record")

func has(r store.Reader, key string) (bool, error) {
	_, err := r.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func getJSON[T any](r store.Reader, key string) (*T, error) {
	data, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	return decode[T](key, data)
}

func decode[T any](key string, data []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(data, v); err != nil {
		return nil, fmt.Errorf("iam: record %q: %w", key, err)
	}
	return v, nil
}

func putJSON(tx store.Txn, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("iam: record %q: %w", key, err)
	}
	return tx.Set(key, data)
}

// scanJSON yields the records whose keys are parts and one part more, in the order of that part; only those after it
// passes after.
func scanJSON[T any](r store.Reader, after string, parts ...string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		from, to := store.Prefix(parts...)
		if after != "" {
			from = store.Key(append(parts, after)...) + "\x00"
		}
		for entry, err := range r.Scan(from, to) {
			if err != nil {
				yield(nil, err)
				return
			}
			if v, err := decode[T](entry.Key, entry.Value); !yield(v, err) || err != nil {
				return
			}
		}
	}
}
