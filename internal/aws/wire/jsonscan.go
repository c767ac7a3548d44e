package wire

import "errors"

// maxDepth bounds how deep values of a request may be nested.
const maxDepth = 64

// jsonScanner reads JSON as RFC 8259 has it, strictly: one value, UTF-8, no lone surrogates. Its methods leave pos
// behind what they read.
type jsonScanner struct {
	text  []byte // valid UTF-8
	pos   int
	depth int
}

var (
	errSyntax = errors.New("malformed JSON")
	errDepth  = errors.New("nested too deeply")
)

// peek skips white space and returns the byte that begins the next token, or 0 at the end.
func (s *jsonScanner) peek() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take consumes the next token if it is the one byte c.
func (s *jsonScanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// literal consumes true, false or null.
func (s *jsonScanner) literal(word string) error {
	end := s.pos + len(word)
	if end > len(s.text) || string(s.text[s.pos:end]) != word {
		return errSyntax
	}
	s.pos = end
	return nil
}

// more is called before each element of a list or object, which ends with close; first before the first one.
func (s *jsonScanner) more(close byte, first bool) (bool, error) {
	if s.take(close) {
		s.depth--
		return false, nil
	}
	if first {
		return true, nil
	}
	if !s.take(',') || s.peek() == close {
		return false, errSyntax
	}
	return true, nil
}

// open consumes the bracket that begins a list or object.
func (s *jsonScanner) open() error {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return errDepth
	}
	return nil
}

// member consumes an object's member name and the colon. The name is valid until the next call.
func (s *jsonScanner) member() ([]byte, error) {
	if s.peek() != '"' {
		return nil, errSyntax
	}
	name, err := s.string()
	if err != nil {
		return nil, err
	}
	if !s.take(':') {
		return nil, errSyntax
	}
	return name, nil
}

// number consumes a number and returns its text. whole tells that it has neither fraction nor exponent.
func (s *jsonScanner) number() (text []byte, whole bool, err error) {
	start := s.pos
	if s.text[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.text) && s.text[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, false, errSyntax
	}
	whole = true
	if s.pos < len(s.text) && s.text[s.pos] == '.' {
		s.pos++
		if whole = false; !s.digits() {
			return nil, false, errSyntax
		}
	}
	if s.pos < len(s.text) && s.text[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.text) && (s.text[s.pos] == '+' || s.text[s.pos] == '-') {
			s.pos++
		}
		if whole = false; !s.digits() {
			return nil, false, errSyntax
		}
	}
	return s.text[start:s.pos], whole, nil
}

func (s *jsonScanner) digits() bool {
	start := s.pos
	for s.pos < len(s.text) && '0' <= s.text[s.pos] && s.text[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// skip consumes a value of any kind.
func (s *jsonScanner) skip() error {
	switch c := s.peek(); c {
	case '{', '[':
		return s.skipNested(c)
	case '"':
		_, err := s.string()
		return err
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		_, _, err := s.number()
		return err
	}
	return errSyntax
}

func (s *jsonScanner) skipNested(bracket byte) error {
	if err := s.open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(bracket+2, first) // ']' and '}' are two after '[' and '{'
		if err != nil || !more {
			return err
		}
		if bracket == '{' {
			if _, err := s.member(); err != nil {
				return err
			}
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}
