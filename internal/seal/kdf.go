package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// counterKDF is the key derivation function of NIST SP 800-108r1, section 4.1, in counter mode with HMAC-SHA256, a
// 32-bit counter before the fixed input, and an output of 256 bits, which one block gives:
//
//	HMAC(key, [1]₃₂ || label || 0x00 || context || [256]₃₂)    context = [len(purpose)]₃₂ || purpose || salt
func counterKDF(key *[KeySize]byte, label, purpose string, salt []byte) [KeySize]byte {
	in := make([]byte, 0, 64+len(label)+len(purpose))
	in = append(append(in, label...), 0)
	in = binary.BigEndian.AppendUint32(in, uint32(len(purpose)))
	in = append(append(in, purpose...), salt...)
	in = binary.BigEndian.AppendUint32(in, KeySize*8)
	return counterBlock(key, in)
}

// one is the counter of the first block.
var one = []byte{0, 0, 0, 1}

// counterBlock is the first block of the function's output. It overwrites the fixed input.
func counterBlock(key *[KeySize]byte, fixed []byte) [KeySize]byte {
	h := hmac.New(sha256.New, key[:])
	h.Write(one)
	h.Write(fixed)
	sum := h.Sum(fixed[:0])
	defer clear(sum)
	return [KeySize]byte(sum)
}
