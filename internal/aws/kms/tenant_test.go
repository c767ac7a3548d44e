package kms_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/aws/kms"
)

// tenantKeyPolicy lets ServiceARole use the key through the tenant's alias, and the control plane manage it.
func tenantKeyPolicy(tenant string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Id":"TenantKeyPolicy","Statement":[
{"Sid":"AllowServiceARoleViaAlias","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:role/ServiceARole"},
"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",
"Condition":{"StringEquals":{"kms:RequestAlias":"alias/customer-%[2]s"}}},
{"Sid":"Control","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:role/Control"},
"Action":["kms:DescribeKey","kms:PutKeyPolicy","kms:GetKeyPolicy","kms:EnableKey","kms:DisableKey","kms:CreateAlias","kms:UpdateAlias",
"kms:DeleteAlias","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion","kms:TagResource","kms:EnableKeyRotation"],"Resource":"*"},
{"Sid":"Recovery","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},
"Action":["kms:GetKeyPolicy","kms:PutKeyPolicy","kms:DescribeKey"],"Resource":"*"}]}`, accountA, tenant)
}

const useActions = `"kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"`

// tenantSession is a session of ServiceARole for one tenant.
func tenantSession(t testing.TB, tenant string) *aws.Caller {
	return role(t, accountA, "ServiceARole",
		allow(useActions, "*", `{"StringLike":{"kms:RequestAlias":"alias/customer-*"}}`),
		allow(useActions, "*", fmt.Sprintf(`{"StringEquals":{"kms:RequestAlias":"alias/customer-%s"}}`, tenant)))
}

func (w *world) tenantKey(control *aws.Caller, tenant string) *kmsapi.KeyMetadata {
	w.t.Helper()
	key := w.newKey(control, kmsapi.CreateKeyInput{
		Policy: new(tenantKeyPolicy(tenant)), Tags: []kmsapi.Tag{{TagKey: new("keyhold:tenant"), TagValue: &tenant}},
	})
	w.alias(control, "alias/customer-"+tenant, *key.KeyId)
	return key
}

// TestTenants is the scene that the product is for: each tenant's session opens what is its own and nothing else, by three
// policies that each would suffice.
func TestTenants(t *testing.T) {
	w := newWorld(t)
	control := role(t, accountA, "Control", allowAll, "")
	acmeKey := w.tenantKey(control, "acme")
	globexKey := w.tenantKey(control, "globex")
	acme, globex := tenantSession(t, "acme"), tenantSession(t, "globex")
	unbound := role(t, accountA, "ServiceARole", "", "") // AssumeRole without a session policy
	context := map[string]string{"tenant": "acme"}

	encrypted := must[kmsapi.EncryptOutput](w, acme, &kmsapi.EncryptInput{
		KeyId: new("alias/customer-acme"), Plaintext: []byte("secret"), EncryptionContext: context,
	})
	if *encrypted.KeyId != *acmeKey.Arn || *encrypted.EncryptionAlgorithm != "SYMMETRIC_DEFAULT" {
		t.Errorf("Encrypt: %v", encrypted)
	}
	blob := encrypted.CiphertextBlob
	decrypt := func(who *aws.Caller, id string, context map[string]string) (*kmsapi.DecryptOutput, error) {
		in := &kmsapi.DecryptInput{CiphertextBlob: blob, EncryptionContext: context}
		if id != "" {
			in.KeyId = &id
		}
		return invoke[kmsapi.DecryptOutput](w, who, in)
	}
	for _, id := range []string{"alias/customer-acme", "arn:aws:kms:" + region + ":" + accountA + ":alias/customer-acme"} {
		out, err := decrypt(acme, id, context)
		if err != nil || string(out.Plaintext) != "secret" || *out.KeyId != *acmeKey.Arn {
			t.Errorf("Decrypt as acme with %s: %v, %v", id, out, err)
		}
	}

	const denial = "User: arn:aws:sts::111122223333:assumed-role/ServiceARole/test is not authorized to perform: kms:Decrypt on resource: "
	for _, c := range []struct {
		name       string
		who        *aws.Caller
		id         string
		context    map[string]string
		code, text string
	}{
		{"other tenant, own alias", globex, "alias/customer-globex", context, "IncorrectKeyException", ""},
		{"other tenant, alias of the first", globex, "alias/customer-acme", context, "AccessDenied", denial + *acmeKey.Arn + " because no session policy allows the kms:Decrypt action"},
		{"other tenant, key ARN", globex, *acmeKey.Arn, context, "AccessDenied", denial + *acmeKey.Arn + " because no *"},
		{"other tenant, key id", globex, *acmeKey.KeyId, context, "AccessDenied", ""},
		{"other tenant, no key named", globex, "", context, "AccessDenied", ""},
		{"the tenant, past its alias by ARN", acme, *acmeKey.Arn, context, "AccessDenied", ""},
		{"the tenant, past its alias by the ciphertext", acme, "", context, "AccessDenied", ""},
		{"no session policy, other alias", unbound, "alias/customer-globex", context, "IncorrectKeyException", ""},
		{"the control plane manages but does not open", control, "alias/customer-acme", context, "AccessDenied", ""},
		{"the account's root manages but does not open", aws.RootUser(accountA), "alias/customer-acme", context, "AccessDenied", ""},
		{"another account", admin(t, accountB), *acmeKey.Arn, context, "AccessDenied", ""},
		{"a service", aws.ServicePrincipal("sqs.amazonaws.com"), *acmeKey.Arn, context, "AccessDenied", ""},
		{"other context", acme, "alias/customer-acme", map[string]string{"tenant": "globex"}, "InvalidCiphertextException", ""},
		{"no context", acme, "alias/customer-acme", nil, "InvalidCiphertextException", ""},
		{"unknown alias", acme, "alias/customer-nobody", context, "NotFoundException", "Alias arn:aws:kms:eu-central-1:111122223333:alias/customer-nobody is not found."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decrypt(c.who, c.id, c.context)
			fails(t, err, c.code, c.text)
			if e := w.last(); e.Err == nil || e.Err.Code != c.code {
				t.Errorf("recorded %v", e.Err)
			}
		})
	}

	t.Run("each for itself", func(t *testing.T) {
		out := must[kmsapi.GenerateDataKeyOutput](w, globex, &kmsapi.GenerateDataKeyInput{KeyId: new("alias/customer-globex"), KeySpec: new("AES_256")})
		if len(out.Plaintext) != 32 || *out.KeyId != *globexKey.Arn {
			t.Errorf("got %v", out)
		}
		_, err := invoke[kmsapi.GenerateDataKeyOutput](w, globex, &kmsapi.GenerateDataKeyInput{KeyId: new("alias/customer-acme"), KeySpec: new("AES_256")})
		fails(t, err, "AccessDenied", "")
		_, err = invoke[kmsapi.EncryptOutput](w, globex, &kmsapi.EncryptInput{KeyId: new("alias/customer-acme"), Plaintext: []byte("x")})
		fails(t, err, "AccessDenied", "")
	})

	t.Run("management as a tenant", func(t *testing.T) {
		_, err := invoke[kmsapi.DescribeKeyOutput](w, acme, &kmsapi.DescribeKeyInput{KeyId: new("alias/customer-acme")})
		fails(t, err, "AccessDenied", "")
		_, err = invoke[kmsapi.PutKeyPolicyOutput](w, acme, &kmsapi.PutKeyPolicyInput{KeyId: acmeKey.KeyId, Policy: new(tenantKeyPolicy("acme"))})
		fails(t, err, "AccessDenied", "")
		_, err = invoke[kmsapi.UpdateAliasOutput](w, acme, &kmsapi.UpdateAliasInput{AliasName: new("alias/customer-acme"), TargetKeyId: globexKey.KeyId})
		fails(t, err, "AccessDenied", "")
	})

	t.Run("a change of a tenant key's policy is noted", func(t *testing.T) {
		must[kmsapi.PutKeyPolicyOutput](w, control, &kmsapi.PutKeyPolicyInput{KeyId: acmeKey.KeyId, Policy: new(tenantKeyPolicy("acme"))})
		if notes := w.last().Call.Notes(); len(notes) != 1 || notes[0] != (aws.Note{Key: "tenantKeyPolicyChange", Value: "acme"}) {
			t.Errorf("noted %v", notes)
		}
	})

	t.Run("a suspended tenant", func(t *testing.T) {
		must[kmsapi.DisableKeyOutput](w, control, &kmsapi.DisableKeyInput{KeyId: acmeKey.KeyId})
		_, err := decrypt(acme, "alias/customer-acme", context)
		fails(t, err, "DisabledException", *acmeKey.Arn+" is disabled.")
		must[kmsapi.EnableKeyOutput](w, control, &kmsapi.EnableKeyInput{KeyId: acmeKey.KeyId})
		if _, err := decrypt(acme, "alias/customer-acme", context); err != nil {
			t.Error(err)
		}
	})
}

// The tag that marks a tenant's key does not come, change or go without a note, or it could be taken off before the key's
// policy is changed.
func TestChangeOfTenantTagIsNoted(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{}).KeyId
	tag := func(name, value string) {
		must[kmsapi.TagResourceOutput](w, who, &kmsapi.TagResourceInput{KeyId: key, Tags: []kmsapi.Tag{{TagKey: &name, TagValue: &value}}})
	}
	untag := func(names ...string) {
		must[kmsapi.UntagResourceOutput](w, who, &kmsapi.UntagResourceInput{KeyId: key, TagKeys: names})
	}
	for i, step := range []struct {
		change func()
		noted  string // the tenant; empty: nothing is noted
	}{
		{func() { tag("a", "b") }, ""},
		{func() { tag(kms.TenantTag, "acme") }, "acme"},
		{func() { tag(kms.TenantTag, "acme") }, ""},
		{func() { tag(kms.TenantTag, "globex") }, "acme"},
		{func() { untag("a") }, ""},
		{func() { untag("a", kms.TenantTag) }, "globex"},
		{func() { untag(kms.TenantTag) }, ""},
	} {
		step.change()
		var want []aws.Note
		if step.noted != "" {
			want = []aws.Note{{Key: "tenantTagChange", Value: step.noted}}
		}
		if got := w.last().Call.Notes(); !slices.Equal(got, want) {
			t.Errorf("change %d: noted %v, want %v", i, got, want)
		}
	}
}
