package policy

import (
	"errors"
	"strings"
)

// numberOperand compares decimal numbers of any length exactly.
type numberOperand struct {
	number decimal
	order  order
}

func (o *numberOperand) match(value string, _ Context) verdict {
	n, ok := parseDecimal(value)
	if !ok {
		return unsure
	}
	return verdictOf(o.order.has(n.compare(o.number)))
}

func readNumber(o order) func(string, bool) (operand, error) {
	return func(value string, _ bool) (operand, error) {
		n, ok := parseDecimal(value)
		if !ok {
			return nil, errors.New(quote(value) + " is not a decimal number")
		}
		return &numberOperand{n, o}, nil
	}
}

// decimal is a number in normal form: no leading zeros, no trailing zeros behind the point, zero not negative.
type decimal struct {
	negative        bool
	whole, decimals string
}

func parseDecimal(s string) (decimal, bool) {
	var d decimal
	s, d.negative = strings.CutPrefix(s, "-")
	whole, decimals, point := strings.Cut(s, ".")
	if whole == "" || !isDigits(whole) || point && decimals == "" || !isDigits(decimals) {
		return decimal{}, false
	}
	d.whole = strings.TrimLeft(whole, "0")
	d.decimals = strings.TrimRight(decimals, "0")
	if d.whole == "" && d.decimals == "" {
		d.negative = false
	}
	return d, true
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// compare returns a negative number, zero or a positive one, as d is less than, equal to or greater than other.
func (d decimal) compare(other decimal) int {
	switch {
	case d.negative && !other.negative:
		return -1
	case !d.negative && other.negative:
		return 1
	case d.negative:
		return other.compareSize(d)
	default:
		return d.compareSize(other)
	}
}

func (d decimal) compareSize(other decimal) int {
	if c := len(d.whole) - len(other.whole); c != 0 {
		return c
	}
	if c := strings.Compare(d.whole, other.whole); c != 0 {
		return c
	}
	return strings.Compare(d.decimals, other.decimals)
}
