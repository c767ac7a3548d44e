package policy

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// dateOperand compares moments.
type dateOperand struct {
	moment time.Time
	order  order
}

func (o *dateOperand) match(value string, _ Context) verdict {
	t, ok := parseDate(value)
	if !ok {
		return unsure
	}
	return verdictOf(o.order.has(t.Compare(o.moment)))
}

func readDate(o order) func(string, bool) (operand, error) {
	return func(value string, _ bool) (operand, error) {
		t, ok := parseDate(value)
		if !ok {
			return nil, errors.New(quote(value) + " is neither an ISO 8601 date nor a Unix time")
		}
		return &dateOperand{t, o}, nil
	}
}

// parseDate reads the W3C profile of ISO 8601 (a year, a month, a day, or a moment with its zone), or seconds since 1970.
// Four digits are a year.
func parseDate(s string) (time.Time, bool) {
	if len(s) != len("2006") && isDigits(strings.TrimPrefix(s, "-")) {
		seconds, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(seconds, 0), err == nil
	}
	layout := "2006-01-02T15:04:05Z07:00" // also takes fractions of a second
	switch {
	case len(s) == len("2006"):
		layout = "2006"
	case len(s) == len("2006-01"):
		layout = "2006-01"
	case len(s) == len("2006-01-02"):
		layout = "2006-01-02"
	case len(s) > len("2006-01-02T15:04") && s[len("2006-01-02T15:04")] != ':':
		layout = "2006-01-02T15:04Z07:00"
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}
