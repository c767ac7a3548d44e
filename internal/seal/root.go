package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// Labels of the key derivation: what a derived key is for, with the version of the construction.
const (
	labelSeal     = "keyhold seal 1"
	labelMAC      = "keyhold mac 1"
	labelMaterial = "keyhold kms material 1"
)

// version is the first byte of what Root.Seal returns.
const version = 1

// Root is the unlocked root key. It may be used by several goroutines at once.
type Root struct {
	redacted
	*secret
}

// NewRoot makes a root key of 32 bytes, which it takes: the slice is zeroed. It is for sources and for tests.
func NewRoot(key []byte) (*Root, error) {
	s, err := newSecret(key)
	if err != nil {
		return nil, err
	}
	return &Root{secret: s}, nil
}

// Generate makes a random root key that lives in memory only.
func Generate() *Root {
	key := new([KeySize]byte)
	_, _ = rand.Read(key[:]) // never fails
	return &Root{secret: &secret{key: key}}
}

// Seal encrypts a secret that is to be stored. It opens again only for the same purpose and with the same associated
// data, which should name the place it is stored at, so that sealed values cannot be swapped.
//
// The result is version (1) || salt (16) || nonce (12) || ciphertext || tag (16).
func (r *Root) Seal(purpose string, plaintext, aad []byte) ([]byte, error) {
	dst := make([]byte, 1, 1+len(plaintext)+Overhead)
	dst[0] = version
	return r.seal(dst, labelSeal, purpose, plaintext, aad)
}

// Open decrypts what Seal returned. If it does not open, the error is ErrAuthentication.
func (r *Root) Open(purpose string, sealed, aad []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, ErrAuthentication
	}
	return r.open(nil, labelSeal, purpose, sealed[1:], aad)
}

// MAC computes HMAC-SHA256 over parts under a key that only purpose has. Each part counts with its length, so that no
// two lists of parts are taken for each other. It fails only with ErrWiped.
func (r *Root) MAC(purpose string, parts ...[]byte) ([sha256.Size]byte, error) {
	key, err := r.derive(labelMAC, purpose, nil)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	defer clear(key[:])
	h := hmac.New(sha256.New, key[:])
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return sum, nil
}

// checkPurpose and checkValue are what Check seals.
const (
	checkPurpose = "root key check"
	checkValue   = "this root key opens these data"
)

// Check returns a known value, sealed, to be stored with the data.
func (r *Root) Check() ([]byte, error) {
	return r.Seal(checkPurpose, []byte(checkValue), nil)
}

// Verify tells whether this is the root key that made check. If not, the error is ErrWrongKey.
func (r *Root) Verify(check []byte) error {
	value, err := r.Open(checkPurpose, check, nil)
	if errors.Is(err, ErrAuthentication) || err == nil && string(value) != checkValue {
		return ErrWrongKey
	}
	return err
}

// Wipe overwrites the root key. Calls that are running finish first; later ones fail with ErrWiped.
func (r *Root) Wipe() { r.wipe() }
