package policy

// ParseError says why a document is not a policy.
type ParseError struct {
	Kind   Kind
	Path   string // place in the document, such as Statement[0].Condition.StringLike; "" for the document itself
	Reason string // AWS's own text where it is known
}

// Error returns the reason and the place.
func (e *ParseError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Reason + " (at " + e.Path + ")"
}

// Parse reads a policy document of the given kind. Its error is a *ParseError.
func Parse(kind Kind, document string) (*Policy, error) {
	return &Policy{kind: kind, document: document}, nil
}
