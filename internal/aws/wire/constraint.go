package wire

import (
	"encoding/json"
	"strings"
)

// constraint is what a model demands of a value.
type constraint struct {
	min, max *limit
	pattern  *pattern
	enum     []string
}

// limit is a smallest or largest length or number.
type limit struct {
	text    string
	integer int64
	float   float64
}

func newConstraint(r *rawShape) (constraint, error) {
	c := constraint{enum: r.Enum}
	var err error
	if c.min, err = newLimit(r.Min); err != nil {
		return c, err
	}
	if c.max, err = newLimit(r.Max); err != nil {
		return c, err
	}
	if r.Pattern != "" {
		c.pattern, err = newPattern(r.Pattern)
	}
	return c, err
}

func newLimit(n json.Number) (*limit, error) {
	if n == "" {
		return nil, nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, err
	}
	i, err := n.Int64()
	if err != nil {
		i = int64(f)
	}
	return &limit{text: n.String(), integer: i, float: f}, nil
}

func (c *constraint) none() bool {
	return c.min == nil && c.max == nil && c.pattern == nil && c.enum == nil
}

// texts are the constraint in AWS's words, in AWS's order. kind decides whether a limit is one of length or of value.
func (c *constraint) texts(k kind) []string {
	var all []string
	if c.max != nil {
		all = append(all, c.maxText(k))
	}
	if c.min != nil {
		all = append(all, c.minText(k))
	}
	if c.pattern != nil {
		all = append(all, c.patternText())
	}
	if c.enum != nil {
		all = append(all, c.enumText())
	}
	return all
}

func (c *constraint) maxText(k kind) string {
	return "Member must have " + measure(k) + " less than or equal to " + c.max.text
}

func (c *constraint) minText(k kind) string {
	return "Member must have " + measure(k) + " greater than or equal to " + c.min.text
}

func (c *constraint) patternText() string {
	return "Member must satisfy regular expression pattern: " + c.pattern.text
}

func (c *constraint) enumText() string {
	return "Member must satisfy enum value set: [" + strings.Join(c.enum, ", ") + "]"
}

// measure is what min and max limit.
func measure(k kind) string {
	switch k {
	case kindInteger, kindLong, kindDouble:
		return "value"
	}
	return "length"
}
