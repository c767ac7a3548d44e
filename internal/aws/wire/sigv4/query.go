package sigv4

import (
	"bytes"
	"slices"
	"strings"
)

// encodedParam is a parameter of a query in its canonical encoding. Both are slices of one buffer.
type encodedParam struct{ name, value []byte }

// appendQuery appends the canonical query: every parameter but the signature, encoded anew and sorted by the encoded
// name, then value.
func appendQuery(dst []byte, raw string) ([]byte, error) {
	if raw == "" {
		return dst, nil
	}
	params, err := encodeParams(raw)
	if err != nil {
		return dst, err
	}
	slices.SortFunc(params, func(a, b encodedParam) int {
		if c := bytes.Compare(a.name, b.name); c != 0 {
			return c
		}
		return bytes.Compare(a.value, b.value)
	})
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, p.name...)
		dst = append(dst, '=')
		dst = append(dst, p.value...)
	}
	return dst, nil
}

// encodeParams encodes the parameters of a query that are signed.
func encodeParams(raw string) ([]encodedParam, error) {
	n := strings.Count(raw, "&") + 1
	if len(raw) > maxQuery || n > maxParams {
		return nil, errQuery
	}
	params := make([]encodedParam, 0, n)
	buf := make([]byte, 0, 3*len(raw)) // an escape is three bytes, so the slices of it stay valid
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		start := len(buf)
		var ok bool
		buf, ok = appendReencoded(buf, name, 0, true)
		middle := len(buf)
		if ok {
			buf, ok = appendReencoded(buf, value, 0, true)
		}
		if !ok {
			return nil, errQuery
		}
		p := encodedParam{name: buf[start:middle], value: buf[middle:]}
		if string(p.name) != "X-Amz-Signature" {
			params = append(params, p)
		}
	}
	return params, nil
}
