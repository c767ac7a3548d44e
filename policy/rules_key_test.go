package policy_test

import (
	"testing"

	"github.com/keyhold/keyhold/policy"
)

func key(t *testing.T, statements ...string) *policy.Policy {
	return statement(t, policy.Key, statements...)
}

func TestRule18NobodyHasPermissionOnAKeyByItself(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	silent := key(t, naming("Allow", aws("arn:aws:iam::"+here+":user/boss"), "kms:*"))
	runAll(t, []scenario{
		{"root", onKey(root(here)), policy.Set{Resource: silent}, policy.ImplicitDeny, policy.ResourceLayer},
		{"administrator", onKey(user(here, "ana")), policy.Set{Identity: allow, Resource: silent}, policy.ImplicitDeny, policy.ResourceLayer},
		{"named user", onKey(user(here, "boss")), policy.Set{Resource: silent}, policy.Allow, policy.ResourceLayer},
		{"root where the account is named", onKey(root(here)), policy.Set{Resource: key(t, naming("Allow", aws(here), "kms:*"))}, policy.Allow, policy.IdentityLayer},
	})
}

func TestRule19KeyPolicyEnablesIdentityPolicies(t *testing.T) {
	allow, deny := statement(t, policy.Identity, allowAll), statement(t, policy.Identity, denyAll)
	ana := user(here, "ana")
	delegatesTags := key(t, `{"Effect":"Allow","Principal":{"AWS":"`+here+`"},"Action":["kms:Decrypt","kms:TagResource"],"Resource":"*",
		"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`)
	via := onKey(ana)
	via.Context = values{"kms:viaservice": policy.One("s3.eu-west-1.amazonaws.com")}
	runAll(t, []scenario{
		{"identity deny binds without delegation", onKey(ana), policy.Set{Identity: list(deny), Resource: key(t, naming("Allow", aws(ana.ARN), "*"))}, policy.ExplicitDeny, policy.IdentityLayer},
		{"delegation on a condition, unmet", onKey(ana), policy.Set{Identity: list(allow), Resource: delegatesTags}, policy.ImplicitDeny, policy.ResourceLayer},
		{"delegation on a condition, met", via, policy.Set{Identity: list(allow), Resource: delegatesTags}, policy.Allow, policy.IdentityLayer},
		{"delegation of other actions", onKey(ana), policy.Set{Identity: list(allow), Resource: key(t, naming("Allow", aws(here), "kms:Encrypt"))}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestRule20DefaultKeyPolicy(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	standard := parse(t, policy.Key, `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions",
		"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+here+`:root"},"Action":"kms:*","Resource":"*"}]}`)
	runAll(t, []scenario{
		{"identity allows", onKey(user(here, "ana")), policy.Set{Identity: allow, Resource: standard}, policy.Allow, policy.IdentityLayer},
		{"identity silent", onKey(user(here, "ana")), policy.Set{Resource: standard}, policy.ImplicitDeny, policy.IdentityLayer},
		{"another account", onKey(user(there, "bob")), policy.Set{Identity: allow, Resource: standard}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}

func TestRule21ControlPoliciesBindKeys(t *testing.T) {
	full := statement(t, policy.RCP, naming("Allow", `"*"`, "*"))
	deny := statement(t, policy.RCP, naming("Deny", `"*"`, "kms:Decrypt"))
	ana := user(here, "ana")
	set := policy.Set{Resource: key(t, naming("Allow", aws(ana.ARN), "kms:*")), RCPs: [][]*policy.Policy{{full, deny}}}
	scp := policy.Set{Resource: set.Resource, SCPs: [][]*policy.Policy{{statement(t, policy.SCP, allowOther)}}}
	runAll(t, []scenario{
		{"rcp", onKey(ana), set, policy.ExplicitDeny, policy.RCPLayer},
		{"scp", onKey(ana), scp, policy.ImplicitDeny, policy.SCPLayer},
	})
}

func TestRule23OperationsWithoutKeyPolicyNeedIdentityOnly(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	for _, action := range []string{"kms:CreateKey", "kms:ListKeys", "kms:GenerateRandom"} {
		req := &policy.Request{Principal: user(here, "ana"), Action: action, Resource: "*", Account: here}
		runAll(t, []scenario{
			{action + " allowed", req, policy.Set{Identity: allow}, policy.Allow, policy.IdentityLayer},
			{action + " not allowed", req, policy.Set{}, policy.ImplicitDeny, policy.IdentityLayer},
		})
	}
}

func TestRule27RetireGrantIsFreeOfRCPs(t *testing.T) {
	ana := user(here, "ana")
	req := onKey(ana)
	req.Action = "kms:RetireGrant"
	set := policy.Set{
		Resource: key(t, naming("Allow", aws(ana.ARN), "kms:*")),
		RCPs:     [][]*policy.Policy{{statement(t, policy.RCP, naming("Deny", `"*"`, "kms:*"))}},
	}
	runAll(t, []scenario{{"retire", req, set, policy.Allow, policy.ResourceLayer}})
}
