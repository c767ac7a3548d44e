package policy

import "strings"

// condition is one key of a Condition element under one operator.
type condition struct {
	operator *operator
	set      setOperator
	ifExists bool
	key      string // in lower case
	operands []operand

	// As written, for explanations.
	name   string
	path   string
	values []string
}

// setOperator says how the values of a multivalued key are tested.
type setOperator uint8

const (
	noSetOperator setOperator = iota
	forAllValues
	forAnyValue
)

// operand is a value of a policy, read for its operator.
type operand interface {
	// match compares a value of the request with the operand.
	match(value string, ctx Context) verdict
}

// test says whether the condition is true of the request.
func (c *condition) test(ctx Context) verdict {
	v, found := lookup(ctx, c.key)
	switch {
	case c.operator.null:
		return c.anyOperand(presence(found && !isNull(v)), ctx)
	case !found:
		return c.missing()
	case c.set == forAllValues:
		return c.all(v, ctx)
	case c.set == forAnyValue:
		return c.some(v, ctx)
	case v.Multi:
		// Without a set operator it is not documented which values count. If none would do, no reading makes it true.
		return min(c.some(v, ctx), unsure)
	default:
		return c.one(v.One, ctx)
	}
}

// missing is the outcome for a key that the request does not have.
func (c *condition) missing() verdict {
	switch {
	case c.ifExists || c.set == forAllValues:
		return yes
	case c.set == forAnyValue:
		return no
	default:
		return verdictOf(c.operator.negated)
	}
}

// one tests one value of the request.
func (c *condition) one(value string, ctx Context) verdict {
	v := c.anyOperand(value, ctx)
	if c.operator.negated {
		return v.not()
	}
	return v
}

func (c *condition) anyOperand(value string, ctx Context) verdict {
	best := no
	for _, o := range c.operands {
		if best = max(best, o.match(value, ctx)); best == yes {
			break
		}
	}
	return best
}

func (c *condition) all(v Values, ctx Context) verdict {
	if isNull(v) {
		return yes
	}
	if !v.Multi {
		return c.one(v.One, ctx)
	}
	worst := yes
	for _, value := range v.Many {
		worst = min(worst, c.one(value, ctx))
	}
	return worst
}

func (c *condition) some(v Values, ctx Context) verdict {
	if isNull(v) {
		return no
	}
	if !v.Multi {
		return c.one(v.One, ctx)
	}
	best := no
	for _, value := range v.Many {
		best = max(best, c.one(value, ctx))
	}
	return best
}

// isNull reports whether v is a null set: no value but the empty string.
func isNull(v Values) bool {
	if !v.Multi {
		return v.One == ""
	}
	for _, value := range v.Many {
		if value != "" {
			return false
		}
	}
	return true
}

func (p *parser) conditionElement(path string, e *elements, s *Statement) *ParseError {
	if e.condition == nil {
		return nil
	}
	path += ".Condition"
	if e.condition.kind != objectNode {
		return p.fail(path, p.reasons.syntax, "a condition must be an object")
	}
	for i := range e.condition.members {
		m := &e.condition.members[i]
		under := path + "." + m.name
		c, ok := readOperator(m.name)
		switch {
		case !ok:
			return p.fail(under, p.reasons.syntax, "unknown condition operator "+quote(m.name))
		case m.value.kind != objectNode || len(m.value.members) == 0:
			return p.fail(under, p.reasons.syntax, "it must be an object with condition keys")
		}
		for j := range m.value.members {
			if fail := p.conditionKey(under, c, &m.value.members[j], s); fail != nil {
				return fail
			}
		}
	}
	return nil
}

func (p *parser) conditionKey(path string, c condition, m *member, s *Statement) *ParseError {
	path += "." + m.name
	if !isConditionKey(m.name) {
		return p.fail(path, p.reasons.action, quote(m.name)+" is not a condition key")
	}
	values, ok := m.value.strings(true)
	if !ok || len(values) == 0 {
		return p.fail(path, p.reasons.syntax, "it must be a value or a list of values")
	}
	c.key, c.path, c.values = strings.ToLower(m.name), m.name, values
	for _, value := range values {
		o, err := c.operator.read(value, p.variables)
		if err != nil {
			return p.fail(path, p.reasons.syntax, err.Error())
		}
		c.operands = append(c.operands, o)
	}
	s.conditions = append(s.conditions, c)
	return nil
}

// isConditionKey reports whether s is a vendor, a colon and a name.
func isConditionKey(s string) bool {
	vendor, name, found := strings.Cut(s, ":")
	if !found || vendor == "" || name == "" || !consistsOf(vendor, "-._/") {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}
