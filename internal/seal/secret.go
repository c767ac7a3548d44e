package seal

import (
	"errors"
	"fmt"
	"sync"
)

// KeySize is the length of the root key and of each backing key, in bytes.
const KeySize = 32

// Errors that callers may test for with errors.Is.
var (
	// ErrAuthentication says that sealed bytes do not open: they were altered, or the key, the purpose or the
	// associated data is not the one they were sealed under.
	ErrAuthentication = errors.New("seal: message authentication failed")
	// ErrWrongKey says that the root key is not the one that the data were sealed under.
	ErrWrongKey = errors.New("seal: wrong root key")
	// ErrWiped says that the key was wiped.
	ErrWiped = errors.New("seal: key was wiped")
)

// secret is a long-lived key.
type secret struct {
	mu    sync.RWMutex // guards wiped and what key points to; readers hold it for the length of one derivation
	wiped bool
	key   *[KeySize]byte // a pointer of its own, since fmt follows one pointer in fields that it cannot call Format on
}

// newSecret moves key into a secret: key is zeroed.
func newSecret(key []byte) (*secret, error) {
	defer clear(key)
	if len(key) != KeySize {
		return nil, fmt.Errorf("seal: key of %d bytes instead of %d", len(key), KeySize)
	}
	held := [KeySize]byte(key)
	return &secret{key: &held}, nil
}

// derive computes the key that label, purpose and salt stand for.
func (s *secret) derive(label, purpose string, salt []byte) ([KeySize]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.wiped {
		return [KeySize]byte{}, ErrWiped
	}
	return counterKDF(s.key, label, purpose, salt), nil
}

// wipe overwrites the key once nobody uses it.
func (s *secret) wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.key[:])
	s.wiped = true
}

// redacted is embedded by what must never show in a log, an error or a document.
type redacted struct{}

// Format implements fmt.Formatter for all verbs.
func (redacted) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// MarshalText implements encoding.TextMarshaler.
func (redacted) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
