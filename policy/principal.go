package policy

import (
	"slices"
)

// principals is a statement's Principal or NotPrincipal element.
type principals struct {
	except   bool     // NotPrincipal
	everyone bool     // "*"
	accounts []string // 12 digits
	arns     []string // of users, roles and sessions
	ids      []string // unique ids of users and roles
	services []string
}

// form is the way in which a statement names the caller. A greater one grants more: see the package comment.
type form uint8

const (
	unnamed   form = iota // not at all
	byAccount             // the caller's account: delegates to the account's identity policies
	byIssuer              // the session's role, or the user who made the session
	bySelf                // the caller itself, or everyone
)

// match returns how the element names the caller. A nil element, in kinds of policies that have none, names everyone.
func (n *principals) match(e *evaluation, deny bool) form {
	switch {
	case n == nil:
		return bySelf
	case !n.except:
		return n.names(e.principal)
	case n.exempts(e.principal) && !(deny && len(e.set.Boundaries) > 0):
		return unnamed
	case !deny && n.names(e.principal) != unnamed:
		return unnamed
	default:
		return byIssuer
	}
}

func (n *principals) names(p *Principal) form {
	if n.everyone && p.Kind != FederatedUser {
		return bySelf
	}
	switch p.Kind {
	case Anonymous:
		return unnamed
	case Service:
		if slices.Contains(n.services, p.ARN) {
			return bySelf
		}
		return unnamed
	}
	best := unnamed
	if n.hasAccount(p) {
		best = byAccount
	}
	if n.hasIssuer(p) || n.everyone {
		best = byIssuer
	}
	if n.hasSelf(p) {
		best = bySelf
	}
	return best
}

// exempts reports whether every form of the caller is listed, as NotPrincipal needs.
func (n *principals) exempts(p *Principal) bool {
	switch p.Kind {
	case Anonymous, Service:
		return n.names(p) == bySelf
	case Root:
		return n.everyone || n.hasAccount(p)
	case User:
		return n.everyone || n.hasAccount(p) && n.hasSelf(p)
	default:
		return n.everyone || n.hasAccount(p) && n.hasIssuer(p) && n.hasSelf(p)
	}
}

func (n *principals) hasAccount(p *Principal) bool {
	return slices.Contains(n.accounts, p.Account)
}

// hasIssuer reports whether the role or user behind a session is listed.
func (n *principals) hasIssuer(p *Principal) bool {
	if p.Kind != RoleSession && p.Kind != FederatedUser {
		return false
	}
	return p.Issuer != "" && slices.Contains(n.arns, p.Issuer) || p.ID != "" && slices.Contains(n.ids, p.ID)
}

// hasSelf reports whether the caller's own ARN is listed. A role given as its own session has only its issuer's form.
func (n *principals) hasSelf(p *Principal) bool {
	if p.Kind == User && p.ID != "" && slices.Contains(n.ids, p.ID) {
		return true
	}
	return p.ARN != "" && p.ARN != p.Issuer && slices.Contains(n.arns, p.ARN)
}
