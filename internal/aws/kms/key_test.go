package kms_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

func TestCreateKey(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	made := w.newKey(who, kmsapi.CreateKeyInput{Description: new("d"), Tags: []kmsapi.Tag{{TagKey: new("a"), TagValue: new("b")}}})
	described := must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: made.KeyId}).KeyMetadata
	for _, m := range []*kmsapi.KeyMetadata{made, described} {
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(*m.KeyId) {
			t.Errorf("key id %s", *m.KeyId)
		}
		if *m.Arn != "arn:aws:kms:"+region+":"+accountA+":key/"+*m.KeyId || *m.AWSAccountId != accountA {
			t.Errorf("ARN %s of %s", *m.Arn, *m.AWSAccountId)
		}
		if *m.Description != "d" || *m.KeyState != "Enabled" || !*m.Enabled || *m.KeySpec != "SYMMETRIC_DEFAULT" ||
			*m.CustomerMasterKeySpec != "SYMMETRIC_DEFAULT" || *m.KeyUsage != "ENCRYPT_DECRYPT" || *m.Origin != "AWS_KMS" ||
			*m.KeyManager != "CUSTOMER" || *m.MultiRegion || !slices.Equal(m.EncryptionAlgorithms, []string{"SYMMETRIC_DEFAULT"}) ||
			len(*m.CurrentKeyMaterialId) != 64 || m.DeletionDate != nil {
			t.Errorf("got %+v", m)
		}
	}
	if *made.CurrentKeyMaterialId != *described.CurrentKeyMaterialId || !made.CreationDate.Equal(*described.CreationDate) {
		t.Error("CreateKey and DescribeKey differ")
	}
}

func TestCreateKeyRefused(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	tag := func(k string) kmsapi.Tag { return kmsapi.Tag{TagKey: &k, TagValue: new("")} }
	for _, c := range []struct {
		name       string
		in         kmsapi.CreateKeyInput
		code, text string
	}{
		{"RSA", kmsapi.CreateKeyInput{KeySpec: new("RSA_2048"), KeyUsage: new("ENCRYPT_DECRYPT")}, "UnsupportedOperationException", "KeySpec RSA_2048 *"},
		{"HMAC by the old name", kmsapi.CreateKeyInput{CustomerMasterKeySpec: new("HMAC_256")}, "UnsupportedOperationException", "KeySpec HMAC_256 *"},
		{"both names", kmsapi.CreateKeyInput{KeySpec: new("SYMMETRIC_DEFAULT"), CustomerMasterKeySpec: new("SYMMETRIC_DEFAULT")}, "ValidationError", ""},
		{"usage", kmsapi.CreateKeyInput{KeyUsage: new("SIGN_VERIFY")}, "ValidationError", "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"},
		{"import", kmsapi.CreateKeyInput{Origin: new("EXTERNAL")}, "UnsupportedOperationException", "Origin EXTERNAL *"},
		{"CloudHSM", kmsapi.CreateKeyInput{Origin: new("AWS_CLOUDHSM")}, "UnsupportedOperationException", "Origin AWS_CLOUDHSM *"},
		{"custom key store", kmsapi.CreateKeyInput{CustomKeyStoreId: new("cks-1")}, "UnsupportedOperationException", "CustomKeyStoreId *"},
		{"external key", kmsapi.CreateKeyInput{XksKeyId: new("x")}, "UnsupportedOperationException", "XksKeyId *"},
		{"multi-Region", kmsapi.CreateKeyInput{MultiRegion: new(true)}, "UnsupportedOperationException", "MultiRegion *"},
		{"AWS's tag", kmsapi.CreateKeyInput{Tags: []kmsapi.Tag{tag("aws:x")}}, "TagException", ""},
		{"tag twice", kmsapi.CreateKeyInput{Tags: []kmsapi.Tag{tag("x"), tag("x")}}, "TagException", "Duplicate tag keys"},
		{"no policy", kmsapi.CreateKeyInput{Policy: new("{")}, "MalformedPolicyDocumentException", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := invoke[kmsapi.CreateKeyOutput](w, who, &c.in)
			fails(t, err, c.code, c.text)
		})
	}
	if keys := must[kmsapi.ListKeysOutput](w, who, &kmsapi.ListKeysInput{}).Keys; len(keys) != 0 {
		t.Errorf("a refused key was made: %v", keys)
	}
}

