package store

import (
	"errors"
	"strings"
)

// A part of a key is written as its bytes, each 0x00 as 0x00 0xFF, and ends with 0x00 0x01. No part can run into the
// next, and keys sort as their lists of parts do: by the first part, then by the second, a list before its extensions.
const (
	partEnd      = "\x00\x01"
	afterPartEnd = "\x00\x02"
	escapedZero  = "\x00\xff"
)

var errMalformedKey = errors.New("store: malformed key")

// Key joins parts to one key. Different lists of parts give different keys, which sort as the lists do.
func Key(parts ...string) string {
	size := 0
	for _, p := range parts {
		size += len(p) + strings.Count(p, "\x00") + len(partEnd)
	}
	var b strings.Builder
	b.Grow(size)
	for _, p := range parts {
		appendPart(&b, p)
	}
	return b.String()
}

func appendPart(b *strings.Builder, part string) {
	for {
		plain, rest, found := strings.Cut(part, "\x00")
		b.WriteString(plain)
		if !found {
			break
		}
		b.WriteString(escapedZero)
		part = rest
	}
	b.WriteString(partEnd)
}

// Prefix returns the bounds, for Scan, of the keys that begin with parts and have at least one part more. Without
// parts these are all keys but the empty one.
func Prefix(parts ...string) (from, to string) {
	key := Key(parts...)
	if key == "" {
		return "\x00", ""
	}
	// 0x00 sorts after key itself and before key's smallest extension, which is 0x00 0x01 (an empty part).
	return key + "\x00", strings.TrimSuffix(key, partEnd) + afterPartEnd
}

// Split takes apart what Key joined. It refuses what Key cannot have made.
func Split(key string) ([]string, error) {
	var parts []string
	var part strings.Builder
	for key != "" {
		plain, rest, _ := strings.Cut(key, "\x00")
		part.WriteString(plain)
		if rest == "" {
			return nil, errMalformedKey
		}
		switch rest[0] {
		case escapedZero[1]:
			part.WriteByte(0)
		case partEnd[1]:
			parts = append(parts, part.String())
			part.Reset()
		default:
			return nil, errMalformedKey
		}
		key = rest[1:]
	}
	if part.Len() > 0 {
		return nil, errMalformedKey
	}
	return parts, nil
}
