package aws

import (
	"strings"

	"github.com/keyhold/keyhold/policy"
)

// denied writes AWS's text of a denial: who, what, which resource and which kind of policy.
func denied(call *Call, check *Check, d policy.Decision) *Error {
	var b strings.Builder
	if call.Caller.Kind == policy.Anonymous {
		b.WriteString("User: anonymous")
	} else {
		b.WriteString("User: " + call.Caller.ARN)
	}
	name := check.Name
	if name == "" {
		name = "resource: " + check.Resource
	}
	b.WriteString(" is not authorized to perform: " + check.Action + " on " + name)
	b.WriteString(because(call, check, d))
	return AccessDenied(b.String())
}

// because is the part of a denial that names the kind of policy. AWS leaves it out for role trust policies, and does not
// tell a foreign account whether a key exists.
func because(call *Call, check *Check, d policy.Decision) string {
	switch {
	case d.Layer == policy.ResourceLayer && check.Policy != nil && check.Policy.Kind() == policy.Trust:
		return ""
	case d.Layer == policy.ResourceLayer && (check.Opaque || check.Account != call.Account()):
		return " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	case d.Effect == policy.ExplicitDeny:
		return " with an explicit deny in " + article(layerName(d.Layer))
	}
	return " because no " + layerName(d.Layer) + " allows the " + check.Action + " action"
}

func article(noun string) string {
	if strings.HasPrefix(noun, "i") {
		return "an " + noun
	}
	return "a " + noun
}

// layerName is AWS's name for a kind of policy.
func layerName(l policy.Layer) string {
	switch l {
	case policy.SessionLayer:
		return "session policy"
	case policy.BoundaryLayer:
		return "permissions boundary"
	case policy.SCPLayer:
		return "service control policy"
	case policy.RCPLayer:
		return "resource control policy"
	case policy.ResourceLayer:
		return "resource-based policy"
	}
	return "identity-based policy"
}
