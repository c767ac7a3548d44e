package seal

import (
	"crypto/rand"
	"runtime"
)

// materialPurpose is what backing keys are sealed for under the root key.
const materialPurpose = "kms material"

// Material is the backing key of a KMS key. It may be used by several goroutines at once.
//
// A Material that is no longer referenced is wiped by the garbage collector; who drops one from a cache must not wipe
// it, since others may be using it.
type Material struct {
	redacted
	secret *secret
}

// NewMaterial makes a backing key and returns it with its wrapped form, which is to be stored. aad names the KMS key and
// the version of its material.
func (r *Root) NewMaterial(aad []byte) (*Material, []byte, error) {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	wrapped, err := r.Seal(materialPurpose, key, aad)
	if err != nil {
		clear(key)
		return nil, nil, err
	}
	m, err := newMaterial(key)
	if err != nil {
		return nil, nil, err
	}
	return m, wrapped, nil
}

// OpenMaterial unwraps what NewMaterial wrapped. If it does not open, the error is ErrAuthentication.
func (r *Root) OpenMaterial(wrapped, aad []byte) (*Material, error) {
	key, err := r.Open(materialPurpose, wrapped, aad)
	if err != nil {
		return nil, err
	}
	return newMaterial(key)
}

// newMaterial takes key: the slice is zeroed.
func newMaterial(key []byte) (*Material, error) {
	s, err := newSecret(key)
	if err != nil {
		return nil, err
	}
	m := &Material{secret: s}
	runtime.AddCleanup(m, (*secret).wipe, s)
	return m, nil
}

// Encrypt appends salt (16) || nonce (12) || ciphertext || tag (16) to dst, which must not overlap plaintext.
func (m *Material) Encrypt(dst, plaintext, aad []byte) ([]byte, error) {
	defer runtime.KeepAlive(m)
	return m.secret.seal(dst, labelMaterial, "", plaintext, aad)
}

// Decrypt appends the plaintext of what Encrypt made to dst. If it does not open, the error is ErrAuthentication.
func (m *Material) Decrypt(dst, sealed, aad []byte) ([]byte, error) {
	defer runtime.KeepAlive(m)
	return m.secret.open(dst, labelMaterial, "", sealed, aad)
}

// Wipe overwrites the backing key. Calls that are running finish first; later ones fail with ErrWiped.
func (m *Material) Wipe() { m.secret.wipe() }
