package wire

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
)

// maxViolations is how many violations AWS names at once.
const maxViolations = 10

// validate checks a decoded input against the model and names what is wrong with it in AWS's words.
func validate(p *plan, v reflect.Value) error {
	if !p.checked {
		return nil
	}
	var check validator
	check.fields(p, v)
	switch n := len(check.violations); n {
	case 0:
		return nil
	case 1:
		return aws.ValidationError("1 validation error detected: " + check.violations[0])
	default:
		return aws.ValidationError(strconv.Itoa(n) + " validation errors detected: " + strings.Join(check.violations, "; "))
	}
}

// step is a part of the place where a value stands in a request, such as tags.1.member.tagKey.
type step struct {
	name  string
	index int // of a list's element, from 1
}

type validator struct {
	at         []step
	violations []string
}

func (c *validator) fields(p *plan, v reflect.Value) {
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		c.at = append(c.at, step{name: f.lower})
		if !fv.IsNil() {
			c.value(f.plan, fv)
		} else if f.required {
			c.report(f.plan, fv, "Member must not be null")
		}
		c.at = c.at[:len(c.at)-1]
	}
}

// value checks a value that is present.
func (c *validator) value(p *plan, v reflect.Value) {
	if !p.checked {
		return
	}
	switch p.kind {
	case kindStructure:
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		c.fields(p, v)
	case kindList:
		c.own(p, v)
		c.elements(p, v)
	case kindMap:
		c.own(p, v)
		c.entries(p, v)
	default:
		c.own(p, v)
	}
}

// own checks a value's own constraint.
func (c *validator) own(p *plan, v reflect.Value) {
	k := &p.constraint
	if k.max != nil && exceeds(p, v, k.max, +1) {
		c.report(p, v, k.maxText(p.kind))
	}
	if k.min != nil && exceeds(p, v, k.min, -1) {
		c.report(p, v, k.minText(p.kind))
	}
	if k.pattern != nil && !k.pattern.match(get(v).String()) {
		c.report(p, v, k.patternText())
	}
	if k.enum != nil && !slices.Contains(k.enum, get(v).String()) {
		c.report(p, v, k.enumText())
	}
}

// exceeds compares a value's size with a limit: side is +1 for a largest, -1 for a smallest. The size of a text is
// counted in characters.
func exceeds(p *plan, v reflect.Value, l *limit, side int) bool {
	var n int64
	switch p.kind {
	case kindString:
		n = int64(utf8.RuneCountInString(get(v).String()))
	case kindBlob, kindList, kindMap:
		n = int64(v.Len())
	case kindInteger:
		n = get(v).Int()
	case kindLong:
		n = get(v).Int()
	case kindDouble:
		f := get(v).Float()
		return !(side > 0 && f <= l.float || side < 0 && f >= l.float)
	}
	return side > 0 && n > l.integer || side < 0 && n < l.integer
}

// elements checks a list's elements. AWS names a simple element by the list and all that is demanded of elements, and one
// that holds others by its own place.
func (c *validator) elements(p *plan, v reflect.Value) {
	if !p.element.checked {
		return
	}
	for i := range v.Len() {
		if len(c.violations) >= maxViolations {
			return
		}
		if p.element.kind <= kindMap {
			c.at = append(c.at, step{index: i + 1})
			c.value(p.element, v.Index(i))
			c.at = c.at[:len(c.at)-1]
		} else if !satisfies(p.element, v.Index(i)) {
			c.report(p, v, "Member must satisfy constraint: ["+all(p.element)+"]")
			return
		}
	}
}

// entries checks a map's keys and values likewise.
func (c *validator) entries(p *plan, v reflect.Value) {
	if !p.key.checked && !p.element.checked {
		return
	}
	keysFine, valuesFine := true, true
	for _, key := range sortedValues(v) {
		keysFine = keysFine && satisfies(p.key, addressable(key))
		value := addressable(v.MapIndex(key))
		if p.element.kind <= kindMap {
			c.at = append(c.at, step{name: key.String()})
			c.value(p.element, value)
			c.at = c.at[:len(c.at)-1]
		} else {
			valuesFine = valuesFine && satisfies(p.element, value)
		}
	}
	if !keysFine {
		c.report(p, v, "Map keys must satisfy constraint: ["+all(p.key)+"]")
	}
	if !valuesFine {
		c.report(p, v, "Map value must satisfy constraint: ["+all(p.element)+"]")
	}
}

// all is everything that is demanded of an element.
func all(p *plan) string {
	return strings.Join(append(p.constraint.texts(p.kind), "Member must not be null"), ", ")
}

// satisfies tells whether a value satisfies its own constraint.
func satisfies(p *plan, v reflect.Value) bool {
	var c validator
	c.own(p, v)
	return len(c.violations) == 0
}

// report adds a violation at the present place.
func (c *validator) report(p *plan, v reflect.Value, text string) {
	if len(c.violations) >= maxViolations {
		return
	}
	c.violations = append(c.violations, "Value "+show(p, v)+"at '"+c.place()+"' failed to satisfy constraint: "+text)
}

func (c *validator) place() string {
	var b strings.Builder
	for i, s := range c.at {
		if i > 0 {
			b.WriteByte('.')
		}
		if s.index > 0 {
			b.WriteString(strconv.Itoa(s.index) + ".member")
		} else {
			b.WriteString(s.name)
		}
	}
	return b.String()
}
