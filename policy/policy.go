package policy

// Policy is a compiled policy document. It never changes and may be used by several goroutines at once.
type Policy struct {
	kind       Kind
	document   string
	id         string
	statements []*Statement
}

// String returns the document as it was given to Parse.
func (p *Policy) String() string { return p.document }

// Kind returns the kind the document was parsed as.
func (p *Policy) Kind() Kind { return p.kind }

// Statement is one statement of a policy.
type Statement struct {
	policy *Policy
	index  int
	sid    string
}

// Sid returns the statement's id, or "".
func (s *Statement) Sid() string { return s.sid }

// Index returns the statement's place in its policy, from 0.
func (s *Statement) Index() int { return s.index }

// Policy returns the policy the statement belongs to.
func (s *Statement) Policy() *Policy { return s.policy }
