package policy_test

import (
	"testing"

	"github.com/keyhold/keyhold/policy"
)

// The tests TestRuleNN hold the rules of AWS's evaluation logic, numbered by topic: 1-5 the order, 6-14 the forms of
// principals, 15-17 accounts and roles, 18-24 and 27 keys, 28-33 conditions.

func TestRule01EverythingStartsAsImplicitDenyExceptRoot(t *testing.T) {
	runAll(t, []scenario{
		{"user without policies", onQueue(user(here, "ana")), policy.Set{}, policy.ImplicitDeny, policy.IdentityLayer},
		{"session without policies", onQueue(session(here, "r", "s")), policy.Set{}, policy.ImplicitDeny, policy.IdentityLayer},
		{"service without policy", onQueue(service("sns.amazonaws.com")), policy.Set{}, policy.ImplicitDeny, policy.ResourceLayer},
		{"anonymous", onQueue(&policy.Principal{}), policy.Set{}, policy.ImplicitDeny, policy.ResourceLayer},
		{"no principal at all", onQueue(nil), policy.Set{Identity: list(statement(t, policy.Identity, allowAll))}, policy.ImplicitDeny, policy.ResourceLayer},
		{"root of the account", onQueue(root(here)), policy.Set{}, policy.Allow, policy.IdentityLayer},
		{"root of another account", onQueue(root(there)), policy.Set{}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestRule02AnyExplicitDenyWins(t *testing.T) {
	allow, deny := statement(t, policy.Identity, allowAll), statement(t, policy.Identity, denyAll)
	queue := statement(t, policy.Resource, naming("Allow", `"*"`, "*"))
	all := func(change func(*policy.Set)) policy.Set {
		set := policy.Set{
			Identity: list(allow), Sessions: list(allow), HasSession: true, Boundaries: list(allow),
			Resource: queue, SCPs: [][]*policy.Policy{{allow}},
			RCPs: [][]*policy.Policy{{statement(t, policy.RCP, naming("Allow", `"*"`, "*"))}},
		}
		change(&set)
		return set
	}
	caller := onQueue(session(here, "r", "s"))
	runAll(t, []scenario{
		{"no deny", caller, all(func(*policy.Set) {}), policy.Allow, policy.ResourceLayer},
		{"identity", caller, all(func(s *policy.Set) { s.Identity = list(allow, deny) }), policy.ExplicitDeny, policy.IdentityLayer},
		{"session", caller, all(func(s *policy.Set) { s.Sessions = list(allow, deny) }), policy.ExplicitDeny, policy.SessionLayer},
		{"session, although none is said to be passed", caller, all(func(s *policy.Set) {
			s.Sessions, s.HasSession = list(allow, deny), false
		}), policy.ExplicitDeny, policy.SessionLayer},
		{"boundary", caller, all(func(s *policy.Set) { s.Boundaries = list(allow, deny) }), policy.ExplicitDeny, policy.BoundaryLayer},
		{"scp", caller, all(func(s *policy.Set) { s.SCPs[0] = list(allow, deny) }), policy.ExplicitDeny, policy.SCPLayer},
		{"rcp", caller, all(func(s *policy.Set) {
			s.RCPs[0] = append(s.RCPs[0], statement(t, policy.RCP, naming("Deny", `"*"`, "*")))
		}), policy.ExplicitDeny, policy.RCPLayer},
		{"resource", caller, all(func(s *policy.Set) {
			s.Resource = statement(t, policy.Resource, naming("Allow", `"*"`, "*"), naming("Deny", aws(here), "*"))
		}), policy.ExplicitDeny, policy.ResourceLayer},
	})
}

func TestRule03DeniesAreReportedInOrder(t *testing.T) {
	deny := statement(t, policy.Identity, denyAll)
	set := policy.Set{
		Identity: list(deny), Sessions: list(deny), Boundaries: list(deny), SCPs: [][]*policy.Policy{{deny}},
		RCPs:     [][]*policy.Policy{{statement(t, policy.RCP, naming("Deny", `"*"`, "*"))}},
		Resource: statement(t, policy.Resource, naming("Deny", `"*"`, "*")),
	}
	steps := []struct {
		layer  policy.Layer
		remove func()
	}{
		{policy.RCPLayer, func() { set.RCPs = nil }},
		{policy.SCPLayer, func() { set.SCPs = nil }},
		{policy.ResourceLayer, func() { set.Resource = nil }},
		{policy.IdentityLayer, func() { set.Identity = nil }},
		{policy.BoundaryLayer, func() { set.Boundaries = nil }},
		{policy.SessionLayer, func() { set.Sessions = nil }},
	}
	for _, step := range steps {
		if got := policy.Evaluate(onQueue(user(here, "ana")), &set); got.Effect != policy.ExplicitDeny || got.Layer != step.layer {
			t.Errorf("got %v by %v, want a deny by %v", got.Effect, got.Layer, step.layer)
		}
		step.remove()
	}
}

func TestRule04EveryLevelOfSCPsMustAllow(t *testing.T) {
	allow, other := statement(t, policy.SCP, allowAll), statement(t, policy.SCP, allowOther)
	identity := list(statement(t, policy.Identity, allowAll))
	open := statement(t, policy.Resource, naming("Allow", `"*"`, "*"))
	levels := func(l ...[]*policy.Policy) [][]*policy.Policy { return l }
	ana := onQueue(user(here, "ana"))
	runAll(t, []scenario{
		{"all levels allow", ana, policy.Set{Identity: identity, SCPs: levels(list(allow), list(other, allow))}, policy.Allow, policy.IdentityLayer},
		{"the middle level does not", ana, policy.Set{Identity: identity, SCPs: levels(list(allow), list(other), list(allow))}, policy.ImplicitDeny, policy.SCPLayer},
		{"a level without policies", ana, policy.Set{Identity: identity, SCPs: levels(list(allow), nil)}, policy.ImplicitDeny, policy.SCPLayer},
		{"a grant by the resource is bound too", ana, policy.Set{Resource: open, SCPs: levels(list(other))}, policy.ImplicitDeny, policy.SCPLayer},
		{"the root user is bound too", onQueue(root(here)), policy.Set{SCPs: levels(list(other))}, policy.ImplicitDeny, policy.SCPLayer},
		{"services are not", onQueue(service("sns.amazonaws.com")), policy.Set{Resource: open, SCPs: levels(list(other))}, policy.Allow, policy.ResourceLayer},
		{"anonymous callers are not", onQueue(&policy.Principal{}), policy.Set{Resource: open, SCPs: levels(list(other))}, policy.Allow, policy.ResourceLayer},
	})
}

func TestRule03RCPsOnlyDeny(t *testing.T) {
	full := statement(t, policy.RCP, naming("Allow", `"*"`, "*"))
	deny := statement(t, policy.RCP, naming("Deny", `"*"`, "sqs:*"))
	other := statement(t, policy.RCP, naming("Deny", `"*"`, "s3:*"))
	open := statement(t, policy.Resource, naming("Allow", `"*"`, "*"))
	identity := list(statement(t, policy.Identity, allowAll))
	levels := func(l ...[]*policy.Policy) [][]*policy.Policy { return l }
	runAll(t, []scenario{
		{"full access grants nothing", onQueue(user(here, "ana")), policy.Set{RCPs: levels(list(full))}, policy.ImplicitDeny, policy.IdentityLayer},
		{"full access need not be given", onQueue(user(here, "ana")), policy.Set{Identity: identity, RCPs: levels(list(full), list(other), nil)}, policy.Allow, policy.IdentityLayer},
		{"services are bound", onQueue(service("sns.amazonaws.com")), policy.Set{Resource: open, RCPs: levels(list(full, deny))}, policy.ExplicitDeny, policy.RCPLayer},
		{"anonymous callers are bound", onQueue(&policy.Principal{}), policy.Set{Resource: open, RCPs: levels(list(full), list(deny))}, policy.ExplicitDeny, policy.RCPLayer},
	})
	if _, err := policy.Parse(policy.RCP, `{"Statement":`+naming("Allow", `"*"`, "s3:*")+`}`); err == nil {
		t.Error("a resource control policy that allows part parses")
	}
}

func TestRule05SameAccountOneAllowSuffices(t *testing.T) {
	identity := list(statement(t, policy.Identity, allowAll))
	ana := "arn:aws:iam::" + here + ":user/ana"
	runAll(t, []scenario{
		{"identity only", onQueue(user(here, "ana")), policy.Set{Identity: identity}, policy.Allow, policy.IdentityLayer},
		{"identity, resource policy silent", onQueue(user(here, "ana")), policy.Set{
			Identity: identity, Resource: statement(t, policy.Resource, naming("Allow", aws(there), "*")),
		}, policy.Allow, policy.IdentityLayer},
		{"resource only", onQueue(user(here, "ana")), policy.Set{
			Resource: statement(t, policy.Resource, naming("Allow", aws(ana), "*")),
		}, policy.Allow, policy.ResourceLayer},
		{"key policy must allow", onKey(user(here, "ana")), policy.Set{
			Identity: identity, Resource: statement(t, policy.Key, naming("Allow", aws(there), "*")),
		}, policy.ImplicitDeny, policy.ResourceLayer},
		{"trust policy must allow", onRole(user(here, "ana")), policy.Set{
			Identity: identity, Resource: statement(t, policy.Trust, trusting(aws(there))),
		}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}
