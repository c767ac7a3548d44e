package policy

import (
	"errors"
	"strings"
)

// template is text of a policy that a value is compared with: literal text, wildcards and policy variables.
type template struct {
	shape shape
	text  string // literal text with wildcards as markers; empty for a composed template
	parts []part // of a composed template
}

type shape uint8

const (
	literal  shape = iota // text without wildcards
	anything              // "*"
	prefix                // text and a "*" at its end
	wild                  // text with wildcards
	composed              // text with policy variables
)

// part is a piece of text followed by a variable, if it has one.
type part struct {
	text string // with wildcards as markers
	variable
}

// variable stands for the value of a condition key.
type variable struct {
	key        string // in lower case; "" if there is none
	fallback   string
	hasDefault bool
}

// wildcards says which characters of a text are wildcards.
type wildcards uint8

const (
	noWildcards  wildcards = iota
	allWildcards           // "*" and "?" stand for any text, colons included
	arnWildcards           // as allWildcards, but in the first five parts of an ARN with their reach limited
)

// compile reads a text with the given wildcards and, if variables is set, policy variables.
func compile(s string, w wildcards, variables bool) (template, error) {
	var parts []part
	var b strings.Builder
	colons := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case variables && strings.HasPrefix(s[i:], "${"):
			v, lit, n, err := readVariable(s[i:])
			if err != nil {
				return template{}, err
			}
			i += n - 1
			if v.key == "" {
				b.WriteByte(lit)
				continue
			}
			parts = append(parts, part{b.String(), v})
			b.Reset()
		case w != noWildcards && (c == '*' || c == '?'):
			ends := i+1 == len(s) || s[i+1] == ':'
			b.WriteByte(marker(c, w == arnWildcards && colons < arnParts-1, ends))
		default:
			if c == ':' {
				colons++
			}
			b.WriteByte(c)
		}
	}
	if parts != nil {
		return template{shape: composed, parts: append(parts, part{text: b.String()})}, nil
	}
	return plain(b.String()), nil
}

// marker returns the byte that stands for a wildcard. A "*" that ends its part of an ARN may cross colons even where others
// may not.
func marker(c byte, limited, ends bool) byte {
	switch {
	case c == '*' && (!limited || ends):
		return anyText
	case c == '*':
		return partText
	case limited:
		return partChar
	default:
		return anyChar
	}
}

// plain returns the template for text that has no variables.
func plain(s string) template {
	first := -1
	for i := 0; i < len(s) && first < 0; i++ {
		if s[i] >= firstMarker {
			first = i
		}
	}
	switch {
	case first < 0:
		return template{shape: literal, text: s}
	case s == string([]byte{anyText}):
		return template{shape: anything}
	case first == len(s)-1 && s[first] == anyText:
		return template{shape: prefix, text: s[:first]}
	default:
		return template{shape: wild, text: s}
	}
}

// readVariable reads the variable at the start of s, "${key}" or "${key, 'default'}", and returns its length. If it stands for
// one character, as "${*}" does, the character is returned and the variable has no key.
func readVariable(s string) (v variable, char byte, length int, err error) {
	end := strings.IndexAny(s, ",}")
	if end < 0 {
		return v, 0, 0, errors.New("a policy variable is not closed")
	}
	name, rest := s[len("${"):end], s[end:]
	if name == "*" || name == "?" || name == "$" {
		if rest[0] != '}' {
			return v, 0, 0, errors.New("a character cannot have a default value")
		}
		return v, name[0], end + 1, nil
	}
	if !isConditionKey(name) || strings.ContainsAny(name, "${") {
		return v, 0, 0, errors.New("a policy variable has no valid key: " + quote(name))
	}
	v.key = strings.ToLower(name)
	if rest[0] == '}' {
		return v, 0, end + 1, nil
	}
	quoted := strings.TrimLeft(rest[1:], " ")
	value, after, ok := strings.Cut(strings.TrimPrefix(quoted, "'"), "'")
	if !strings.HasPrefix(quoted, "'") || !ok || !strings.HasPrefix(after, "}") {
		return v, 0, 0, errors.New("the default value of a policy variable must stand in single quotes")
	}
	v.fallback, v.hasDefault = value, true
	return v, 0, len(s) - len(after) + 1, nil
}
