package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// string consumes a string and returns its value, which lies in text unless it has escapes.
func (s *jsonScanner) string() ([]byte, error) {
	s.pos++
	start := s.pos
	for ; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		if plain[c] {
			continue
		}
		switch c {
		case '"':
			s.pos++
			return s.text[start : s.pos-1], nil
		case '\\':
			return s.escaped(start)
		}
		return nil, errSyntax
	}
	return nil, errSyntax
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()

// escaped finishes a string at its first backslash.
func (s *jsonScanner) escaped(start int) ([]byte, error) {
	out := append(make([]byte, 0, 2*(s.pos-start)+16), s.text[start:s.pos]...)
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return out, nil
		case c < ' ':
			return nil, errSyntax
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
			s.pos++
		}
	}
	return nil, errSyntax
}

// escape consumes a backslash and what it stands for.
func (s *jsonScanner) escape() (rune, error) {
	if s.pos+1 >= len(s.text) {
		return 0, errSyntax
	}
	c := s.text[s.pos+1]
	s.pos += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return s.unicode()
	}
	return 0, errSyntax
}

// unicode consumes the digits of \u, and the other half of a surrogate pair.
func (s *jsonScanner) unicode() (rune, error) {
	r, err := s.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if s.pos+2 > len(s.text) || s.text[s.pos] != '\\' || s.text[s.pos+1] != 'u' {
		return 0, errSyntax
	}
	s.pos += 2
	low, err := s.hex()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, errSyntax
	}
	return r, nil
}

func (s *jsonScanner) hex() (rune, error) {
	if s.pos+4 > len(s.text) {
		return 0, errSyntax
	}
	var r rune
	for _, c := range s.text[s.pos : s.pos+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, errSyntax
		}
		r = r<<4 | rune(c)
	}
	s.pos += 4
	return r, nil
}
