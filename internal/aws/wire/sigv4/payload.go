package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const unsignedPayload = "UNSIGNED-PAYLOAD"

// appendPayload appends what was signed in place of the body: its hash. One that the request states must be the body's.
func (s *Signature) appendPayload(dst, body []byte) ([]byte, error) {
	start := len(dst)
	dst = appendHash(dst, body)
	if s.PayloadHash != "" && s.PayloadHash != string(dst[start:]) {
		return dst, errMismatch
	}
	return dst, nil
}

// appendPayloadS3 is appendPayload for S3, where a request may leave its body out of the signature if it says so. A body
// that is signed chunk by chunk is refused: nothing here verifies the chunks.
func (s *Signature) appendPayloadS3(dst, body []byte) ([]byte, error) {
	start := len(dst)
	switch {
	case s.PayloadHash == "" && s.Presigned:
		return append(dst, unsignedPayload...), nil
	case s.PayloadHash == "":
		return dst, errS3NoHash
	case s.PayloadHash == unsignedPayload, s.PayloadHash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
		return append(dst, s.PayloadHash...), nil
	case strings.HasPrefix(s.PayloadHash, "STREAMING-"):
		return dst, errS3Chunked
	case len(s.PayloadHash) != 2*sha256.Size:
		return dst, errS3BadHash
	}
	dst = appendHash(dst, body)
	if s.PayloadHash != string(dst[start:]) {
		return dst, errS3Hash
	}
	return dst, nil
}

// appendHash appends the SHA-256 of body in hexadecimal.
func appendHash(dst, body []byte) []byte {
	sum := sha256.Sum256(body)
	return hex.AppendEncode(dst, sum[:])
}
