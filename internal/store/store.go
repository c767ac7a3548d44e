// Package store is Keyhold's state: an ordered map of keys to values with serialisable transactions.
//
// Drivers live in the packages below it (mem, pebble) and pass one suite (storetest). Nothing outside a drawer's
// store.go reads or writes it. Key, Prefix and Split make and take apart keys of several parts. Observed and Cache
// keep decoded records in memory and drop them when a transaction changes what they were made from.
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
	// ErrFailed says that the disk failed and that the store has stopped: it answers nothing more, because it cannot
	// know what of its recent changes is durable. Only opening it again, in a new process, helps.
	ErrFailed = errors.New("store: stopped after a failure of the disk")
	// ErrEnded says that a Reader or Txn was used after the function that it was given to had returned.
	ErrEnded = errors.New("store: transaction has ended")
)

// Entry is one key with its value.
type Entry struct {
	Key   string
	Value []byte
}

// Reader reads one consistent state. Keys and values are any bytes, the empty ones included. Values are the caller's
// to keep and must not be changed. A Reader serves one goroutine, while the function that got it runs.
type Reader interface {
	// Get returns the value of key, or ErrNotFound.
	Get(key string) ([]byte, error)
	// Scan yields the entries with from <= key < to in the order of their keys; an empty to is no bound. It stops
	// after the first error. Changes that are made while a loop over it runs do not show in that loop.
	Scan(from, to string) iter.Seq2[Entry, error]
}

// Txn reads one consistent state and collects changes, which its own reads see.
type Txn interface {
	Reader
	// Set gives key a value, of which it keeps a copy.
	Set(key string, value []byte) error
	// Delete takes key's value away. It is no error if there is none.
	Delete(key string) error
}

// Store is an ordered map with serialisable transactions: the outcome is that of running the transactions one after
// another, in an order in which whatever was acknowledged before a transaction began comes before it.
//
// A function that is given to View or Update must not call Update of the same store.
type Store interface {
	// View runs fn on one consistent state and returns its error. What fn saw is durable when View returns, unless
	// the error is the context's or ErrFailed.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and commits its changes if it returns nil; otherwise nothing changes and its error is returned.
	// fn may run again after a conflict, so it must not act on anything but the transaction. The changes are durable
	// when Update returns nil. ctx is heeded until the changes are applied and not after, so that a context's error
	// says that nothing changed; after ErrFailed the changes may or may not have been kept.
	Update(ctx context.Context, fn func(Txn) error) error
	// Close waits for running transactions and releases the store.
	Close() error
}
