package wire

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

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