func TestCreateKeyPermissions(t *testing.T) {
	w := newWorld(t)
	tagged := &kmsapi.CreateKeyInput{Tags: []kmsapi.Tag{{TagKey: new("team"), TagValue: new("red")}}}
	for _, c := range []struct {
		name, policy string
		in           *kmsapi.CreateKeyInput
		denied       string
	}{
		{"CreateKey", allow(`"kms:CreateKey"`, "*", ""), &kmsapi.CreateKeyInput{}, ""},
		{"nothing", "", &kmsapi.CreateKeyInput{}, "User: * because no identity-based policy allows the kms:CreateKey action"},
		{"tags need TagResource", allow(`"kms:CreateKey"`, "*", ""), tagged, "User: * because no identity-based policy allows the kms:TagResource action"},
		{"TagResource on keys", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:CreateKey","Resource":"*"},
			{"Effect":"Allow","Action":"kms:TagResource","Resource":"arn:aws:kms:*:111122223333:key/*"}]}`, tagged, ""},
		{"this tag", allow(`"kms:*"`, "*", `{"StringEquals":{"aws:RequestTag/Team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`), tagged, ""},
		{"other tag", allow(`"kms:*"`, "*", `{"StringEquals":{"aws:RequestTag/team":"blue"}}`), tagged, "User: *"},
		{"spec", allow(`"kms:*"`, "*", `{"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT","kms:KeyUsage":"ENCRYPT_DECRYPT","kms:KeyOrigin":"AWS_KMS"},
			"Bool":{"kms:MultiRegion":"false","kms:BypassPolicyLockoutSafetyCheck":"false"}}`), &kmsapi.CreateKeyInput{}, ""},
		{"no bypass", allow(`"kms:*"`, "*", `{"Bool":{"kms:BypassPolicyLockoutSafetyCheck":"false"}}`),
			&kmsapi.CreateKeyInput{BypassPolicyLockoutSafetyCheck: new(true)}, "User: *"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := invoke[kmsapi.CreateKeyOutput](w, role(t, accountA, "Creator"+c.name[:3]+c.denied, c.policy, ""), c.in)
			if c.denied == "" && err != nil {
				t.Error(err)
			}
			if c.denied != "" {
				fails(t, err, "AccessDenied", c.denied)
			}
		})
	}
}

