package policy

// elements are the parts of a statement as they stand in the document.
type elements struct {
	sid, effect, condition  *node
	principal, notPrincipal *node
	action, notAction       *node
	resource, notResource   *node
}

// slot returns the place of the element with the given name, or nil if there is no such element.
func (e *elements) slot(name string) **node {
	switch name {
	case "Sid":
		return &e.sid
	case "Effect":
		return &e.effect
	case "Principal":
		return &e.principal
	case "NotPrincipal":
		return &e.notPrincipal
	case "Action":
		return &e.action
	case "NotAction":
		return &e.notAction
	case "Resource":
		return &e.resource
	case "NotResource":
		return &e.notResource
	case "Condition":
		return &e.condition
	default:
		return nil
	}
}

func (p *parser) statement(path string, n *node) (*Statement, *ParseError) {
	if n.kind != objectNode {
		return nil, p.fail(path, p.reasons.syntax, "a statement must be an object")
	}
	var e elements
	for i := range n.members {
		slot := e.slot(n.members[i].name)
		if slot == nil {
			return nil, p.fail(path, p.reasons.syntax, "unknown element "+quote(n.members[i].name))
		}
		*slot = &n.members[i].value
	}
	s := &Statement{}
	steps := []func(string, *elements, *Statement) *ParseError{
		p.sid, p.effect, p.principalElement, p.actionElement, p.resourceElement, p.conditionElement,
	}
	for _, step := range steps {
		if fail := step(path, &e, s); fail != nil {
			return nil, fail
		}
	}
	return s, nil
}

func (p *parser) sid(path string, e *elements, s *Statement) *ParseError {
	if e.sid == nil {
		return nil
	}
	if e.sid.kind != stringNode {
		return p.fail(path+".Sid", p.reasons.syntax, "the statement's id must be a string")
	}
	if !p.kind.attachedToResource() && !isAlphanumeric(e.sid.text) {
		return p.fail(path+".Sid", p.reasons.sidText, "")
	}
	s.sid = e.sid.text
	return nil
}

func isAlphanumeric(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && !isDigit(c) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func (p *parser) effect(path string, e *elements, s *Statement) *ParseError {
	switch {
	case e.effect == nil:
		return p.fail(path, p.reasons.effect, "the statement has no effect")
	case e.effect.kind == stringNode && e.effect.text == "Allow":
	case e.effect.kind == stringNode && e.effect.text == "Deny":
		s.deny = true
	default:
		return p.fail(path+".Effect", p.reasons.syntax, `the effect must be "Allow" or "Deny"`)
	}
	return nil
}
