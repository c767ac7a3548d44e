package wire

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// plan says how the values of one shape lie in one Go type. It is made once, so that coding a value only walks it.
type plan struct {
	*shape
	typ     reflect.Type
	fields  []field        // of a structure, in the model's order
	byName  map[string]int // of a structure: index in fields
	key     *plan          // of a map
	element *plan          // of a list, or a map's value
	checked bool           // something in the value is constrained
	secret  bool           // the value must not be repeated: it is sensitive, or a list or map of what is
}

// field is a member of a structure and where it lies.
type field struct {
	*member
	plan  *plan
	index int // in the Go struct
}

// maxFields bounds the members of a structure, so that the set of those seen fits into two words.
const maxFields = 128

// seen is a set of fields.
type seen [maxFields / 64]uint64

// add adds a field and tells whether it was there.
func (s *seen) add(i int) bool {
	bit := uint64(1) << (i % 64)
	was := s[i/64]&bit != 0
	s[i/64] |= bit
	return was
}

// planner makes plans, each once, so that shapes may contain themselves.
type planner map[plannerKey]*plan

type plannerKey struct {
	shape *shape
	typ   reflect.Type
}

// emptyShape stands for the input or output of an operation whose model has none.
var emptyShape = &shape{name: "nothing", kind: kindStructure}

// plan makes the plan of values of shape s that are held in type t.
func (b planner) plan(s *shape, t reflect.Type) (*plan, error) {
	if p := b[plannerKey{s, t}]; p != nil {
		return p, nil
	}
	p := &plan{shape: s, typ: t, checked: true} // true while it is made: it may be met inside itself
	b[plannerKey{s, t}] = p
	checked := !s.constraint.none()
	var err error
	switch s.kind {
	case kindStructure:
		checked, err = b.planFields(p)
	case kindList:
		if t.Kind() != reflect.Slice {
			return nil, mismatch(s, t)
		}
		p.element, err = b.plan(s.element.shape, t.Elem())
	case kindMap:
		if t.Kind() != reflect.Map || t.Key().Kind() != reflect.String {
			return nil, mismatch(s, t)
		}
		if p.element, err = b.plan(s.element.shape, t.Elem()); err == nil {
			p.key, err = b.plan(s.key.shape, t.Key())
		}
	default:
		if t != scalars[s.kind] {
			return nil, mismatch(s, t)
		}
	}
	p.secret = s.sensitive || p.element != nil && p.element.secret && s.kind != kindStructure || p.key != nil && p.key.secret
	p.checked = checked || p.element != nil && p.element.checked || p.key != nil && p.key.checked
	return p, err
}

// scalars are the Go types of shapes that hold no others.
var scalars = map[kind]reflect.Type{
	kindString: reflect.TypeFor[string](), kindInteger: reflect.TypeFor[int32](), kindLong: reflect.TypeFor[int64](),
	kindDouble: reflect.TypeFor[float64](), kindBoolean: reflect.TypeFor[bool](), kindBlob: reflect.TypeFor[[]byte](),
	kindTimestamp: reflect.TypeFor[time.Time](),
}

func (b planner) planFields(p *plan) (checked bool, err error) {
	if p.typ.Kind() != reflect.Struct || len(p.members) != p.typ.NumField() || len(p.members) > maxFields {
		return false, mismatch(p.shape, p.typ)
	}
	p.byName = make(map[string]int, len(p.members))
	for i := range p.members {
		m := &p.members[i]
		goField, ok := p.typ.FieldByName(strings.ToUpper(m.name[:1]) + m.name[1:])
		if !ok {
			return false, mismatch(p.shape, p.typ)
		}
		t := goField.Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		sub, err := b.plan(m.shape, t)
		if err != nil {
			return false, err
		}
		p.fields = append(p.fields, field{member: m, plan: sub, index: goField.Index[0]})
		p.byName[m.name] = i
		checked = checked || m.required || sub.checked
	}
	return checked, nil
}

func mismatch(s *shape, t reflect.Type) error {
	return fmt.Errorf("shape %s does not fit Go type %s", s.name, t)
}
