// Package store is Keyhold's state: an ordered map of keys to values with serialisable transactions.
//
// Drivers live in the packages below it (mem, pebble) and pass one suite (storetest). Nothing outside a drawer's
// store.go reads or writes it.
package store

import (
	"context"
	"errors"
	"iter"
)

// Errors that callers may test for with errors.Is.
var (
	// ErrNotFound says that a key has no value.
	ErrNotFound = errors.New("store: not found")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store: closed")
	// ErrLocked says that another process holds the store's directory.
	ErrLocked = errors.New("store: in use by another process")
)

// Entry is one key with its value.
type Entry struct {
	Key   string
	Value []byte
}

// Reader reads one consistent state. Values are the caller's to keep and must not be changed.
type Reader interface {
	// Get returns the value of key, or ErrNotFound.
	Get(key string) ([]byte, error)
	// Scan yields the entries with from <= key < to in the order of their keys. It stops after the first error.
	Scan(from, to string) iter.Seq2[Entry, error]
}

// Txn reads one consistent state and collects changes, which its own reads see.
type Txn interface {
	Reader
	Set(key string, value []byte) error
	Delete(key string) error
}

// Store is an ordered map with serialisable transactions: the outcome is that of running the transactions one after
// another, in an order in which whatever was acknowledged before a transaction began comes before it.
type Store interface {
	// View runs fn on one consistent state. What fn saw is durable when View returns nil.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and commits its changes if it returns nil; otherwise nothing changes and its error is returned.
	// fn may run again after a conflict, so it must not act on anything but the transaction. The changes are durable
	// when Update returns nil.
	Update(ctx context.Context, fn func(Txn) error) error
	// Close waits for running transactions and releases the store.
	Close() error
}
