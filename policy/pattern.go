package policy

import (
	"strings"
	"unicode/utf8"
)

// Wildcards in a compiled pattern are bytes that no UTF-8 text holds, so that a "*" in a value, or one put in for a policy
// variable, is never taken for one.
const (
	anyText     = 0xff // "*"
	anyChar     = 0xfe // "?"
	partText    = 0xfd // "*" that stays in its part of an ARN
	partChar    = 0xfc // "?" that stays in its part of an ARN
	firstMarker = partChar
)

// text is what a pattern is matched with, and what it may be written in.
type text interface{ ~string | ~[]byte }

// glob reports whether value matches pattern. Its time is polynomial: it falls back only to the last wildcard, or to the last
// one that crosses colons, because earlier ones could not do better.
func glob[P, V text](pattern P, value V) bool {
	last, wide := -1, -1     // where in pattern the last wildcards are
	lastEnd, wideEnd := 0, 0 // how far in value their text goes
	pi, vi := 0, 0
	for vi < len(value) {
		if pi < len(pattern) {
			switch c := pattern[pi]; {
			case c == anyText:
				last, lastEnd, wide, wideEnd = pi, vi, pi, vi
				pi++
				continue
			case c == partText:
				last, lastEnd = pi, vi
				pi++
				continue
			case c == anyChar, c == partChar && value[vi] != ':':
				pi++
				vi += charLen(value, vi)
				continue
			case c == value[vi] && c < firstMarker:
				pi++
				vi++
				continue
			}
		}
		switch {
		case last > wide && value[lastEnd] != ':':
			lastEnd += charLen(value, lastEnd)
			pi, vi = last+1, lastEnd
		case wide >= 0:
			wideEnd += charLen(value, wideEnd)
			last, lastEnd = wide, wideEnd
			pi, vi = wide+1, wideEnd
		default:
			return false
		}
	}
	for pi < len(pattern) && (pattern[pi] == anyText || pattern[pi] == partText) {
		pi++
	}
	return pi == len(pattern)
}

// charLen returns the length in bytes of the character at value[i].
func charLen[V text](value V, i int) int {
	if value[i] < utf8.RuneSelf {
		return 1
	}
	end := min(i+utf8.UTFMax, len(value))
	_, n := utf8.DecodeRuneInString(string(value[i:end]))
	return n
}

// arnGlob matches ARNs part by part: the first five parts between colons, and the rest. A shorter pattern's last part stands
// for the rest of the ARN.
func arnGlob[P text](pattern P, arn string) bool {
	for range arnParts - 1 {
		pc, vc := indexColon(pattern), strings.IndexByte(arn, ':')
		if pc < 0 || vc < 0 {
			break
		}
		if !glob(pattern[:pc], arn[:vc]) {
			return false
		}
		pattern, arn = pattern[pc+1:], arn[vc+1:]
	}
	return glob(pattern, arn)
}

func indexColon[P text](s P) int {
	for i := 0; i < len(s); i++ {
		if s[i] == ':' {
			return i
		}
	}
	return -1
}

// arnParts is the number of parts of an ARN: arn, partition, service, region, account, resource.
const arnParts = 6

// isARN reports whether s has the parts of an ARN.
func isARN(s string) bool {
	return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= arnParts-1
}
