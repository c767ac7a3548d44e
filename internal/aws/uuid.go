package aws

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// AppendUUID appends a random UUID (version 4) for the name of a request or an event. It is unique, and nothing relies on its
// being hard to guess: the runtime's own generator, ChaCha8 seeded by the system, makes it without a lock.
func AppendUUID(dst []byte) []byte {
	var u [16]byte
	binary.NativeEndian.PutUint64(u[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(u[8:], rand.Uint64())
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[:8], u[:4])
	hex.Encode(text[9:13], u[4:6])
	hex.Encode(text[14:18], u[6:8])
	hex.Encode(text[19:23], u[8:10])
	hex.Encode(text[24:], u[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return append(dst, text[:]...)
}