// TestKeyIdentifiers holds each way to name a key against each kind of operation.
func TestKeyIdentifiers(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	w.alias(who, "alias/x", *key.KeyId)
	own, foreign := "arn:aws:kms:"+region+":"+accountA+":", "arn:aws:kms:"+region+":"+accountB+":"
	const (
		absent   = "12345678-1234-1234-1234-123456789012"
		noAlias  = "Key Aliases are not supported for this operation."
		nowhere  = " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
		notFound = "NotFoundException"
	)
	for _, c := range []struct {
		id             string
		useCode, text  string // of an operation that uses a key
		manCode, mText string // of one that manages it; empty: the same
	}{
		{*key.KeyId, "", "", "", ""},
		{*key.Arn, "", "", "", ""},
		{"alias/x", "", "", "InvalidArnException", noAlias},
		{own + "alias/x", "", "", "InvalidArnException", noAlias},
		{absent, notFound, "Key '" + own + "key/" + absent + "' does not exist", "", ""},
		{"mrk-1234567812341234123412345678901a", notFound, "Key '" + own + "key/mrk-1234567812341234123412345678901a' does not exist", "", ""},
		{own + "key/" + absent, notFound, "Key '" + own + "key/" + absent + "' does not exist", "", ""},
		{"alias/none", notFound, "Alias " + own + "alias/none is not found.", "InvalidArnException", noAlias},
		{own + "alias/none", notFound, "Alias " + own + "alias/none is not found.", "InvalidArnException", noAlias},
		{"foo", notFound, "Invalid keyId 'foo'", "", ""},
		{"", notFound, "Invalid keyId ''", "", ""},
		{"mrk-1234", notFound, "Invalid keyId 'mrk-1234'", "", ""},
		{own + "key/foo", notFound, "Invalid keyId foo", "", ""},
		{"arn:aws:kms:us-west-2:" + accountA + ":key/" + *key.KeyId, notFound, "Invalid arn us-west-2", "", ""},
		{"arn:aws:kms:us-west-2:" + accountA + ":alias/x", notFound, "Invalid arn us-west-2", "", ""},
		{"arn:aws:s3:::bucket", "InvalidArnException", "", "", ""},
		{"arn:aws:kms:" + region + "::key/" + *key.KeyId, "InvalidArnException", "", "", ""},
		{own + "grant/x", "InvalidArnException", "", "", ""},
		{"arn:aws", "InvalidArnException", "", "", ""},
		{foreign + "key/" + *key.KeyId, "AccessDenied", "User: *" + nowhere, "", ""},
		{foreign + "alias/x", "AccessDenied", "User: *" + nowhere, "InvalidArnException", noAlias},
	} {
		t.Run(c.id, func(t *testing.T) {
			_, err := invoke[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: &c.id})
			check(t, err, c.useCode, c.text)
			_, err = invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: &c.id, Plaintext: []byte("x")})
			check(t, err, c.useCode, c.text)
			if c.manCode == "" {
				c.manCode, c.mText = c.useCode, c.text
			}
			for _, call := range []func() error{
				func() error {
					return errOf(invoke[kmsapi.EnableKeyOutput](w, who, &kmsapi.EnableKeyInput{KeyId: &c.id}))
				},
				func() error {
					return errOf(invoke[kmsapi.GetKeyPolicyOutput](w, who, &kmsapi.GetKeyPolicyInput{KeyId: &c.id}))
				},
				func() error {
					return errOf(invoke[kmsapi.ListResourceTagsOutput](w, who, &kmsapi.ListResourceTagsInput{KeyId: &c.id}))
				},
			} {
				check(t, call(), c.manCode, c.mText)
			}
		})
	}
}

func errOf[V any](_ V, err error) error { return err }

func check(t *testing.T, err error, code, text string) {
	t.Helper()
	if code != "" {
		fails(t, err, code, text)
	} else if err != nil {
		t.Error(err)
	}
}

// A foreign caller is told the same of a key that is there and of one that is not.
func TestForeignKeyExistenceIsHidden(t *testing.T) {
	w := newWorld(t)
	key := w.newKey(admin(t, accountA), kmsapi.CreateKeyInput{})
	absent := "arn:aws:kms:" + region + ":" + accountA + ":key/12345678-1234-1234-1234-123456789012"
	for _, who := range []*aws.Caller{admin(t, accountB), role(t, accountB, "Nobody", "", ""), aws.RootUser(accountB), aws.ServicePrincipal("s3.amazonaws.com")} {
		var texts [2]string
		for i, arn := range []string{*key.Arn, absent} {
			_, err := invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: &arn, Plaintext: []byte("x")})
			fails(t, err, "AccessDenied", "")
			texts[i] = regexp.MustCompile(`key/[0-9a-f-]+`).ReplaceAllString(err.Error(), "key/K")
		}
		if texts[0] != texts[1] {
			t.Errorf("%s can tell: %q and %q", who.ARN, texts[0], texts[1])
		}
	}
}

