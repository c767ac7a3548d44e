package kms

import (
	"encoding/binary"
	"slices"

	"github.com/keyhold/keyhold/internal/aws"
)

// A ciphertext blob is, with integers in big-endian order (docs/formats/ciphertext.md):
//
//	version 1 (1 byte) || algorithm (1) || account (12 digits) || length of key id (1) || key id || material version (4) || body
//
// The body is what seal.Material.Encrypt gives; all before it, with the encryption context, is authenticated.
const (
	ciphertextVersion = 1
	// algorithmAESGCM is AES-256-GCM under a key of each message: what AWS calls SYMMETRIC_DEFAULT.
	algorithmAESGCM = 1

	accountSize = 12
	maxKeyID    = 64
)

// header is what a ciphertext blob tells of the key it was made with.
type header struct {
	account, keyID string
	material       uint32
}

// append writes the header to dst.
func (h header) append(dst []byte) []byte {
	dst = append(dst, ciphertextVersion, algorithmAESGCM)
	dst = append(dst, h.account...)
	dst = append(dst, byte(len(h.keyID)))
	dst = append(dst, h.keyID...)
	return binary.BigEndian.AppendUint32(dst, h.material)
}

// parseCiphertext splits a ciphertext blob into its header, the header's bytes, and the body. It tells whether the blob is
// of our form, not whether it opens.
func parseCiphertext(blob []byte) (h header, head, body []byte, ok bool) {
	const idAt = 2 + accountSize + 1
	if len(blob) < idAt || blob[0] != ciphertextVersion || blob[1] != algorithmAESGCM {
		return header{}, nil, nil, false
	}
	end := idAt + int(blob[idAt-1])
	if len(blob) < end+4 {
		return header{}, nil, nil, false
	}
	h = header{
		account:  string(blob[2 : 2+accountSize]),
		keyID:    string(blob[idAt:end]),
		material: binary.BigEndian.Uint32(blob[end:]),
	}
	if !aws.IsAccount(h.account) || !isKeyID(h.keyID) || h.material == 0 {
		return header{}, nil, nil, false
	}
	return h, blob[:end+4], blob[end+4:], true
}

// appendContext writes an encryption context in its one canonical form: the number of pairs, then the pairs in the order of
// their keys' bytes, each key and value after its length, all numbers in 4 bytes.
func appendContext(dst []byte, context map[string]string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(context)))
	var room [8]string
	keys := room[:0]
	for k := range context {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		dst = appendString(appendString(dst, k), context[k])
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(s))), s...)
}

// isKeyID tells whether id has the form of a key id: a UUID, or mrk- and 32 hexadecimal digits.
func isKeyID(id string) bool {
	if len(id) > maxKeyID {
		return false
	}
	if rest, ok := cutMultiRegion(id); ok {
		return len(rest) == 32 && isHex(rest)
	}
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (id[i] == '-') || !dash && !isHex(id[i:i+1]) {
			return false
		}
	}
	return true
}

func cutMultiRegion(id string) (rest string, ok bool) {
	if len(id) > 4 && id[:4] == "mrk-" {
		return id[4:], true
	}
	return id, false
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
