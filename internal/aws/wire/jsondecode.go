package wire

import (
	"errors"
	"reflect"
	"strconv"
	"time"
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
	if err == nil && d.peek() != 0 || err == nil && d.pos < len(text) {
		return errMalformed
	}
	switch {
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

func (d *jsonDecoder) mapping(p *plan, dst reflect.Value) error {
	dst.Set(reflect.MakeMap(p.typ))
	stringsByKey, plain := dst.Interface().(map[string]string)
	for first := true; ; first = false {
		more, err := d.more('}', first)
		if err != nil || !more {
			return err
		}
		name, err := d.member()
		if err != nil {
			return err
		}
		if d.peek() == 'n' {
			return errNull
		}
		key := string(name)
		if plain {
			err = d.stringEntry(stringsByKey, key, p)
		} else {
			err = d.entry(dst, key, p)
		}
		if err != nil {
			return err
		}
	}
}

// stringEntry is entry for the most common kind of map.
func (d *jsonDecoder) stringEntry(m map[string]string, key string, p *plan) error {
	if _, ok := m[key]; ok {
		return errDuplicateKey
	}
	if d.peek() != '"' {
		return d.wrongType(p.element)
	}
	text, err := d.string()
	m[key] = string(text)
	return err
}

var errDuplicateKey = notExpected("Duplicate map key")

func (d *jsonDecoder) entry(m reflect.Value, key string, p *plan) error {
	k := reflect.ValueOf(key)
	if m.MapIndex(k).IsValid() {
		return errDuplicateKey
	}
	value := reflect.New(p.element.typ).Elem()
	if err := d.value(p.element, &p.shape.element, value); err != nil {
		return err
	}
	m.SetMapIndex(k, value)
	return nil
}

func (d *jsonDecoder) list(p *plan, dst reflect.Value) error {
	if err := d.open(); err != nil {
		return err
	}
	dst.Set(reflect.MakeSlice(p.typ, 0, 0))
	for i := 0; ; i++ {
		more, err := d.more(']', i == 0)
		if err != nil || !more {
			return err
		}
		if d.peek() == 'n' {
			return errNull
		}
		dst.Grow(1)
		dst.SetLen(i + 1)
		if err := d.value(p.element, &p.shape.element, dst.Index(i)); err != nil {
			return err
		}
	}
}

// text reads what JSON writes as a string: strings, blobs, and timestamps in two of the formats.
func (d *jsonDecoder) text(p *plan, u *use, dst reflect.Value) error {
	switch p.kind {
	case kindString, kindBlob:
	case kindTimestamp:
		if u.format(formatEpoch) == formatEpoch {
			return conversion("STRING_VALUE", p)
		}
	default:
		return conversion("STRING_VALUE", p)
	}
	text, err := d.string()
	if err != nil {
		return err
	}
	switch p.kind {
	case kindBlob:
		return setBlob(dst, text)
	case kindTimestamp:
		t, ok := parseTime(string(text), u.format(formatEpoch))
		if !ok {
			return conversion("STRING_VALUE", p)
		}
		set(dst, t)
		return nil
	}
	set(dst, string(text))
	return nil
}

func (d *jsonDecoder) boolean(p *plan, dst reflect.Value, word string, v bool) error {
	if err := d.literal(word); err != nil {
		return err
	}
	if p.kind != kindBoolean {
		return conversion(map[bool]string{true: "TRUE_VALUE", false: "FALSE_VALUE"}[v], p)
	}
	set(dst, v)
	return nil
}

func (d *jsonDecoder) numeric(p *plan, u *use, dst reflect.Value) error {
	text, whole, err := d.number()
	if err != nil {
		return err
	}
	ok := false
	switch p.kind {
	case kindInteger, kindLong:
		var n int64
		if n, ok = parseInteger(string(text), whole, p.kind); ok && p.kind == kindLong {
			set(dst, n)
		} else if ok {
			set(dst, int32(n))
		}
	case kindDouble:
		var f float64
		f, err = strconv.ParseFloat(string(text), 64)
		if ok = err == nil; ok {
			set(dst, f)
		}
	case kindTimestamp:
		var t time.Time
		t, ok = parseTime(string(text), formatEpoch)
		if ok = ok && u.format(formatEpoch) == formatEpoch; ok {
			set(dst, t)
		}
	}
	if !ok {
		return conversion("NUMBER_VALUE", p)
	}
	return nil
}

// wrongType names the mismatch of the next value, which is not a string, with a string.
func (d *jsonDecoder) wrongType(p *plan) error {
	var s string
	return d.value(p, &use{shape: p.shape}, reflect.ValueOf(&s).Elem())
}
