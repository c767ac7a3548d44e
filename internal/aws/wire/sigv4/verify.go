package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"sync"
	"time"
)

// Verify proves that r was signed with the secret of keys, not longer ago than allowed, and that body is the body that
// was signed: all of it as it was sent, before any content decoding. It is for every service but S3. Whether the
// signature is for the right service is for CheckScope.
func (s *Signature) Verify(r *http.Request, body []byte, keys *Keys, now time.Time) error {
	if err := s.checkTime(now); err != nil {
		return err
	}
	return s.verify(r, body, keys, false)
}

// VerifyS3 is Verify for S3, which differs in four ways: the path is neither normalised nor encoded twice, the payload
// may be unsigned, a presigned request lives for as long as it says, and refusals have codes of their own.
func (s *Signature) VerifyS3(r *http.Request, body []byte, keys *Keys, now time.Time) error {
	if err := s.checkTimeS3(now); err != nil {
		return err
	}
	return s.verify(r, body, keys, true)
}

func (s *Signature) verify(r *http.Request, body []byte, keys *Keys, s3 bool) error {
	if s.scopeFault != "" {
		return &Error{codeMismatch, s.scopeFault}
	}
	if err := s.checkSigned(r.Header); err != nil {
		return err
	}
	buf := buffers.Get().(*[]byte)
	defer putBuffer(buf)
	text, err := s.appendCanonical((*buf)[:0], r, body, s3)
	*buf = text
	if err != nil {
		return err
	}
	text = s.appendStringToSign(text[:0], sha256.Sum256(text))
	key, kept := keys.find(s)
	if !key.matches(text, s.signature) {
		return errMismatch
	}
	if !kept {
		keys.keep(key)
	}
	return nil
}

// appendCanonical appends the canonical request.
func (s *Signature) appendCanonical(dst []byte, r *http.Request, body []byte, s3 bool) ([]byte, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	dst = append(dst, method...)
	dst = append(dst, '\n')
	dst, ok := appendPath(dst, r.URL, s3)
	if !ok {
		return dst, errMismatch
	}
	dst = append(dst, '\n')
	dst, err := appendQuery(dst, r.URL.RawQuery)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '\n')
	if dst, ok = s.appendHeaders(dst, r); !ok {
		return dst, errMismatch
	}
	dst = append(dst, '\n')
	dst = append(dst, s.SignedHeaders...)
	dst = append(dst, '\n')
	if len(dst) > maxCanonical {
		return dst, errTooLarge
	}
	if s3 {
		return s.appendPayloadS3(dst, body)
	}
	return s.appendPayload(dst, body)
}

func (s *Signature) appendStringToSign(dst []byte, canonical [sha256.Size]byte) []byte {
	dst = append(dst, algorithm+"\n"...)
	dst = append(dst, s.timestamp...)
	dst = append(dst, '\n')
	dst = append(dst, s.scope...)
	dst = append(dst, '\n')
	return hex.AppendEncode(dst, canonical[:])
}

// matches compares in constant time. The length of a signature is no secret. What lies behind stringToSign in its array
// is overwritten.
func (key *signingKey) matches(stringToSign []byte, signature string) bool {
	const size = 2 * sha256.Size
	if len(signature) != size {
		return false
	}
	var want, got [size]byte
	hex.Encode(want[:], key.appendMAC(stringToSign, stringToSign)[len(stringToSign):])
	copy(got[:], signature)
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// buffers hold canonical requests.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 4<<10)) }}

// putBuffer gives a buffer back unless it grew out of proportion.
func putBuffer(buf *[]byte) {
	const limit = 64 << 10
	if cap(*buf) <= limit {
		buffers.Put(buf)
	}
}
