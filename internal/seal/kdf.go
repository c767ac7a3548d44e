package seal

import (
	"crypto/hmac"
	"crypto/sha256"
)

// counterKDF is the key derivation function of NIST SP 800-108r1, section 4.1, in counter mode with HMAC-SHA256, a
// 32-bit counter before the fixed input, and an output of 256 bits, which one block gives:
//
//	HMAC(key, [1]₃₂ || label || 0x00 || context || [256]₃₂)
//
// The parts of context are written one after another; all but one of them must have a fixed length or carry it.
func counterKDF(key []byte, label string, context ...[]byte) [KeySize]byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte{0, 0, 0, 1})
	h.Write([]byte(label))
	h.Write([]byte{0})
	for _, part := range context {
		h.Write(part)
	}
	h.Write([]byte{0, 0, 1, 0})
	var out [KeySize]byte
	h.Sum(out[:0])
	return out
}
