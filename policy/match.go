package policy

import "strings"

// scratch is room for a composed template with its values put in, so that usual ones need no memory of their own.
type scratch [256]byte

// matches reports whether value matches t. It is false if a variable has no value.
func (t *template) matches(value string, ctx Context) bool {
	switch t.shape {
	case literal:
		return value == t.text
	case anything:
		return true
	case prefix:
		return strings.HasPrefix(value, t.text)
	case wild:
		return glob(t.text, value)
	}
	var room scratch
	pattern, ok := t.resolve(room[:0], ctx)
	return ok && glob(pattern, value)
}

// matchesFold is matches for a template without wildcards, letter case ignored.
func (t *template) matchesFold(value string, ctx Context) bool {
	if t.shape == literal {
		return strings.EqualFold(value, t.text)
	}
	var room scratch
	text, ok := t.resolve(room[:0], ctx)
	return ok && strings.EqualFold(value, string(text))
}

// matchesARN is matches for ARNs: wildcards stay in their parts.
func (t *template) matchesARN(value string, ctx Context) bool {
	switch t.shape {
	case literal:
		return value == t.text
	case anything:
		return true
	case prefix:
		return strings.HasPrefix(value, t.text)
	case wild:
		return arnGlob(t.text, value)
	}
	var room scratch
	pattern, ok := t.resolve(room[:0], ctx)
	return ok && arnGlob(pattern, value)
}

// resolved reports whether all variables of t have values.
func (t *template) resolved(ctx Context) bool {
	for i := range t.parts {
		if _, ok := t.parts[i].value(ctx); !ok {
			return false
		}
	}
	return true
}

// resolve appends t with its variables' values to b, or returns false if one has none.
func (t *template) resolve(b []byte, ctx Context) ([]byte, bool) {
	for i := range t.parts {
		b = append(b, t.parts[i].text...)
		value, ok := t.parts[i].value(ctx)
		if !ok {
			return nil, false
		}
		b = append(b, value...)
	}
	return b, true
}

// value returns what is put in for v: nothing if there is no variable. A value that is no text, and so could hold
// wildcard markers, counts as missing.
func (v *variable) value(ctx Context) (string, bool) {
	if v.key == "" {
		return "", true
	}
	value, ok := lookup(ctx, v.key)
	switch {
	case !ok:
		return v.fallback, v.hasDefault
	case value.Multi || holdsMarker(value.One):
		return "", false
	}
	return value.One, true
}

func holdsMarker(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= firstMarker {
			return true
		}
	}
	return false
}

// lookup returns the value of key, and whether there is one. A multivalued key without values has none.
func lookup(ctx Context, key string) (Values, bool) {
	if ctx == nil {
		return Values{}, false
	}
	v, ok := ctx.Lookup(key)
	return v, ok && !(v.Multi && len(v.Many) == 0)
}
