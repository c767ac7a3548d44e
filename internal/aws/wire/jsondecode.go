package wire

import (
	"errors"
	"reflect"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
)

// errMalformed is AWS's answer to a body that is not JSON: it has no text.
var errMalformed = &aws.Error{Code: "SerializationException"}

// notExpected are AWS's words for a value of the wrong type.
func notExpected(text string) error { return &aws.Error{Code: "SerializationException", Message: text} }

var (
	errStructure = notExpected("Start of structure or map found where not expected.")
	errList      = notExpected("Start of list found where not expected")
	errWantList  = notExpected("Expected list or null")
	errWantMap   = notExpected("Expected map or null")
	errWantNull  = notExpected("Expected null") // a structure was expected
	errNull      = notExpected("Null found where not expected")
)

// decodeJSON reads a structure. As AWS does, it takes null for an absent member, ignores members that the model does not
// have, and refuses values of another type than the model's. Beyond AWS it refuses a member or map key that comes twice,
// null inside lists and maps, and numbers out of range, which some services wrap around.
func decodeJSON(text []byte, p *plan, dst reflect.Value) error {
	if !utf8.Valid(text) {
		return errMalformed
	}
	d := jsonDecoder{jsonScanner{text: text}}
	if c := d.peek(); c != '{' && c != '[' {
		return errMalformed
	}
	err := d.value(p, &use{shape: p.shape}, dst)
	switch {
	case err == nil:
		if d.peek(); d.pos < len(text) {
			return errMalformed
		}
	case errors.Is(err, errSyntax):
		return errMalformed
	case errors.Is(err, errDepth):
		return notExpected("The request is nested too deeply")
	}
	return err
}

type jsonDecoder struct{ jsonScanner }

// value reads one value into dst, which is of the plan's Go type or, if that is no list or map, may be a pointer to it.
// null leaves dst alone.
func (d *jsonDecoder) value(p *plan, u *use, dst reflect.Value) error {
	switch c := d.peek(); c {
	case '{':
		return d.object(p, dst)
	case '[':
		if p.kind != kindList {
			return errList
		}
		return d.list(p, dst)
	case '"':
		return d.text(p, u, dst)
	case 't':
		return d.boolean(p, dst, "true", true)
	case 'f':
		return d.boolean(p, dst, "false", false)
	case 'n':
		return d.literal("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return d.numeric(p, u, dst)
	}
	return errSyntax
}

func (d *jsonDecoder) object(p *plan, dst reflect.Value) error {
	if p.kind != kindStructure && p.kind != kindMap {
		return errStructure
	}
	if err := d.open(); err != nil {
		return err
	}
	if p.kind == kindMap {
		return d.mapping(p, dst)
	}
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(p.typ))
		dst = dst.Elem()
	}
	return d.members(p, dst)
}

// members reads a structure's members. Clients tend to send them in the model's order, so the next one is tried first.
func (d *jsonDecoder) members(p *plan, dst reflect.Value) error {
	var have seen
	next := 0
	for first := true; ; first = false {
		more, err := d.more('}', first)
		if err != nil || !more {
			return err
		}
		name, err := d.member()
		if err != nil {
			return err
		}
		i, ok := next, next < len(p.fields) && p.fields[next].name == string(name)
		if !ok {
			i, ok = p.byName[string(name)]
		}
		if !ok {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		next = i + 1
		f := &p.fields[i]
		if have.add(i) {
			return notExpected("Duplicate member " + f.name)
		}
		if err := d.value(f.plan, &f.use, dst.Field(f.index)); err != nil {
			return err
		}
	}
}
