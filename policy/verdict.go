package policy

// verdict is the outcome of a test. Besides yes and no there is unsure, for what AWS does not document: in the end it
// counts as no for an Allow and as yes for a Deny.
type verdict uint8

const (
	no verdict = iota
	unsure
	yes
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// not turns yes into no and no into yes.
func (v verdict) not() verdict { return yes - v }

// holds settles v for a statement that denies, or allows.
func (v verdict) holds(deny bool) bool { return v == yes || v == unsure && deny }
