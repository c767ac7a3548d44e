package policy

// Versions of the policy language. Only the newer one has policy variables.
const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// Policy is a compiled policy document. It never changes and may be used by several goroutines at once.
type Policy struct {
	kind       Kind
	document   string
	version    string
	id         string
	statements []*Statement // all of them
	denies     []*Statement // those that can deny
	allows     []*Statement // those that can allow
}

func (p *Policy) add(s *Statement) {
	p.statements = append(p.statements, s)
	switch {
	case s.inert:
	case s.deny:
		p.denies = append(p.denies, s)
	default:
		p.allows = append(p.allows, s)
	}
}

// String returns the document as it was given to Parse.
func (p *Policy) String() string { return p.document }

// Kind returns the kind the document was parsed as.
func (p *Policy) Kind() Kind { return p.kind }

// Version returns the version of the policy language: "2012-10-17" or "2008-10-17", which is the default.
func (p *Policy) Version() string { return p.version }

// ID returns the document's Id element, or "".
func (p *Policy) ID() string { return p.id }

// Statement is one statement of a policy.
type Statement struct {
	policy     *Policy
	index      int
	sid        string
	deny       bool
	inert      bool // matches nothing: a key policy's statement without Action or Resource
	principals *principals
	actions    actions
	resources  resources
	conditions []condition
}

// Sid returns the statement's id, or "".
func (s *Statement) Sid() string { return s.sid }

// Index returns the statement's place in its policy, from 0.
func (s *Statement) Index() int { return s.index }

// Policy returns the policy the statement belongs to.
func (s *Statement) Policy() *Policy { return s.policy }

// Effect returns Allow or ExplicitDeny: what the statement does where it matches.
func (s *Statement) Effect() Effect {
	if s.deny {
		return ExplicitDeny
	}
	return Allow
}
