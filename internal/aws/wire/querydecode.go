package wire

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

var (
	errScalar   = malformed("Start of structure or map found where not expected.")
	errListText = malformed("Unexpected list element termination")
	errText     = malformed("Unexpected complex element termination")
	errIndex    = malformed("Index in the name of a list parameter is not a positive number")
	errNumber   = malformed("number must follow xsd1.1 definition")
	errBoolean  = malformed("boolean must follow xsd1.1 definition")
	errTime     = malformed("timestamp must follow ISO8601")
	errMapKey   = malformed("Map entry without a key")
	errMapTwice = malformed("Duplicate map key")
	errDeep     = malformed("Parameter is nested too deeply")
)

// decodeQuery reads a structure from form parameters. As AWS does, it ignores parameters that the model does not have.
// Lists are read in the order of their indices, of which some may be missing; memory is spent only on elements that are
// there, whatever their indices.
func decodeQuery(f form, p *plan, dst reflect.Value) error {
	d := queryDecoder{}
	return d.members(f, "", p, dst)
}

type queryDecoder struct{ depth int }

// value reads the value that is called name, of which f holds all parameters. It leaves dst alone if there is none.
func (d *queryDecoder) value(f form, name string, p *plan, u *use, dst reflect.Value) error {
	if d.depth++; d.depth > maxDepth {
		return errDeep
	}
	defer func() { d.depth-- }()
	text, given := f.get(name)
	nested := f.under(name + ".")
	switch {
	case p.kind == kindList || p.kind == kindMap || p.kind == kindStructure:
		if given && (text != "" || len(nested) > 0) {
			if p.kind == kindList {
				return errListText
			}
			return errText
		}
		if !given && len(nested) == 0 {
			return nil
		}
	case len(nested) > 0:
		return errScalar
	case !given:
		return nil
	}
	switch p.kind {
	case kindStructure:
		if dst.Kind() == reflect.Pointer {
			dst.Set(reflect.New(p.typ))
			dst = dst.Elem()
		}
		return d.members(nested, name+".", p, dst)
	case kindList:
		return d.list(nested, name, p, u, dst)
	case kindMap:
		return d.mapping(nested, name, p, u, dst)
	}
	return setText(text, p, u, dst)
}

func (d *queryDecoder) members(f form, prefix string, p *plan, dst reflect.Value) error {
	for i := range p.fields {
		m := &p.fields[i]
		if err := d.value(f, prefix+queryName(m), m.plan, &m.use, dst.Field(m.index)); err != nil {
			return err
		}
	}
	return nil
}

// queryName is what a member is called. The elements of a flattened list may have a name, which replaces the list's.
func queryName(f *field) string {
	if f.plan.kind == kindList && flat(f.plan, &f.use) {
		return f.plan.shape.element.nameOr(f.nameOr(f.name))
	}
	return f.nameOr(f.name)
}

// flat tells whether a list or map is written without a level of its own.
func flat(p *plan, u *use) bool { return p.flattened || u.flattened }

// list reads name.member.N, or name.N if the list is flattened.
func (d *queryDecoder) list(f form, name string, p *plan, u *use, dst reflect.Value) error {
	if !flat(p, u) {
		name += "." + p.shape.element.nameOr("member")
		f = f.under(name + ".")
	}
	found, err := indices(f, len(name)+1)
	if err != nil {
		return err
	}
	dst.Set(reflect.MakeSlice(p.typ, len(found), len(found)))
	for i, at := range found {
		if err := d.value(at.form, name+"."+at.text, p.element, &p.shape.element, dst.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// mapping reads name.entry.N.key and .value, or name.N.key if the map is flattened.
func (d *queryDecoder) mapping(f form, name string, p *plan, u *use, dst reflect.Value) error {
	if !flat(p, u) {
		name += ".entry"
		f = f.under(name + ".")
	}
	found, err := indices(f, len(name)+1)
	if err != nil {
		return err
	}
	dst.Set(reflect.MakeMapWithSize(p.typ, len(found)))
	for _, at := range found {
		entry := name + "." + at.text + "."
		key, ok := at.form.get(entry + p.shape.key.nameOr("key"))
		if !ok {
			return errMapKey
		}
		if dst.MapIndex(reflect.ValueOf(key)).IsValid() {
			return errMapTwice
		}
		value := reflect.New(p.element.typ).Elem()
		if err := d.value(at.form, entry+p.shape.element.nameOr("value"), p.element, &p.shape.element, value); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(key), value)
	}
	return nil
}

// indexed are the parameters of one element.
type indexed struct {
	index int
	text  string
	form  form
}

// indices groups parameters by the number that stands in their names from byte start to the next dot, and puts the groups
// into the order of the numbers.
func indices(f form, start int) ([]indexed, error) {
	var found []indexed
	for i := 0; i < len(f); {
		text, _, _ := strings.Cut(f[i].name[start:], ".")
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1<<30 || text[0] == '0' || text[0] == '+' {
			return nil, errIndex
		}
		end := i + 1
		for end < len(f) && sameIndex(f[end].name[start:], text) {
			end++
		}
		found = append(found, indexed{n, text, f[i:end]})
		i = end
	}
	slices.SortFunc(found, func(a, b indexed) int { return a.index - b.index })
	return found, nil
}

func sameIndex(name, index string) bool {
	return strings.HasPrefix(name, index) && (len(name) == len(index) || name[len(index)] == '.')
}

// setText reads a scalar from its text.
func setText(text string, p *plan, u *use, dst reflect.Value) error {
	switch p.kind {
	case kindString:
		set(dst, text)
	case kindBlob:
		if err := setBlob(dst, []byte(text)); err != nil {
			return malformed("blob must be Base64")
		}
	case kindBoolean:
		if text != "true" && text != "false" && text != "1" && text != "0" {
			return errBoolean
		}
		set(dst, text == "true" || text == "1")
	case kindTimestamp:
		t, ok := parseTime(text, u.format(formatISO))
		if !ok {
			return errTime
		}
		set(dst, t)
	default:
		return setNumber(text, p.kind, dst)
	}
	return nil
}

func setNumber(text string, k kind, dst reflect.Value) error {
	if k == kindDouble {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errNumber
		}
		set(dst, f)
		return nil
	}
	n, ok := parseInteger(text, true, k)
	switch {
	case !ok:
		return errNumber
	case k == kindInteger:
		set(dst, int32(n))
	default:
		set(dst, n)
	}
	return nil
}