// A foreign caller who writes its own policies cannot learn from which of them allows something what a key's id, tags and
// aliases are.
func TestForeignPoliciesTellNothingOfAKey(t *testing.T) {
	w := newWorld(t)
	owner := admin(t, accountA)
	key := w.newKey(owner, kmsapi.CreateKeyInput{Tags: []kmsapi.Tag{{TagKey: new("tenant"), TagValue: new("acme")}}})
	w.alias(owner, "alias/customer-acme", *key.KeyId)
	arn := "arn:aws:kms:" + region + ":" + accountA + ":"
	for name, identity := range map[string]string{
		"id":         allow(`"kms:*"`, arn+"key/"+(*key.KeyId)[:1]+"*", ""),
		"any id":     allow(`"kms:*"`, arn+"key/*", ""),
		"tag":        allow(`"kms:*"`, "*", `{"StringLike":{"aws:ResourceTag/tenant":"a*"}}`),
		"other tag":  allow(`"kms:*"`, "*", `{"StringLike":{"aws:ResourceTag/tenant":"b*"}}`),
		"aliases":    allow(`"kms:*"`, "*", `{"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/*"}}`),
		"no aliases": allow(`"kms:*"`, "*", `{"Null":{"kms:ResourceAliases":"true"}}`),
		"spec":       allow(`"kms:*"`, "*", `{"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"}}`),
		"same key":   allow(`"kms:*"`, "*", `{"Bool":{"kms:ReEncryptOnSameKey":"true"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			spy := role(t, accountB, "Spy", identity, "")
			own := w.encrypt(admin(t, accountB), *w.newKey(admin(t, accountB), kmsapi.CreateKeyInput{}).KeyId, "x")
			answers := func(id string) string {
				_, encrypt := invoke[kmsapi.EncryptOutput](w, spy, &kmsapi.EncryptInput{KeyId: &id, Plaintext: []byte("x")})
				_, disable := invoke[kmsapi.DisableKeyOutput](w, spy, &kmsapi.DisableKeyInput{KeyId: &id})
				_, move := invoke[kmsapi.ReEncryptOutput](w, spy, &kmsapi.ReEncryptInput{CiphertextBlob: own, SourceKeyId: &id, DestinationKeyId: &id})
				return strings.ReplaceAll(fmt.Sprint(encrypt, disable, move), id, "ID")
			}
			if there, absent := answers(arn+"alias/customer-acme"), answers(arn+"alias/customer-nobody"); there != absent {
				t.Errorf("the alias shows:\n%s\n%s", there, absent)
			}
		})
	}
}

func TestCrossAccountUse(t *testing.T) {
	w := newWorld(t)
	key := w.newKey(admin(t, accountA), kmsapi.CreateKeyInput{Policy: new(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}]}`)})
	w.alias(admin(t, accountA), "alias/shared", *key.KeyId)
	who := admin(t, accountB)
	for _, id := range []string{*key.Arn, "arn:aws:kms:" + region + ":" + accountA + ":alias/shared"} {
		out := must[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: &id, Plaintext: []byte("x")})
		w.opens(who, out.CiphertextBlob, "x")
	}
	must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.Arn})
	must[kmsapi.GetKeyRotationStatusOutput](w, who, &kmsapi.GetKeyRotationStatusInput{KeyId: key.Arn})
	_, err := invoke[kmsapi.DisableKeyOutput](w, who, &kmsapi.DisableKeyInput{KeyId: key.Arn})
	fails(t, err, "AccessDenied", "") // management has no effect across accounts
	_, err = invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
	fails(t, err, "NotFoundException", "") // a bare id is the caller's own
}

func TestUpdateKeyDescription(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	must[kmsapi.UpdateKeyDescriptionOutput](w, who, &kmsapi.UpdateKeyDescriptionInput{KeyId: key.KeyId, Description: new("new")})
	if got := must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId}).KeyMetadata; *got.Description != "new" {
		t.Errorf("got %q", *got.Description)
	}
}

func TestGrantTokensAreRefused(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	_, err := invoke[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId, GrantTokens: []string{"x"}})
	fails(t, err, "InvalidGrantTokenException", "")
	_, err = invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x"), GrantTokens: []string{"x"}})
	fails(t, err, "InvalidGrantTokenException", "")
}

// The table of operations and the reasons for those left out cover the official model.
func TestOpsCoverTheModel(t *testing.T) {
	ops := newWorld(t).service.Ops()
	for _, m := range regexp.MustCompile(`(?m)^"([A-Z][A-Za-z]+)": \{"errors"`).FindAllSubmatch(kmsapi.Model, -1) {
		name := string(m[1])
		_, built := ops.Table[name]
		if _, refused := ops.Refused[name]; built == refused {
			t.Errorf("%s: built %v, refused %v", name, built, refused)
		}
	}
	if n := len(ops.Table) + len(ops.Refused); n != 54 {
		t.Errorf("%d operations", n)
	}
}
