package policy

import (
	"fmt"
	"strconv"
)

// formTexts say how a resource's policy names the caller.
var formTexts = [...]string{
	byAccount: "; it names the caller's account, which leaves the rest to identity policies",
	byIssuer:  "; it names the role or user behind the caller",
	bySelf:    "; it names the caller itself or everyone",
}

func (a *actions) name() string {
	if a.except {
		return "NotAction"
	}
	return "Action"
}

func (r *resources) name() string {
	if r.except {
		return "NotResource"
	}
	return "Resource"
}

func (n *principals) name() string {
	if n.except {
		return "NotPrincipal"
	}
	return "Principal"
}

func (e *evaluation) caller() string {
	if e.principal.Kind == Anonymous {
		return "an anonymous caller"
	}
	return e.principal.ARN
}

// text says why the condition failed.
func (r *ConditionResult) text() string {
	if !r.Present {
		return fmt.Sprintf("condition %s on %s: the request does not have the key", r.Operator, r.Key)
	}
	return fmt.Sprintf("condition %s on %s: the request has %q, the policy %q", r.Operator, r.Key, r.Saw, r.Values)
}

// reason puts a decision into a sentence.
func (e *evaluation) reason(d Decision) string {
	switch d.Effect {
	case ExplicitDeny:
		return "Denied explicitly by " + e.statementText(d) + "."
	case Allow:
		return e.allowReason(d)
	default:
		return "Denied because " + e.missing(d.Layer) + " " + e.req.Action + "."
	}
}

func (e *evaluation) allowReason(d Decision) string {
	switch {
	case d.Layer == NoLayer:
		return "Allowed because " + e.req.Action + " needs no permission."
	case d.Statement == nil:
		return "Allowed because the account's root user may do what no policy denies."
	case e.foreign:
		return "Allowed by both accounts, in the resource's by " + e.statementText(d) + "."
	default:
		return "Allowed by " + e.statementText(d) + "."
	}
}

// statementText names the deciding statement and its policy.
func (e *evaluation) statementText(d Decision) string {
	name := "statement " + strconv.Itoa(d.Statement.index)
	if d.Statement.sid != "" {
		name += " (" + d.Statement.sid + ")"
	}
	return name + " of " + e.layerText(d.Layer)
}

func (e *evaluation) layerText(l Layer) string {
	switch l {
	case IdentityLayer:
		return "an identity policy"
	case SessionLayer:
		return "a session policy"
	case BoundaryLayer:
		return "a permissions boundary"
	case SCPLayer:
		return "a service control policy"
	case RCPLayer:
		return "a resource control policy"
	default:
		return "the " + e.resourcePolicyText()
	}
}

func (e *evaluation) resourcePolicyText() string {
	if e.set.Resource == nil {
		return "resource's policy"
	}
	switch e.set.Resource.kind {
	case Key:
		return "key policy"
	case Trust:
		return "role's trust policy"
	default:
		return "resource's policy"
	}
}

// missing begins the sentence that says which allow is missing.
func (e *evaluation) missing(l Layer) string {
	switch l {
	case IdentityLayer:
		return "no identity policy allows"
	case SessionLayer:
		return "no session policy allows"
	case BoundaryLayer:
		return "a permissions boundary does not allow"
	case SCPLayer:
		return "a level of the service control policies does not allow"
	}
	switch {
	case e.set.Resource == nil:
		return "the resource has no policy that could allow"
	case e.foreign && e.set.Resource.kind == Key && !crossesAccounts(e.action):
		return "no key policy can allow to another account"
	default:
		return "the " + e.resourcePolicyText() + " does not allow"
	}
}
