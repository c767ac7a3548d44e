package kms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

const openPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}`

func TestKeyPolicy(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	got := must[kmsapi.GetKeyPolicyOutput](w, who, &kmsapi.GetKeyPolicyInput{KeyId: key.KeyId})
	if *got.PolicyName != "default" || !strings.Contains(*got.Policy, `"Id" : "key-default-1"`) || !strings.Contains(*got.Policy, `"arn:aws:iam::111122223333:root"`) {
		t.Errorf("got %s %s", *got.PolicyName, *got.Policy)
	}
	must[kmsapi.PutKeyPolicyOutput](w, who, &kmsapi.PutKeyPolicyInput{KeyId: key.KeyId, PolicyName: new("default"), Policy: new(openPolicy)})
	if notes := w.last().Call.Notes(); len(notes) != 0 {
		t.Errorf("noted %v of a key that is no tenant's", notes)
	}
	if got := must[kmsapi.GetKeyPolicyOutput](w, who, &kmsapi.GetKeyPolicyInput{KeyId: key.KeyId}); *got.Policy != openPolicy {
		t.Errorf("got %s", *got.Policy)
	}
	if got := must[kmsapi.ListKeyPoliciesOutput](w, who, &kmsapi.ListKeyPoliciesInput{KeyId: key.KeyId}); len(got.PolicyNames) != 1 || *got.Truncated {
		t.Errorf("got %v", got)
	}
	_, err := invoke[kmsapi.GetKeyPolicyOutput](w, who, &kmsapi.GetKeyPolicyInput{KeyId: key.KeyId, PolicyName: new("other")})
	fails(t, err, "NotFoundException", "No such policy exists")
	_, err = invoke[kmsapi.PutKeyPolicyOutput](w, who, &kmsapi.PutKeyPolicyInput{KeyId: key.KeyId, PolicyName: new("other"), Policy: new(openPolicy)})
	fails(t, err, "NotFoundException", "No such policy exists")
}

func TestPutKeyPolicyRefused(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	statement := func(principal, action string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"%s","Resource":"*"}]}`, principal, action)
	}
	const locksOut = "The new key policy will not allow you to update the key policy in the future."
	for _, c := range []struct {
		name, policy string
		bypass       bool
		code, text   string
	}{
		{"no JSON", "{", false, "MalformedPolicyDocumentException", ""},
		{"no principal", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`, false, "MalformedPolicyDocumentException", ""},
		{"bypass does not help", "{", true, "MalformedPolicyDocumentException", ""},
		{"too large", openPolicy + strings.Repeat(" ", 32<<10), true, "LimitExceededException", ""},
		{"ResourceAliases", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*",
			"Condition":{"ForAnyValue:StringEquals":{"kms:resourcealiases":"alias/x"}}}]}`, true, "UnsupportedOperationException", ""},
		{"ResourceAliases with an escape", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*",
			"Condition":{"ForAnyValue:StringEquals":{"kms:\u0052esourceAliases":"alias/x"}}}]}`, true, "UnsupportedOperationException", ""},
		{"locks out", statement("arn:aws:iam::111122223333:role/Other", "kms:*"), false, "MalformedPolicyDocumentException", locksOut},
		{"use only", statement("arn:aws:iam::111122223333:root", "kms:Encrypt"), false, "MalformedPolicyDocumentException", locksOut},
		{"other account", statement("444455556666", "kms:*"), false, "MalformedPolicyDocumentException", locksOut},
		{"denied", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},
			{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"},"Action":"kms:PutKeyPolicy","Resource":"*"}]}`, false, "MalformedPolicyDocumentException", locksOut},
		{"the caller's role", statement("arn:aws:iam::111122223333:role/Admin", "kms:*"), false, "", ""},
		{"the account", openPolicy, false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := invoke[kmsapi.CreateKeyOutput](w, who, &kmsapi.CreateKeyInput{Policy: &c.policy, BypassPolicyLockoutSafetyCheck: &c.bypass})
			check(t, err, c.code, c.text)
			_, err = invoke[kmsapi.PutKeyPolicyOutput](w, who, &kmsapi.PutKeyPolicyInput{KeyId: key.KeyId, Policy: &c.policy, BypassPolicyLockoutSafetyCheck: &c.bypass})
			check(t, err, c.code, c.text)
		})
	}
	lockedOut := statement("arn:aws:iam::111122223333:role/Other", "kms:*")
	must[kmsapi.PutKeyPolicyOutput](w, who, &kmsapi.PutKeyPolicyInput{KeyId: key.KeyId, Policy: &lockedOut, BypassPolicyLockoutSafetyCheck: new(true)})
	_, err := invoke[kmsapi.GetKeyPolicyOutput](w, who, &kmsapi.GetKeyPolicyInput{KeyId: key.KeyId})
	fails(t, err, "AccessDenied", "User: * because no resource-based policy allows the kms:GetKeyPolicy action")
}

// A policy takes effect on the next request, and the tenant's policy passes the safety check for those who manage it.
func TestPutKeyPolicyTakesEffect(t *testing.T) {
	w := newWorld(t)
	control := role(t, accountA, "Control", allowAll, "")
	key := w.tenantKey(control, "acme")
	acme := tenantSession(t, "acme")
	w.encrypt(acme, "alias/customer-acme", "x")
	put := func(who *aws.Caller, document string) {
		t.Helper()
		must[kmsapi.PutKeyPolicyOutput](w, who, &kmsapi.PutKeyPolicyInput{KeyId: key.KeyId, Policy: &document})
	}
	put(control, strings.Replace(tenantKeyPolicy("acme"), "role/ServiceARole", "role/Nobody", 1))
	_, err := invoke[kmsapi.EncryptOutput](w, acme, &kmsapi.EncryptInput{KeyId: new("alias/customer-acme"), Plaintext: []byte("x")})
	fails(t, err, "AccessDenied", "")
	put(aws.RootUser(accountA), tenantKeyPolicy("acme"))
	w.encrypt(acme, "alias/customer-acme", "x")
}
