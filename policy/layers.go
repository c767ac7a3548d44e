package policy

// denied returns the first Deny that matches, with its layer, in the order in which AWS reports them.
func (e *evaluation) denied() (*Statement, Layer) {
	if !e.rcpExempt() {
		if s := e.firstDenyOf(e.set.RCPs); s != nil {
			return s, RCPLayer
		}
	}
	if e.outsider() {
		return e.deniedByResource()
	}
	if s := e.firstDenyOf(e.set.SCPs); s != nil {
		return s, SCPLayer
	}
	if s, layer := e.deniedByResource(); s != nil {
		return s, layer
	}
	if s := e.firstDeny(e.set.Identity); s != nil {
		return s, IdentityLayer
	}
	if s := e.firstDeny(e.set.Boundaries); s != nil {
		return s, BoundaryLayer
	}
	if s := e.firstDeny(e.set.Sessions); s != nil {
		return s, SessionLayer
	}
	return nil, NoLayer
}

func (e *evaluation) deniedByResource() (*Statement, Layer) {
	if e.set.Resource == nil {
		return nil, NoLayer
	}
	return e.denyIn(e.set.Resource), ResourceLayer
}

func (e *evaluation) firstDenyOf(levels [][]*Policy) *Statement {
	for _, level := range levels {
		if s := e.firstDeny(level); s != nil {
			return s
		}
	}
	return nil
}

func (e *evaluation) firstDeny(policies []*Policy) *Statement {
	for _, p := range policies {
		if s := e.denyIn(p); s != nil {
			return s
		}
	}
	return nil
}

func (e *evaluation) denyIn(p *Policy) *Statement {
	for _, s := range p.denies {
		if s.match(e) != unnamed {
			return s
		}
	}
	return nil
}

// firstAllow returns the first statement that allows. Policies that name principals do not belong to the principal's side
// and allow nothing there.
func (e *evaluation) firstAllow(policies []*Policy) *Statement {
	for _, p := range policies {
		if p.kind.hasPrincipal() {
			continue
		}
		for _, s := range p.allows {
			if s.match(e) != unnamed {
				return s
			}
		}
	}
	return nil
}

// grants are the statements of a resource's policy that allow, by how they name the caller.
type grants struct {
	byAccount, byIssuer, bySelf *Statement
}

// any returns the strongest grant, or nil.
func (g *grants) any() *Statement {
	switch {
	case g.bySelf != nil:
		return g.bySelf
	case g.byIssuer != nil:
		return g.byIssuer
	default:
		return g.byAccount
	}
}

func (e *evaluation) grants() grants {
	var g grants
	r := e.set.Resource
	if r == nil || !r.kind.attachedToResource() {
		return g
	}
	for _, s := range r.allows {
		switch s.match(e) {
		case bySelf:
			g.bySelf = s
			return g
		case byIssuer:
			if g.byIssuer == nil {
				g.byIssuer = s
			}
		case byAccount:
			if g.byAccount == nil {
				g.byAccount = s
			}
		}
	}
	return g
}

// match returns how the statement names the caller, or unnamed if it does not apply to the request.
func (s *Statement) match(e *evaluation) form {
	if !s.actions.match(e.action) {
		return unnamed
	}
	f := s.principals.match(e, s.deny)
	if f == unnamed || !s.resources.match(e.req.Resource, e.req.Context).holds(s.deny) {
		return unnamed
	}
	for i := range s.conditions {
		if !s.conditions[i].test(e.req.Context).holds(s.deny) {
			return unnamed
		}
	}
	return f
}
