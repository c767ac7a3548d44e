package policy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTemplateReach(t *testing.T) {
	arn := "arn:aws:s3:eu:1:a:b"
	for _, c := range []struct {
		pattern string
		w       wildcards
		value   string
		want    bool
	}{
		{"", allWildcards, "", true}, {"", allWildcards, "a", false}, {"*", allWildcards, "", true}, {"**", allWildcards, "", true},
		{"?", allWildcards, "", false}, {"a", allWildcards, "a", true}, {"a*", allWildcards, "ba", false}, {"*a", allWildcards, "ba", true},
		{"a*b*c", allWildcards, "axxbyyc", true}, {"a*b*c", allWildcards, "axxbyy", false}, {"*ab", allWildcards, "aab", true},
		{"??", allWildcards, "é", false}, {"*??", allWildcards, "€", false}, {"*??", allWildcards, "€a", true}, {"a?c", allWildcards, "a\nc", true},
		{"*", noWildcards, "a", false}, {"a?", noWildcards, "a?", true},
		// In the first five parts of an ARN only a star at a part's end crosses colons.
		{"arn:aws:s3:*:b", arnWildcards, arn, true}, {"arn:*:b", arnWildcards, arn, true}, {"arn:aws:s*u:1:a:b", arnWildcards, arn, false},
		{"arn:aws:*3:eu:1:a:b", arnWildcards, arn, true}, {"arn:aws:s3?eu:1:a:b", arnWildcards, arn, false}, {"arn:aws:s3:e?:1:a:b", arnWildcards, arn, true},
		{"arn:aws:s3:eu:1:*b", arnWildcards, arn, true}, {"arn:aws:s3:eu:1:a?b", arnWildcards, arn, true}, {"arn:aws:s3:*:x*y:a*", arnWildcards, "arn:aws:s3:1:2:xy:a", true},
		{"arn:aws:s3:*:x*y:a*", arnWildcards, "arn:aws:s3:1:xz:y:x1y:a", true}, {"arn:aws:s3:*:x*y:a*", arnWildcards, "arn:aws:s3:1:x:y:a", false},
	} {
		tm, err := compile(c.pattern, c.w, false)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := tm.matches(c.value, nil); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.value, got, c.want)
		}
	}
}

// matchSlowly is the definition of a pattern of "*" and "?", without regard to speed.
func matchSlowly(pattern, value []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(value) == 0
	case pattern[0] == '*':
		return matchSlowly(pattern[1:], value) || len(value) > 0 && matchSlowly(pattern, value[1:])
	default:
		return len(value) > 0 && (pattern[0] == '?' || pattern[0] == value[0]) && matchSlowly(pattern[1:], value[1:])
	}
}

func TestGlobAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?é")), 0, 8, -1).Draw(t, "pattern")
		value := rapid.StringOfN(rapid.RuneFrom([]rune("abé€")), 0, 8, -1).Draw(t, "value")
		tm, err := compile(pattern, allWildcards, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := tm.matches(value, nil), matchSlowly([]rune(pattern), []rune(value)); got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, value, got, want)
		}
	})
}

// reachSlowly is the definition of the reach of wildcards in a resource's ARN.
func reachSlowly(pattern, value string, part int) bool {
	if pattern == "" {
		return value == ""
	}
	limited := part < arnParts-1
	next := part
	if pattern[0] == ':' {
		next++
	}
	switch {
	case pattern[0] == '*':
		crosses := !limited || len(pattern) == 1 || pattern[1] == ':'
		return reachSlowly(pattern[1:], value, part) ||
			value != "" && (crosses || value[0] != ':') && reachSlowly(pattern, value[1:], part)
	case value == "":
		return false
	case pattern[0] == '?':
		return (!limited || value[0] != ':') && reachSlowly(pattern[1:], value[1:], part)
	default:
		return pattern[0] == value[0] && reachSlowly(pattern[1:], value[1:], next)
	}
}

func TestARNGlobAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("a:*?")), 0, 14, -1).Draw(t, "pattern")
		value := rapid.StringOfN(rapid.RuneFrom([]rune("ab:")), 0, 14, -1).Draw(t, "value")
		tm, err := compile(pattern, arnWildcards, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := tm.matches(value, nil), reachSlowly(pattern, value, 0); got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, value, got, want)
		}
	})
}

func TestDecimalsCompareAsNumbers(t *testing.T) {
	ordered := []string{"-10.5", "-10", "-9.99", "-0.1", "0", "0.09", "0.1", "0.10001", "1", "9", "10", "123456789012345678901234567890"}
	for i, a := range ordered {
		for j, b := range ordered {
			x, okA := parseDecimal(a)
			y, okB := parseDecimal(b)
			c := x.compare(y)
			if !okA || !okB || (c < 0) != (i < j) || (c > 0) != (i > j) {
				t.Errorf("%s and %s compare as %d", a, b, c)
			}
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "*", "a*b", "${aws:username}", "${a:b, 'c'}x*", "${*}", "arn:aws:s3:*:*:${a:b}/?"} {
		f.Add(s, "arn:aws:s3:::b")
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		for _, w := range []wildcards{noWildcards, allWildcards, arnWildcards} {
			tm, err := compile(strings.ToValidUTF8(pattern, ""), w, true)
			if err != nil {
				continue
			}
			if tm.matches(value, nil) && !tm.resolved(nil) {
				t.Errorf("%q matches %q without a value for its variable", pattern, value)
			}
			tm.matchesARN(value, nil)
		}
	})
}
