package sigv4

import (
	"net/http"
	"strconv"
	"strings"
)

const maxHeaderName = 128 // bytes of a signed header's name

// containsHeader says whether list, names joined by ';', holds name.
func containsHeader(list, name string) bool {
	for {
		i := strings.Index(list, name)
		if i < 0 {
			return false
		}
		end := i + len(name)
		if (i == 0 || list[i-1] == ';') && (end == len(list) || list[end] == ';') {
			return true
		}
		next := strings.IndexByte(list[end:], ';')
		if next < 0 {
			return false
		}
		list = list[end+next+1:]
	}
}

// checkSigned refuses a request with an x-amz-* header that its signature does not cover: whoever carries the request
// could have added it.
func (s *Signature) checkSigned(h http.Header) error {
	for name := range h {
		if !isAmz(name) || s.exempt(name) {
			continue
		}
		var buf [maxHeaderName]byte
		if len(name) > len(buf) || !containsHeader(s.SignedHeaders, string(appendLower(buf[:0], name))) {
			return unsignedHeader(excerpt(name))
		}
	}
	return nil
}

func isAmz(name string) bool {
	const prefix = "x-amz-"
	return len(name) >= len(prefix) && name[0]|0x20 == 'x' && strings.EqualFold(name[:len(prefix)], prefix)
}

// exempt names the headers that may stay unsigned; the package comment says why. A presigned request takes its date from
// the query, so a date header would be a contradiction.
func (s *Signature) exempt(name string) bool {
	switch name {
	case "X-Amz-Date":
		return !s.Presigned
	case "X-Amz-Content-Sha256", "X-Amz-User-Agent", "X-Amz-Cf-Id":
		return true
	}
	return false
}

// appendHeaders appends the canonical headers, one line each. ok is false if a signed header is missing, or if the list
// is not sorted and free of duplicates: no client signs that.
func (s *Signature) appendHeaders(dst []byte, r *http.Request) (_ []byte, ok bool) {
	previous := ""
	for list := s.SignedHeaders; list != ""; {
		var name string
		name, list, _ = strings.Cut(list, ";")
		if name <= previous || len(name) > maxHeaderName {
			return dst, false
		}
		previous = name
		dst = append(dst, name...)
		dst = append(dst, ':')
		if dst, ok = appendHeaderValues(dst, r, name); !ok {
			return dst, false
		}
		dst = append(dst, '\n')
	}
	return dst, true
}

// appendHeaderValues appends the values of the header name, given in lower case, joined by commas.
func appendHeaderValues(dst []byte, r *http.Request, name string) (_ []byte, ok bool) {
	if name == "host" {
		if r.Host == "" { // a client's request that never crossed a wire
			return appendTrimmed(dst, r.URL.Host), true
		}
		return appendTrimmed(dst, r.Host), true
	}
	var buf [maxHeaderName]byte
	values := r.Header[string(appendCanonicalName(buf[:0], name))]
	if len(values) == 0 {
		if name == "content-length" && r.ContentLength >= 0 { // likewise
			return strconv.AppendInt(dst, r.ContentLength, 10), true
		}
		return dst, false
	}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTrimmed(dst, v)
	}
	return dst, true
}

// appendTrimmed appends a header's value without white space at its ends and with single spaces inside.
func appendTrimmed(dst []byte, value string) []byte {
	for value != "" && isBlank(value[0]) {
		value = value[1:]
	}
	for value != "" && isBlank(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	if strings.IndexByte(value, ' ') < 0 && strings.IndexByte(value, '\t') < 0 {
		return append(dst, value...)
	}
	blank := false
	for i := range len(value) {
		c := value[i]
		if isBlank(c) {
			blank = true
			continue
		}
		if blank {
			dst = append(dst, ' ')
			blank = false
		}
		dst = append(dst, c)
	}
	return dst
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func appendLower(dst []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendCanonicalName turns x-amz-date into X-Amz-Date, as http.CanonicalHeaderKey does, without allocating.
func appendCanonicalName(dst []byte, name string) []byte {
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
		upper = c == '-'
	}
	return dst
}
