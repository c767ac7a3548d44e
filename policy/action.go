package policy

import "strings"

// actions is a statement's Action or NotAction element.
type actions struct {
	except   bool // NotAction
	patterns []template
}

// match reports whether the element covers action, which is in lower case.
func (a *actions) match(action []byte) bool {
	for i := range a.patterns {
		if matchesAction(&a.patterns[i], action) {
			return !a.except
		}
	}
	return a.except
}

func matchesAction(t *template, action []byte) bool {
	switch t.shape {
	case literal:
		return string(action) == t.text
	case anything:
		return true
	case prefix:
		return len(action) >= len(t.text) && string(action[:len(t.text)]) == t.text
	default:
		return glob(t.text, action)
	}
}

// appendLower appends s with ASCII letters in lower case.
func appendLower(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		b = append(b, c)
	}
	return b
}

func (p *parser) actionElement(path string, e *elements, s *Statement) *ParseError {
	n, name := e.action, "Action"
	if e.notAction != nil {
		if n != nil {
			return p.fail(path, p.reasons.syntax, "a statement cannot have both Action and NotAction")
		}
		if p.kind == RCP {
			return p.fail(path, p.reasons.syntax, "resource control policies have no NotAction")
		}
		n, name, s.actions.except = e.notAction, "NotAction", true
	}
	path += "." + name
	if n == nil {
		if p.kind == Key {
			s.inert = true
			return nil
		}
		return p.fail(path, p.reasons.actions, "")
	}
	texts, ok := n.strings(false)
	if !ok {
		return p.fail(path, p.reasons.syntax, "it must be a string or a list of strings")
	}
	if len(texts) == 0 {
		return p.fail(path, p.reasons.actions, "")
	}
	for _, text := range texts {
		if fail := p.checkAction(path, text); fail != nil {
			return fail
		}
		t, err := compile(strings.ToLower(text), allWildcards, false)
		if err != nil {
			return p.fail(path, p.reasons.syntax, err.Error())
		}
		s.actions.patterns = append(s.actions.patterns, t)
	}
	return nil
}

func (p *parser) checkAction(path, action string) *ParseError {
	vendor, name, found := strings.Cut(action, ":")
	switch {
	case p.kind == Trust && !strings.EqualFold(vendor, "sts"):
		return p.fail(path, "AssumeRole policy may only specify STS AssumeRole actions.", "")
	case action == "*":
		return nil
	case !found || vendor == "" || name == "":
		return p.fail(path, p.reasons.action, quote(action)+" is not an action")
	case strings.Contains(name, ":"):
		return p.fail(path, p.oneColon(), quote(action)+" is not an action")
	case vendor != "*" && !consistsOf(vendor, "-."):
		return p.fail(path, p.vendor(vendor), quote(action)+" is not an action")
	case !consistsOf(name, "-_.*?"):
		return p.fail(path, p.reasons.syntax, quote(action)+" is not an action")
	}
	return nil
}

func (p *parser) oneColon() string {
	if p.reasons == &organisationReasons {
		return organisations
	}
	return oneColonReason
}

func (p *parser) vendor(name string) string {
	if p.reasons == &organisationReasons {
		return organisations
	}
	return "Vendor " + name + " is not valid"
}

// consistsOf reports whether s holds only ASCII letters, digits and the characters of more.
func consistsOf(s, more string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}
