package policy_test

import (
	"testing"

	"github.com/keyhold/keyhold/policy"
)

// limited is a set in which identity policy, boundary and session policy are all silent.
func limited(t *testing.T, resource *policy.Policy) policy.Set {
	other := list(statement(t, policy.Identity, allowOther))
	return policy.Set{Identity: other, Boundaries: other, Sessions: other, HasSession: true, Resource: resource}
}

func TestRule06UserARNIsNotLimited(t *testing.T) {
	ana := user(here, "ana")
	for name, principal := range map[string]string{"by ARN": ana.ARN, "by id": ana.ID} {
		set := limited(t, statement(t, policy.Resource, naming("Allow", aws(principal), "*")))
		set.Sessions, set.HasSession = nil, false
		runAll(t, []scenario{{name, onQueue(ana), set, policy.Allow, policy.ResourceLayer}})
	}
}

func TestRule07RoleARNIsLimitedByBoundaryAndSession(t *testing.T) {
	caller := session(here, "r", "s")
	allow := list(statement(t, policy.Identity, allowAll))
	for name, principal := range map[string]string{"by ARN": caller.Issuer, "by id": caller.ID} {
		set := limited(t, statement(t, policy.Resource, naming("Allow", aws(principal), "*")))
		noBoundary, noSession, neither := set, set, set
		noBoundary.Boundaries = nil
		noSession.Sessions, noSession.HasSession = nil, false
		neither.Boundaries, neither.Sessions = allow, allow
		runAll(t, []scenario{
			{name + " all silent", onQueue(caller), set, policy.ImplicitDeny, policy.BoundaryLayer},
			{name + " session silent", onQueue(caller), noBoundary, policy.ImplicitDeny, policy.SessionLayer},
			{name + " boundary silent", onQueue(caller), noSession, policy.ImplicitDeny, policy.BoundaryLayer},
			{name + " only identity silent", onQueue(caller), neither, policy.Allow, policy.ResourceLayer},
		})
	}
}

func TestRule07RoleGivenAsItsOwnSession(t *testing.T) {
	role := &policy.Principal{Kind: policy.RoleSession, Account: here, ARN: "arn:aws:iam::" + here + ":role/r", Issuer: "arn:aws:iam::" + here + ":role/r"}
	set := limited(t, statement(t, policy.Resource, naming("Allow", aws(role.Issuer), "*")))
	runAll(t, []scenario{{"stays limited", onQueue(role), set, policy.ImplicitDeny, policy.BoundaryLayer}})
}

func TestRule08SessionARNIsNotLimited(t *testing.T) {
	caller := session(here, "r", "s")
	set := limited(t, statement(t, policy.Resource, naming("Allow", aws(caller.ARN), "*")))
	runAll(t, []scenario{
		{"this session", onQueue(caller), set, policy.Allow, policy.ResourceLayer},
		{"another session", onQueue(session(here, "r", "s2")), set, policy.ImplicitDeny, policy.IdentityLayer},
	})
}

func TestRule09FederatedUser(t *testing.T) {
	caller := federated(here, "fred", "ana")
	allow := list(statement(t, policy.Identity, allowAll))
	self := limited(t, statement(t, policy.Resource, naming("Allow", aws(caller.ARN), "*")))
	maker := limited(t, statement(t, policy.Resource, naming("Allow", aws(caller.Issuer), "*")))
	makerSession := maker
	makerSession.Boundaries, makerSession.Sessions = nil, allow
	runAll(t, []scenario{
		{"own ARN is not limited", onQueue(caller), self, policy.Allow, policy.ResourceLayer},
		{"everyone is limited", onQueue(caller), limited(t, statement(t, policy.Resource, naming("Allow", `"*"`, "*"))), policy.ImplicitDeny, policy.BoundaryLayer},
		{"the user's ARN is limited", onQueue(caller), maker, policy.ImplicitDeny, policy.BoundaryLayer},
		{"the user's ARN with an allowing session", onQueue(caller), makerSession, policy.Allow, policy.ResourceLayer},
	})
}

