package policy

import (
	"strconv"
)

// parser turns one document into a policy.
type parser struct {
	kind      Kind
	reasons   *reasons
	variables bool // whether the document's version has policy variables
}

// Parse reads a policy document of the given kind. Its error is a *ParseError. Whatever is not understood is refused:
// unknown elements, operators and versions, malformed ARNs, principals and actions, duplicate names.
func Parse(kind Kind, document string) (*Policy, error) {
	if kind < Identity || kind > Key {
		return nil, &ParseError{Kind: kind, Reason: "Unknown kind of policy."}
	}
	p := &parser{kind: kind, reasons: kind.reasons()}
	policy, err := p.document(document)
	if err != nil {
		return nil, err
	}
	return policy, nil
}

func (p *parser) fail(path, reason, detail string) *ParseError {
	return &ParseError{Kind: p.kind, Path: path, Reason: reason, Detail: detail}
}

// document returns a *ParseError and not an error, so that no step can return another type. Callers must not store a
// nil one in an error.
func (p *parser) document(document string) (*Policy, *ParseError) {
	root, err := readJSON(document)
	if err != nil {
		return nil, p.fail("", p.reasons.json, err.Error())
	}
	if root.kind != objectNode {
		return nil, p.fail("", p.reasons.json, "the document is not a JSON object")
	}
	policy := &Policy{kind: p.kind, document: document, version: version2008}
	var statements *node
	for i := range root.members {
		m := &root.members[i]
		switch m.name {
		case "Version":
			if m.value.kind != stringNode || m.value.text != version2008 && m.value.text != version2012 {
				return nil, p.fail("Version", p.reasons.version, `the version must be "2012-10-17" or "2008-10-17"`)
			}
			policy.version = m.value.text
		case "Id":
			if m.value.kind != stringNode {
				return nil, p.fail("Id", p.reasons.syntax, "the id must be a string")
			}
			policy.id = m.value.text
		case "Statement":
			statements = &m.value
		default:
			return nil, p.fail(m.name, p.reasons.syntax, "unknown element "+quote(m.name))
		}
	}
	p.variables = policy.version == version2012
	if fail := p.statements(policy, statements); fail != nil {
		return nil, fail
	}
	return policy, nil
}

func (p *parser) statements(policy *Policy, n *node) *ParseError {
	if n == nil || n.kind == listNode && len(n.items) == 0 {
		return p.fail("Statement", p.reasons.statements, "the policy has no statement")
	}
	items := n.items
	if n.kind != listNode {
		items = []node{*n}
	}
	sids := map[string]bool{}
	for i := range items {
		path := "Statement[" + strconv.Itoa(i) + "]"
		s, fail := p.statement(path, &items[i])
		if fail != nil {
			return fail
		}
		if s.sid != "" && sids[s.sid] {
			return p.fail(path+".Sid", p.reasons.sids, "")
		}
		sids[s.sid] = true
		s.policy, s.index = policy, i
		policy.add(s)
	}
	return nil
}
