package sigv4

import (
	"bytes"
	"net/url"
	"strings"
)

// appendPath appends the canonical path. All services but S3 remove empty and dot segments and encode once more what was
// sent; S3 keeps the segments and encodes the name itself. ok is false if the path is not well encoded.
func appendPath(dst []byte, u *url.URL, s3 bool) (_ []byte, ok bool) {
	path := sentPath(u)
	if path == "" || path == "/" {
		return append(dst, '/'), true
	}
	if s3 {
		return appendReencoded(dst, path, '/', false)
	}
	start := len(dst)
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			if i := bytes.LastIndexByte(dst[start:], '/'); i >= 0 {
				dst = dst[:start+i]
			}
		default:
			dst = append(dst, '/')
			for i := range len(segment) {
				dst = appendEncoded(dst, segment[i])
			}
		}
	}
	if len(dst) == start || strings.HasSuffix(path, "/") {
		dst = append(dst, '/')
	}
	return dst, true
}

// sentPath returns the path as it stood in the request line. EscapedPath would already have encoded the bytes that a
// client should have encoded and did not.
func sentPath(u *url.URL) string {
	if u.RawPath != "" {
		if path, err := url.PathUnescape(u.RawPath); err == nil && path == u.Path {
			return u.RawPath
		}
	}
	return u.EscapedPath()
}

// appendReencoded appends s, which may be encoded in any way, in the one encoding that is signed. The byte keep, if it is
// not encoded, stays so. In a query a plus sign means a space. ok is false after a malformed escape.
func appendReencoded(dst []byte, s string, keep byte, query bool) (_ []byte, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return dst, false
			}
			dst = appendEncoded(dst, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case c == '+' && query:
			dst = append(dst, "%20"...)
		case c == keep && keep != 0:
			dst = append(dst, c)
		default:
			dst = appendEncoded(dst, c)
		}
	}
	return dst, true
}

// appendEncoded appends one byte, percent-encoded unless it is unreserved in RFC 3986.
func appendEncoded(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	if unreserved[c] {
		return append(dst, c)
	}
	return append(dst, '%', digits[c>>4], digits[c&15])
}

var unreserved = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		table[c] = true
	}
	return table
}()

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
