package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

const (
	maxDocument = 100_000 // bytes
	maxDepth    = 12      // levels of nesting; the language itself needs seven
)

type nodeKind uint8

const (
	nullNode nodeKind = iota
	stringNode
	scalarNode // number or boolean
	listNode
	objectNode
)

// node is a JSON value. Members keep the order of the document.
type node struct {
	kind    nodeKind
	text    string // of a string or a scalar
	items   []node
	members []member
}

type member struct {
	name  string
	value node
}

// readJSON reads exactly one JSON value. Unlike encoding/json it refuses duplicate names, text that is not UTF-8, unpaired
// surrogates and deep nesting.
func readJSON(document string) (node, error) {
	switch {
	case len(document) > maxDocument:
		return node{}, errors.New("the document is longer than 100000 bytes")
	case !utf8.ValidString(document):
		return node{}, errors.New("the document is not valid UTF-8")
	case tooDeep(document):
		return node{}, errors.New("the document is nested too deeply")
	case !json.Valid([]byte(document)):
		return node{}, errors.New("the document is not valid JSON")
	}
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber()
	return readNode(d)
}

// tooDeep reports whether brackets nest beyond maxDepth. It runs before the recursive readers.
func tooDeep(document string) bool {
	depth, quoted := 0, false
	for i := 0; i < len(document); i++ {
		switch c := document[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func readNode(d *json.Decoder) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return readList(d)
		}
		return readObject(d)
	case string:
		if strings.ContainsRune(t, utf8.RuneError) {
			return node{}, errors.New("a string holds an unpaired surrogate or a replacement character")
		}
		return node{kind: stringNode, text: t}, nil
	case json.Number:
		return node{kind: scalarNode, text: t.String()}, nil
	case bool:
		if t {
			return node{kind: scalarNode, text: "true"}, nil
		}
		return node{kind: scalarNode, text: "false"}, nil
	default:
		return node{kind: nullNode}, nil
	}
}

func readList(d *json.Decoder) (node, error) {
	n := node{kind: listNode}
	for d.More() {
		item, err := readNode(d)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err := d.Token()
	return n, err
}

func readObject(d *json.Decoder) (node, error) {
	n := node{kind: objectNode}
	seen := map[string]bool{}
	for d.More() {
		name, err := readNode(d)
		if err != nil {
			return node{}, err
		}
		if seen[name.text] {
			return node{}, errors.New("the name " + quote(name.text) + " occurs twice in one object")
		}
		seen[name.text] = true
		value, err := readNode(d)
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, member{name.text, value})
	}
	_, err := d.Token()
	return n, err
}

// strings returns the texts of a string or of a list of strings, or false if n is neither. With scalars it takes numbers
// and booleans for strings, as condition values may be written.
func (n *node) strings(scalars bool) ([]string, bool) {
	if n.kind != listNode {
		if !n.isText(scalars) {
			return nil, false
		}
		return []string{n.text}, true
	}
	texts := make([]string, len(n.items))
	for i := range n.items {
		if !n.items[i].isText(scalars) {
			return nil, false
		}
		texts[i] = n.items[i].text
	}
	return texts, true
}

func (n *node) isText(scalars bool) bool {
	return n.kind == stringNode || scalars && n.kind == scalarNode
}