func TestRule10EveryoneWithPrincipalArnIsNotLimited(t *testing.T) {
	caller := onQueue(session(here, "r", "s"))
	caller.Context = values{"aws:principalarn": policy.One("arn:aws:iam::" + here + ":role/r")}
	resource := statement(t, policy.Resource, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
		"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::`+here+`:role/r"}}}`)
	other := *caller
	other.Context = values{"aws:principalarn": policy.One("arn:aws:iam::" + here + ":role/other")}
	runAll(t, []scenario{
		{"the role", caller, limited(t, resource), policy.Allow, policy.ResourceLayer},
		{"another role", &other, limited(t, resource), policy.ImplicitDeny, policy.IdentityLayer},
	})
}

func TestRule11AccountDelegatesToIdentityPolicies(t *testing.T) {
	allow, other := list(statement(t, policy.Identity, allowAll)), list(statement(t, policy.Identity, allowOther))
	for name, principal := range map[string]string{"ARN": "arn:aws:iam::" + here + ":root", "digits": here} {
		resource := statement(t, policy.Resource, naming("Allow", aws(principal), "*"))
		caller := onQueue(session(here, "r", "s"))
		runAll(t, []scenario{
			{name + " identity silent", caller, policy.Set{Resource: resource, Identity: other}, policy.ImplicitDeny, policy.IdentityLayer},
			{name + " identity allows", caller, policy.Set{Resource: resource, Identity: allow}, policy.Allow, policy.IdentityLayer},
			{name + " boundary silent", caller, policy.Set{Resource: resource, Identity: allow, Boundaries: other}, policy.ImplicitDeny, policy.BoundaryLayer},
			{name + " session silent", caller, policy.Set{Resource: resource, Identity: allow, HasSession: true}, policy.ImplicitDeny, policy.SessionLayer},
		})
	}
}

func TestRule12SessionPoliciesNarrow(t *testing.T) {
	allow, other := statement(t, policy.Identity, allowAll), statement(t, policy.Identity, allowOther)
	caller := onQueue(session(here, "r", "s"))
	runAll(t, []scenario{
		{"identity and session", caller, policy.Set{Identity: list(allow), HasSession: true, Sessions: list(allow)}, policy.Allow, policy.IdentityLayer},
		{"session policies are a union", caller, policy.Set{Identity: list(allow), HasSession: true, Sessions: list(other, allow)}, policy.Allow, policy.IdentityLayer},
		{"session silent", caller, policy.Set{Identity: list(allow), HasSession: true, Sessions: list(other)}, policy.ImplicitDeny, policy.SessionLayer},
		{"session silent, HasSession forgotten", caller, policy.Set{Identity: list(allow), Sessions: list(other)}, policy.ImplicitDeny, policy.SessionLayer},
		{"identity silent", caller, policy.Set{Identity: list(other), HasSession: true, Sessions: list(allow)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"every boundary must allow", caller, policy.Set{Identity: list(allow), Boundaries: list(allow, other)}, policy.ImplicitDeny, policy.BoundaryLayer},
	})
}

func TestRule13FederatedUserNeedsSessionPolicy(t *testing.T) {
	caller := federated(here, "fred", "ana")
	allow := list(statement(t, policy.Identity, allowAll))
	self := statement(t, policy.Resource, naming("Allow", aws(caller.ARN), "*"))
	maker := statement(t, policy.Resource, naming("Allow", aws(caller.Issuer), "*"))
	runAll(t, []scenario{
		{"without session policy", onQueue(caller), policy.Set{Identity: allow}, policy.ImplicitDeny, policy.SessionLayer},
		{"with session policy", onQueue(caller), policy.Set{Identity: allow, HasSession: true, Sessions: allow}, policy.Allow, policy.IdentityLayer},
		{"a grant to its own ARN", onQueue(caller), policy.Set{Identity: allow, Resource: self}, policy.Allow, policy.ResourceLayer},
		{"a grant to its user's ARN", onQueue(caller), policy.Set{Identity: allow, Resource: maker}, policy.ImplicitDeny, policy.SessionLayer},
	})
}

func TestRule14NoWildcardInPrincipalARN(t *testing.T) {
	for _, principal := range []string{
		"arn:aws:iam::" + here + ":user/*", "arn:aws:iam::" + here + ":role/a?", "arn:aws:iam::*:root",
		"arn:aws:sts::" + here + ":assumed-role/r/*", "arn:aws:iam::" + here + ":*", "arn:aws:*::" + here + ":user/a",
	} {
		for _, kind := range []policy.Kind{policy.Resource, policy.Key} {
			if _, err := policy.Parse(kind, `{"Statement":`+naming("Allow", aws(principal), "a:b")+`}`); err == nil {
				t.Errorf("%v policy with principal %s parses", kind, principal)
			}
		}
	}
}

func TestRule14RecreatedRoleIsAnother(t *testing.T) {
	old, recreated := session(here, "r", "s"), session(here, "r", "s")
	recreated.ID = "AROAANOTHER000000000"
	trust := statement(t, policy.Trust, trusting(aws(old.ID)))
	runAll(t, []scenario{
		{"the role", onRole(old), policy.Set{Resource: trust}, policy.Allow, policy.ResourceLayer},
		{"one of its name", onRole(recreated), policy.Set{Resource: trust}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestServicePrincipals(t *testing.T) {
	queue := statement(t, policy.Resource, naming("Allow", `{"Service":"sns.amazonaws.com"}`, "sqs:SendMessage"))
	allow := list(statement(t, policy.Identity, allowAll))
	runAll(t, []scenario{
		{"named", onQueue(service("sns.amazonaws.com")), policy.Set{Resource: queue}, policy.Allow, policy.ResourceLayer},
		{"another service", onQueue(service("s3.amazonaws.com")), policy.Set{Resource: queue, Identity: allow}, policy.ImplicitDeny, policy.ResourceLayer},
		{"everyone", onQueue(service("s3.amazonaws.com")), policy.Set{Resource: statement(t, policy.Resource, naming("Allow", aws("*"), "*"))}, policy.Allow, policy.ResourceLayer},
		{"a user is no service", onQueue(user(here, "ana")), policy.Set{Resource: queue}, policy.ImplicitDeny, policy.IdentityLayer},
	})
}

func TestAnonymousNeedsEveryone(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	runAll(t, []scenario{
		{"everyone", onQueue(&policy.Principal{}), policy.Set{Resource: statement(t, policy.Resource, naming("Allow", `"*"`, "*"))}, policy.Allow, policy.ResourceLayer},
		{"an account", onQueue(&policy.Principal{}), policy.Set{Resource: statement(t, policy.Resource, naming("Allow", aws(here), "*")), Identity: allow}, policy.ImplicitDeny, policy.ResourceLayer},
		{"all but one", onQueue(&policy.Principal{}), policy.Set{Resource: statement(t, policy.Resource,
			`{"Effect":"Allow","NotPrincipal":{"AWS":"`+here+`"},"Action":"*","Resource":"*"}`)}, policy.Allow, policy.ResourceLayer},
	})
}
