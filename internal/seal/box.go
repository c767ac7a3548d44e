package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"slices"
)

const (
	saltSize = 16
	// Overhead is how many bytes a sealed message is longer than its plaintext: salt, nonce and tag.
	Overhead = saltSize + 12 + 16
)

// seal appends salt || nonce || ciphertext || tag to dst, under a key of this message alone.
func (s *secret) seal(dst []byte, label, purpose string, plaintext, aad []byte) ([]byte, error) {
	dst = slices.Grow(dst, len(plaintext)+Overhead)
	start := len(dst)
	dst = dst[:start+saltSize]
	_, _ = rand.Read(dst[start:]) // never fails
	aead, err := s.messageAEAD(label, purpose, dst[start:])
	if err != nil {
		return nil, err
	}
	return aead.Seal(dst, nil, plaintext, aad), nil
}

// open appends the plaintext of what seal made to dst.
func (s *secret) open(dst []byte, label, purpose string, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrAuthentication
	}
	aead, err := s.messageAEAD(label, purpose, sealed[:saltSize])
	if err != nil {
		return nil, err
	}
	out, err := aead.Open(dst, nil, sealed[saltSize:], aad)
	if err != nil {
		return nil, ErrAuthentication
	}
	return out, nil
}

// messageAEAD is AES-256-GCM with random nonces under the key of one message.
func (s *secret) messageAEAD(label, purpose string, salt []byte) (cipher.AEAD, error) {
	key, err := s.derive(label, purpose, salt)
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return aead, nil
}
