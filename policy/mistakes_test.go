package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keyhold/keyhold/policy"
)

// The tests below are named after mistakes that other engines make.

func TestMistakeDenyWithNegatedOperatorAndMissingTagDoesNotFire(t *testing.T) {
	deny := statement(t, policy.Identity, allowAll, `{"Effect":"Deny","Action":"*","Resource":"*",
		"Condition":{"StringNotEquals":{"aws:ResourceTag/tenant":"${aws:PrincipalTag/tenant}"}}}`)
	for name, ctx := range map[string]values{
		"the principal's tag is missing": {"aws:resourcetag/tenant": policy.One("t1")},
		"both tags are missing":          {},
	} {
		req := onQueue(user(here, "ana"))
		req.Context = ctx
		runAll(t, []scenario{{name, req, policy.Set{Identity: list(deny)}, policy.ExplicitDeny, policy.IdentityLayer}})
	}
}

func TestMistakeStarDoesNotMatchNewline(t *testing.T) {
	runConditions(t, []conditionCase{
		both(test("StringLike", `"a*b"`), one("a\nb"), true),
		both(test("StringNotLike", `"*"`), one("a\r\nb"), false),
	})
	deny := statement(t, policy.Identity, allowAll, `{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::b/*"}`)
	req := &policy.Request{Principal: user(here, "ana"), Action: "s3:GetObject", Resource: "arn:aws:s3:::b/x\ny", Account: here}
	runAll(t, []scenario{{"resource", req, policy.Set{Identity: list(deny)}, policy.ExplicitDeny, policy.IdentityLayer}})
}

func TestMistakeWholeAddressRangeDoesNotMatch(t *testing.T) {
	runConditions(t, []conditionCase{
		both(test("IpAddress", `"0.0.0.0/0"`), one("8.8.8.8"), true),
		both(test("IpAddress", `"::/0"`), one("2001:db8::1"), true),
		both(test("IpAddress", `"::/0"`), one("8.8.8.8"), false),
		both(test("IpAddress", `"0.0.0.0/0"`), one("2001:db8::1"), false),
		both(test("NotIpAddress", `["0.0.0.0/0","::/0"]`), one("8.8.8.8"), false),
	})
}

func TestRule22MistakeCrossAccountOperationOutsideTheDocumentedListIsAllowed(t *testing.T) {
	allow := list(statement(t, policy.Identity, allowAll))
	bob := user(there, "bob")
	resource := key(t, naming("Allow", aws(bob.ARN), "kms:*"))
	effective := []string{
		"CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
		"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus",
		"GetPublicKey", "ListGrants", "ReEncryptFrom", "ReEncryptTo", "RetireGrant", "RevokeGrant", "Sign", "Verify", "VerifyMac",
	}
	without := []string{
		"CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DeleteImportedKeyMaterial", "DisableKey", "DisableKeyRotation", "EnableKey",
		"EnableKeyRotation", "GetKeyLastUsage", "GetKeyPolicy", "GetParametersForImport", "ImportKeyMaterial", "ListKeyPolicies",
		"ListKeyRotations", "ListResourceTags", "PutKeyPolicy", "ReplicateKey", "RotateKeyOnDemand", "ScheduleKeyDeletion", "TagResource",
		"UntagResource", "UpdateAlias", "UpdateKeyDescription", "UpdatePrimaryRegion",
	}
	decide := func(action string) policy.Effect {
		req := onKey(bob)
		req.Action = "kms:" + action
		return policy.Evaluate(req, &policy.Set{Identity: allow, Resource: resource}).Effect
	}
	for _, action := range effective {
		if got := decide(action); got != policy.Allow {
			t.Errorf("%s: %v", action, got)
		}
	}
	for _, action := range without {
		if got := decide(action); got != policy.ImplicitDeny {
			t.Errorf("%s: %v", action, got)
		}
	}
}

func TestRule24MistakeKeyStatementWithoutActionOrResourceHasEffect(t *testing.T) {
	ana := user(here, "ana")
	allow := naming("Allow", aws(ana.ARN), "kms:*")
	runAll(t, []scenario{
		{"allow without resource", onKey(ana), policy.Set{Resource: key(t, `{"Effect":"Allow","Principal":"*","Action":"kms:*"}`)}, policy.ImplicitDeny, policy.ResourceLayer},
		{"allow without action", onKey(ana), policy.Set{Resource: key(t, `{"Effect":"Allow","Principal":"*","Resource":"*"}`)}, policy.ImplicitDeny, policy.ResourceLayer},
		{"deny without resource", onKey(ana), policy.Set{Resource: key(t, allow, `{"Effect":"Deny","Principal":"*","Action":"kms:*"}`)}, policy.Allow, policy.ResourceLayer},
		{"deny without action", onKey(ana), policy.Set{Resource: key(t, allow, `{"Effect":"Deny","Principal":"*","Resource":"*"}`)}, policy.Allow, policy.ResourceLayer},
	})
}

