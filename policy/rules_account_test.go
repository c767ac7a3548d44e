package policy_test

import (
	"testing"

	"github.com/keyhold/keyhold/policy"
)

func TestRule15CrossAccountNeedsBothSides(t *testing.T) {
	allow, other := list(statement(t, policy.Identity, allowAll)), list(statement(t, policy.Identity, allowOther))
	caller := session(there, "r", "s")
	open := func(principal string) *policy.Policy {
		return statement(t, policy.Resource, naming("Allow", aws(principal), "*"))
	}
	runAll(t, []scenario{
		{"identity only", onQueue(caller), policy.Set{Identity: allow}, policy.ImplicitDeny, policy.ResourceLayer},
		{"identity, policy silent", onQueue(caller), policy.Set{Identity: allow, Resource: open(here)}, policy.ImplicitDeny, policy.ResourceLayer},
		{"resource only", onQueue(caller), policy.Set{Resource: open(caller.Issuer)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"session ARN waives nothing", onQueue(caller), policy.Set{Resource: open(caller.ARN)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"everyone waives nothing", onQueue(caller), policy.Set{Resource: open("*")}, policy.ImplicitDeny, policy.IdentityLayer},
		{"account", onQueue(caller), policy.Set{Identity: allow, Resource: open(there)}, policy.Allow, policy.ResourceLayer},
		{"role", onQueue(caller), policy.Set{Identity: allow, Resource: open(caller.Issuer)}, policy.Allow, policy.ResourceLayer},
		{"session silent", onQueue(caller), policy.Set{Identity: allow, HasSession: true, Sessions: other, Resource: open(caller.ARN)}, policy.ImplicitDeny, policy.SessionLayer},
		{"boundary silent", onQueue(caller), policy.Set{Identity: allow, Boundaries: other, Resource: open(caller.ARN)}, policy.ImplicitDeny, policy.BoundaryLayer},
		{"scp silent", onQueue(caller), policy.Set{Identity: allow, SCPs: [][]*policy.Policy{other}, Resource: open(there)}, policy.ImplicitDeny, policy.SCPLayer},
		{"root of the other account", onQueue(root(there)), policy.Set{Resource: open(there)}, policy.Allow, policy.ResourceLayer},
	})
	d := policy.Evaluate(onQueue(caller), &policy.Set{Identity: allow, Resource: open(there)})
	if !d.CrossAccount {
		t.Error("the decision is not marked as cross-account")
	}
}

func TestUnknownOwnerIsAnotherAccount(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	silent := statement(t, policy.Resource, naming("Allow", aws(there), "*"))
	nobody := onQueue(user(here, "ana"))
	nobody.Account = ""
	accountless := onQueue(&policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::" + here + ":user/ana"})
	accountless.Account = ""
	runAll(t, []scenario{
		{"with a policy both must allow", nobody, policy.Set{Identity: allow, Resource: silent}, policy.ImplicitDeny, policy.ResourceLayer},
		{"without one identity suffices", nobody, policy.Set{Identity: allow}, policy.Allow, policy.IdentityLayer},
		{"a principal without account is foreign everywhere", accountless, policy.Set{Identity: allow}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestRule16TrustPolicies(t *testing.T) {
	allow, other := list(statement(t, policy.Identity, allowAll)), list(statement(t, policy.Identity, allowOther))
	trust := func(principal string) *policy.Policy { return statement(t, policy.Trust, trusting(principal)) }
	ana, caller := user(here, "ana"), session(here, "r", "s")
	self := session(here, "Target", "s")
	runAll(t, []scenario{
		{"user named directly", onRole(ana), policy.Set{Resource: trust(aws(ana.ARN))}, policy.Allow, policy.ResourceLayer},
		{"role named directly", onRole(caller), policy.Set{Resource: trust(aws(caller.Issuer))}, policy.Allow, policy.ResourceLayer},
		{"account named, identity silent", onRole(ana), policy.Set{Resource: trust(aws(here)), Identity: other}, policy.ImplicitDeny, policy.IdentityLayer},
		{"account named, identity allows", onRole(ana), policy.Set{Resource: trust(aws(here)), Identity: allow}, policy.Allow, policy.IdentityLayer},
		{"named user's boundary must allow", onRole(ana), policy.Set{Resource: trust(aws(ana.ARN)), Boundaries: other}, policy.ImplicitDeny, policy.BoundaryLayer},
		{"everyone's boundary must allow", onRole(ana), policy.Set{Resource: trust(`"*"`), Boundaries: other}, policy.ImplicitDeny, policy.BoundaryLayer},
		{"named user's boundary allows", onRole(ana), policy.Set{Resource: trust(aws(ana.ARN)), Boundaries: allow}, policy.Allow, policy.ResourceLayer},
		{"named role's session policy must allow", onRole(caller), policy.Set{Resource: trust(aws(caller.Issuer)), HasSession: true, Sessions: other}, policy.ImplicitDeny, policy.SessionLayer},
		{"cross-account named, identity silent", onRole(user(there, "bob")), policy.Set{Resource: trust(aws("arn:aws:iam::" + there + ":user/bob"))}, policy.ImplicitDeny, policy.IdentityLayer},
		{"cross-account, both", onRole(user(there, "bob")), policy.Set{Resource: trust(aws(there)), Identity: allow}, policy.Allow, policy.ResourceLayer},
		{"a role does not trust itself", onRole(self), policy.Set{Resource: trust(aws(caller.Issuer)), Identity: allow}, policy.ImplicitDeny, policy.ResourceLayer},
		{"service", onRole(service("lambda.amazonaws.com")), policy.Set{Resource: trust(`{"Service":"lambda.amazonaws.com"}`)}, policy.Allow, policy.ResourceLayer},
		{"root user is not implied", onRole(root(here)), policy.Set{Resource: trust(aws(ana.ARN))}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestRule16GetCallerIdentityCannotBeDenied(t *testing.T) {
	deny := list(statement(t, policy.Identity, denyAll))
	req := &policy.Request{Principal: user(here, "ana"), Action: "sts:GetCallerIdentity", Resource: "*"}
	unsigned := &policy.Request{Action: "sts:GetCallerIdentity", Resource: "*"}
	runAll(t, []scenario{
		{"denied by all", req, policy.Set{Identity: deny, SCPs: [][]*policy.Policy{deny}}, policy.Allow, policy.NoLayer},
		{"unsigned", unsigned, policy.Set{}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestRule16NoNotPrincipalInTrustPolicies(t *testing.T) {
	for _, effect := range []string{"Allow", "Deny"} {
		_, err := policy.Parse(policy.Trust, `{"Statement":{"Effect":"`+effect+`","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`)
		if err == nil {
			t.Errorf("NotPrincipal with %s parses", effect)
		}
	}
}

func TestRule17NotPrincipalWithDeny(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	caller, ana := session(here, "r", "s"), user(here, "ana")
	except := func(principals string) *policy.Policy {
		return statement(t, policy.Resource, naming("Allow", `"*"`, "*"),
			`{"Effect":"Deny","NotPrincipal":{"AWS":[`+principals+`]},"Action":"*","Resource":"*"}`)
	}
	account := `"arn:aws:iam::` + here + `:root"`
	all := account + `,"` + caller.Issuer + `","` + caller.ARN + `"`
	runAll(t, []scenario{
		{"user and account", onQueue(ana), policy.Set{Resource: except(account + `,"` + ana.ARN + `"`)}, policy.Allow, policy.ResourceLayer},
		{"user without account", onQueue(ana), policy.Set{Resource: except(`"` + ana.ARN + `"`)}, policy.ExplicitDeny, policy.ResourceLayer},
		{"account without user", onQueue(ana), policy.Set{Resource: except(account)}, policy.ExplicitDeny, policy.ResourceLayer},
		{"account, role and session", onQueue(caller), policy.Set{Resource: except(all)}, policy.Allow, policy.ResourceLayer},
		{"session missing", onQueue(caller), policy.Set{Resource: except(account + `,"` + caller.Issuer + `"`)}, policy.ExplicitDeny, policy.ResourceLayer},
		{"role missing", onQueue(caller), policy.Set{Resource: except(account + `,"` + caller.ARN + `"`)}, policy.ExplicitDeny, policy.ResourceLayer},
		{"account missing", onQueue(caller), policy.Set{Resource: except(`"` + caller.Issuer + `","` + caller.ARN + `"`)}, policy.ExplicitDeny, policy.ResourceLayer},
		{"always denies who has a boundary", onQueue(caller), policy.Set{Resource: except(all), Boundaries: allow}, policy.ExplicitDeny, policy.ResourceLayer},
		{"root", onQueue(root(here)), policy.Set{Resource: except(account)}, policy.Allow, policy.ResourceLayer},
		{"anonymous", onQueue(&policy.Principal{}), policy.Set{Resource: except(account)}, policy.ExplicitDeny, policy.ResourceLayer},
		{"service", onQueue(service("sns.amazonaws.com")), policy.Set{Resource: except(account)}, policy.ExplicitDeny, policy.ResourceLayer},
	})
}

func TestNotPrincipalWithAllowIsLimited(t *testing.T) {
	resource := statement(t, policy.Resource, `{"Effect":"Allow","NotPrincipal":{"AWS":"`+there+`"},"Action":"*","Resource":"*"}`)
	allow, other := list(statement(t, policy.Identity, allowAll)), list(statement(t, policy.Identity, allowOther))
	caller := onQueue(session(here, "r", "s"))
	runAll(t, []scenario{
		{"not listed", caller, policy.Set{Resource: resource}, policy.Allow, policy.ResourceLayer},
		{"listed by its account", onQueue(session(there, "r", "s")), policy.Set{Resource: resource, Identity: allow}, policy.ImplicitDeny, policy.ResourceLayer},
		{"session silent", caller, policy.Set{Resource: resource, HasSession: true, Sessions: other}, policy.ImplicitDeny, policy.SessionLayer},
	})
}