func TestMistakeVariablesInVersion2008(t *testing.T) {
	ctx := values{"aws:username": policy.One("ana"), "a:k": policy.One("ana")}
	literal := values{"aws:username": policy.One("ana"), "a:k": policy.One("${aws:username}")}
	for _, version := range []string{`"Version":"2008-10-17",`, ""} {
		p := parse(t, policy.Identity, `{`+version+`"Statement":{"Effect":"Allow","Action":"*","Resource":"*",
			"Condition":{"StringEquals":{"a:k":"${aws:username}"}}}}`)
		replaced, asWritten := onQueue(user(here, "ana")), onQueue(user(here, "ana"))
		replaced.Context, asWritten.Context = ctx, literal
		runAll(t, []scenario{
			{"replaced " + version, replaced, policy.Set{Identity: list(p)}, policy.ImplicitDeny, policy.IdentityLayer},
			{"literal " + version, asWritten, policy.Set{Identity: list(p)}, policy.Allow, policy.IdentityLayer},
		})
	}
}

func TestMistakeForAllValuesWithNegationTestsTheWholeSet(t *testing.T) {
	runConditions(t, []conditionCase{
		both(test("ForAllValues:StringNotEquals", `["x","y"]`), many("a", "b"), true),
		both(test("ForAllValues:StringNotEquals", `["x","y"]`), many("a", "x"), false),
		both(test("ForAllValues:StringNotLike", `["x*"]`), many("a", "xyz"), false),
		both(test("ForAllValues:ArnNotLike", `["arn:aws:s3:::x*"]`), many("arn:aws:s3:::a", "arn:aws:s3:::x"), false),
	})
}

func TestMistakeRoleInKeyPolicyEscapesSessionPolicy(t *testing.T) {
	caller := session(here, "ServiceARole", "t1")
	narrow := list(statement(t, policy.Session, allowOther))
	set := func(principal string) policy.Set {
		return policy.Set{Resource: key(t, naming("Allow", principal, "kms:Decrypt")), Sessions: narrow, HasSession: true}
	}
	bounded := set(aws(caller.Issuer))
	bounded.Sessions, bounded.HasSession, bounded.Boundaries = nil, false, narrow
	runAll(t, []scenario{
		{"role ARN and session policy", onKey(caller), set(aws(caller.Issuer)), policy.ImplicitDeny, policy.SessionLayer},
		{"role ARN and boundary", onKey(caller), bounded, policy.ImplicitDeny, policy.BoundaryLayer},
		{"session ARN", onKey(caller), set(aws(caller.ARN)), policy.Allow, policy.ResourceLayer},
		{"everyone", onKey(caller), set(`"*"`), policy.Allow, policy.ResourceLayer},
	})
}

func TestMistakeStarInAValueIsAWildcard(t *testing.T) {
	runConditions(t, []conditionCase{
		both(test("StringLike", `"x${a:v}"`), values{"a:k": policy.One("xyz"), "a:v": policy.One("*")}, false),
		both(test("StringLike", `"x${a:v}"`), values{"a:k": policy.One("x*"), "a:v": policy.One("*")}, true),
		both(test("StringLike", `"x${a:v}"`), values{"a:k": policy.One("xy"), "a:v": policy.One("?")}, false),
		both(test("StringLike", `"x${a:v, '*'}"`), values{"a:k": policy.One("xyz")}, false),
		both(test("ArnLike", `"arn:aws:s3:::${a:v}"`), values{"a:k": policy.One("arn:aws:s3:::b"), "a:v": policy.One("*")}, false),
		both(test("StringLike", `"alias/customer-t1"`), one("alias/customer-*"), false),
		// Not even bytes that are no text.
		both(test("StringLike", `"x${a:v}"`), values{"a:k": policy.One("xyz"), "a:v": policy.One("\xff")}, false),
		both(test("StringNotLike", `"x${a:v}"`), values{"a:k": policy.One("xyz"), "a:v": policy.One("\xff")}, true),
	})
	p := statement(t, policy.Identity, `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}"}`)
	req := &policy.Request{Principal: user(here, "ana"), Action: "s3:GetObject", Resource: "arn:aws:s3:::b/secret", Account: here,
		Context: values{"aws:username": policy.One("*")}}
	runAll(t, []scenario{{"resource", req, policy.Set{Identity: list(p)}, policy.ImplicitDeny, policy.IdentityLayer}})
}

func TestMistakeExponentialGlobbing(t *testing.T) {
	long := strings.Repeat("a", 2000)
	pattern := strings.Repeat("a*", 200) + "b"
	resource := strings.Repeat("a*a:", 5) + pattern
	req := onQueue(user(here, "ana"))
	req.Context, req.Resource = one(long), "arn:"+strings.Repeat(long+":", 5)+long
	start := time.Now()
	runConditionsOn := statement(t, policy.Identity,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+test("StringLike", `"`+pattern+`"`)+`}`,
		`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:`+resource+`"}`)
	if d := policy.Evaluate(req, &policy.Set{Identity: list(runConditionsOn)}); d.Effect != policy.ImplicitDeny {
		t.Errorf("got %v", d.Effect)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestMistakePolicyOfAnotherKindAllows(t *testing.T) {
	open := statement(t, policy.Resource, naming("Allow", `"*"`, "*"))
	identity := statement(t, policy.Identity, allowAll)
	runAll(t, []scenario{
		{"resource policy among identity policies", onQueue(user(here, "ana")), policy.Set{Identity: list(open)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"identity policy as resource policy", onQueue(&policy.Principal{}), policy.Set{Resource: identity}, policy.ImplicitDeny, policy.ResourceLayer},
	})
}
