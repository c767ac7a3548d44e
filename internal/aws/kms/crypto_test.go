package kms_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

func TestEncryptDecrypt(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	for _, n := range []int{1, 32, 4096} {
		plain := bytes.Repeat([]byte{7}, n)
		for _, context := range []map[string]string{nil, {"a": "1"}, {"a": "1", "b": "2", "": ""}} {
			enc := must[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: key.KeyId, Plaintext: plain, EncryptionContext: context})
			if len(enc.CiphertextBlob) > 6144 || *enc.KeyId != *key.Arn {
				t.Errorf("%d bytes for %s", len(enc.CiphertextBlob), *enc.KeyId)
			}
			dec := must[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: enc.CiphertextBlob, EncryptionContext: context})
			if !bytes.Equal(dec.Plaintext, plain) || *dec.KeyId != *key.Arn || *dec.KeyMaterialId != *key.CurrentKeyMaterialId || *dec.EncryptionAlgorithm != "SYMMETRIC_DEFAULT" {
				t.Errorf("%d bytes in %v: %v", n, context, dec)
			}
		}
	}
}

func TestEncryptRefused(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	for _, c := range []struct {
		name       string
		in         kmsapi.EncryptInput
		code, text string
	}{
		{"too long", kmsapi.EncryptInput{Plaintext: make([]byte, 4097)}, "ValidationError",
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"},
		{"context too large", kmsapi.EncryptInput{Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": strings.Repeat("x", 8192)}}, "ValidationError", ""},
		{"algorithm", kmsapi.EncryptInput{Plaintext: []byte("x"), EncryptionAlgorithm: new("RSAES_OAEP_SHA_256")}, "InvalidKeyUsageException",
			"Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."},
		{"dry run", kmsapi.EncryptInput{Plaintext: []byte("x"), DryRun: new(true)}, "DryRunOperationException",
			"The request would have succeeded, but the DryRun option is set."},
	} {
		c.in.KeyId = key.KeyId
		_, err := invoke[kmsapi.EncryptOutput](w, who, &c.in)
		t.Run(c.name, func(t *testing.T) { fails(t, err, c.code, c.text) })
	}
}

func TestDecryptRefused(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key, other := w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})
	blob := must[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": "b"}}).CiphertextBlob
	off := w.newKey(who, kmsapi.CreateKeyInput{})
	offBlob := w.encrypt(who, *off.KeyId, "x")
	must[kmsapi.DisableKeyOutput](w, who, &kmsapi.DisableKeyInput{KeyId: off.KeyId})
	ab := map[string]string{"a": "b"}
	elsewhere := bytes.Replace(blob, []byte(*key.KeyId), []byte("12345678-1234-1234-1234-123456789012"), 1)
	foreign := bytes.Replace(blob, []byte(accountA), []byte(accountB), 1)
	nobody := role(t, accountA, "Nobody", "", "")
	for _, c := range []struct {
		name       string
		who        *aws.Caller
		in         kmsapi.DecryptInput
		code, text string
	}{
		{"garbage", who, kmsapi.DecryptInput{CiphertextBlob: []byte("garbage")}, "InvalidCiphertextException", ""},
		{"garbage for a named key", who, kmsapi.DecryptInput{CiphertextBlob: []byte("garbage"), KeyId: key.KeyId}, "InvalidCiphertextException", ""},
		{"garbage for a key that is disabled", who, kmsapi.DecryptInput{CiphertextBlob: []byte("garbage"), KeyId: off.KeyId}, "DisabledException", ""},
		{"a disabled key", who, kmsapi.DecryptInput{CiphertextBlob: offBlob}, "DisabledException", *off.Arn + " is disabled."},
		{"a disabled key that is not the ciphertext's", who, kmsapi.DecryptInput{CiphertextBlob: blob, KeyId: off.KeyId}, "IncorrectKeyException", ""},
		{"another key", who, kmsapi.DecryptInput{CiphertextBlob: blob, KeyId: other.Arn, EncryptionContext: ab}, "IncorrectKeyException",
			"The key ID in the request does not identify a CMK that can perform this operation."},
		{"another key without permission", nobody, kmsapi.DecryptInput{CiphertextBlob: blob, KeyId: other.Arn}, "AccessDenied", ""},
		{"no ciphertext", who, kmsapi.DecryptInput{}, "ValidationError",
			"1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"},
		{"no context", who, kmsapi.DecryptInput{CiphertextBlob: blob}, "InvalidCiphertextException", ""},
		{"more context", who, kmsapi.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "b", "c": ""}}, "InvalidCiphertextException", ""},
		{"shifted context", who, kmsapi.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"ab": ""}}, "InvalidCiphertextException", ""},
		{"algorithm", who, kmsapi.DecryptInput{CiphertextBlob: blob, EncryptionContext: ab, EncryptionAlgorithm: new("RSAES_OAEP_SHA_1")}, "InvalidKeyUsageException", ""},
		{"of a key that is not there", who, kmsapi.DecryptInput{CiphertextBlob: elsewhere, EncryptionContext: ab}, "AccessDenied",
			"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."},
		{"of another account", who, kmsapi.DecryptInput{CiphertextBlob: foreign, EncryptionContext: ab}, "AccessDenied", "User: *"},
		{"recipient", who, kmsapi.DecryptInput{CiphertextBlob: blob, Recipient: &kmsapi.RecipientInfo{}}, "UnsupportedOperationException", ""},
		{"grant token", who, kmsapi.DecryptInput{CiphertextBlob: blob, GrantTokens: []string{"x"}}, "InvalidGrantTokenException", ""},
		{"dry run", who, kmsapi.DecryptInput{CiphertextBlob: blob, EncryptionContext: ab, DryRun: new(true)}, "DryRunOperationException", ""},
		{"dry run that would fail", who, kmsapi.DecryptInput{CiphertextBlob: blob, DryRun: new(true)}, "InvalidCiphertextException", ""},
		{"dry run of permissions", who, kmsapi.DecryptInput{KeyId: key.KeyId, DryRun: new(true), DryRunModifiers: []string{"IGNORE_CIPHERTEXT"}}, "DryRunOperationException", ""},
		{"dry run of permissions on no key", who, kmsapi.DecryptInput{DryRun: new(true), DryRunModifiers: []string{"IGNORE_CIPHERTEXT"}}, "ValidationError", ""},
		{"dry run of permissions, denied", nobody, kmsapi.DecryptInput{KeyId: key.KeyId, DryRun: new(true), DryRunModifiers: []string{"IGNORE_CIPHERTEXT"}}, "AccessDenied", ""},
		{"no dry run", who, kmsapi.DecryptInput{KeyId: key.KeyId, DryRunModifiers: []string{"IGNORE_CIPHERTEXT"}}, "ValidationError", ""},
	} {
		_, err := invoke[kmsapi.DecryptOutput](w, c.who, &c.in)
		t.Run(c.name, func(t *testing.T) { fails(t, err, c.code, c.text) })
	}
	w.region = "us-east-1"
	_, err := invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: blob, EncryptionContext: ab})
	fails(t, err, "AccessDenied", "The ciphertext refers to *")
}

// No byte of a ciphertext may change.
func TestDecryptTampered(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	must[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: key.KeyId}) // so that another version exists
	blob := w.encrypt(who, *key.KeyId, "x")
	for i := range blob {
		for _, bit := range []byte{1, 2, 0x80} {
			altered := bytes.Clone(blob)
			altered[i] ^= bit
			if _, err := invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: altered}); err == nil {
				t.Errorf("byte %d altered by %#x opens", i, bit)
			}
		}
		if _, err := invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: blob[:i]}); err == nil && i > 0 {
			t.Errorf("cut to %d bytes opens", i)
		}
	}
}

func TestReEncrypt(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	one, two := w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})
	blob := must[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: one.KeyId, Plaintext: []byte("secret"), EncryptionContext: map[string]string{"v": "1"}}).CiphertextBlob
	in := func() *kmsapi.ReEncryptInput {
		return &kmsapi.ReEncryptInput{
			CiphertextBlob: blob, SourceEncryptionContext: map[string]string{"v": "1"},
			DestinationKeyId: two.KeyId, DestinationEncryptionContext: map[string]string{"v": "2"},
		}
	}
	out := must[kmsapi.ReEncryptOutput](w, who, in())
	if *out.SourceKeyId != *one.Arn || *out.KeyId != *two.Arn || *out.SourceKeyMaterialId != *one.CurrentKeyMaterialId ||
		*out.DestinationKeyMaterialId != *two.CurrentKeyMaterialId {
		t.Errorf("got %+v", out)
	}
	dec := must[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: map[string]string{"v": "2"}})
	if string(dec.Plaintext) != "secret" || *dec.KeyId != *two.Arn {
		t.Errorf("got %+v", dec)
	}

	fromOne := `{"Effect":"Allow","Action":"kms:ReEncryptFrom","Resource":"` + *one.Arn + `"}`
	toTwo := `{"Effect":"Allow","Action":"kms:ReEncryptTo","Resource":"` + *two.Arn + `"}`
	document := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	for i, c := range []struct {
		name, policy string
		change       func(*kmsapi.ReEncryptInput)
		code, text   string
	}{
		{"both", document(fromOne, toTwo), nil, "", ""},
		{"from only", document(fromOne), nil, "AccessDenied", "User: * is not authorized to perform: kms:ReEncryptTo on resource: " + *two.Arn + "*"},
		{"to only", document(toTwo), nil, "AccessDenied", "User: * is not authorized to perform: kms:ReEncryptFrom on the resource associated with this ciphertext*"},
		{"not on the same key", allow(`"kms:ReEncrypt*"`, "*", `{"Bool":{"kms:ReEncryptOnSameKey":"true"}}`), nil, "AccessDenied", ""},
		{"on the same key", allow(`"kms:ReEncrypt*"`, "*", `{"Bool":{"kms:ReEncryptOnSameKey":"true"}}`), func(in *kmsapi.ReEncryptInput) { in.DestinationKeyId = one.Arn }, "", ""},
		{"contexts", document(`{"Effect":"Allow","Action":"kms:ReEncryptFrom","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:V":"1"}}}`,
			`{"Effect":"Allow","Action":"kms:ReEncryptTo","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:V":"2"}}}`), nil, "", ""},
		{"wrong source", allowAll, func(in *kmsapi.ReEncryptInput) { in.SourceKeyId = two.KeyId }, "IncorrectKeyException", ""},
		{"wrong context", allowAll, func(in *kmsapi.ReEncryptInput) { in.SourceEncryptionContext = nil }, "InvalidCiphertextException", ""},
		{"no ciphertext", allowAll, func(in *kmsapi.ReEncryptInput) { in.CiphertextBlob = nil }, "ValidationError", ""},
		{"garbage", allowAll, func(in *kmsapi.ReEncryptInput) { in.CiphertextBlob = []byte("x") }, "InvalidCiphertextException", ""},
		{"no destination", allowAll, func(in *kmsapi.ReEncryptInput) { in.DestinationKeyId = new("alias/none") }, "NotFoundException", ""},
		{"dry run", allowAll, func(in *kmsapi.ReEncryptInput) { in.DryRun = new(true) }, "DryRunOperationException", ""},
		{"dry run of permissions", allowAll, func(in *kmsapi.ReEncryptInput) {
			in.DryRun, in.DryRunModifiers, in.CiphertextBlob, in.SourceKeyId = new(true), []string{"IGNORE_CIPHERTEXT"}, nil, one.KeyId
		}, "DryRunOperationException", ""},
		{"algorithm", allowAll, func(in *kmsapi.ReEncryptInput) { in.DestinationEncryptionAlgorithm = new("SM2PKE") }, "InvalidKeyUsageException", ""},
		{"grant token", allowAll, func(in *kmsapi.ReEncryptInput) { in.GrantTokens = []string{"x"} }, "InvalidGrantTokenException", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := in()
			if c.change != nil {
				c.change(input)
			}
			_, err := invoke[kmsapi.ReEncryptOutput](w, role(t, accountA, fmt.Sprintf("ReEncrypt%d", i), c.policy, ""), input)
			check(t, err, c.code, c.text)
		})
	}
}

// TestConditionKeys holds the condition keys of the use of a key, each by a policy that allows with it alone.
func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	boss := admin(t, accountA)
	key := w.newKey(boss, kmsapi.CreateKeyInput{Tags: []kmsapi.Tag{{TagKey: new("Team"), TagValue: new("red")}}})
	w.alias(boss, "alias/a", *key.KeyId)
	w.alias(boss, "alias/b", *key.KeyId)
	context := map[string]string{"Dept": "x", "B": "y"}
	for i, c := range []struct {
		condition string
		id        string
		want      bool
	}{
		{`{"StringEquals":{"kms:RequestAlias":"alias/a"}}`, "alias/a", true},
		{`{"StringEquals":{"kms:RequestAlias":"alias/a"}}`, "alias/b", false},
		{`{"StringEquals":{"kms:RequestAlias":"alias/a"}}`, "arn:aws:kms:" + region + ":" + accountA + ":alias/a", true},
		{`{"StringEquals":{"kms:RequestAlias":"alias/a"}}`, *key.KeyId, false},
		{`{"Null":{"kms:RequestAlias":"true"}}`, *key.Arn, true},
		{`{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/b"}}`, *key.KeyId, true},
		{`{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/c"}}`, *key.KeyId, false},
		{`{"StringEquals":{"kms:EncryptionContext:dept":"x"}}`, *key.KeyId, true},
		{`{"StringEquals":{"kms:EncryptionContext:Dept":"X"}}`, *key.KeyId, false},
		{`{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["Dept","B"]}}`, *key.KeyId, true},
		{`{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["dept","B"]}}`, *key.KeyId, false},
		{`{"StringEquals":{"kms:CallerAccount":"111122223333"}}`, *key.KeyId, true},
		{`{"StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}}`, *key.KeyId, true},
		{`{"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT","kms:KeyUsage":"ENCRYPT_DECRYPT","kms:KeyOrigin":"AWS_KMS"},"Bool":{"kms:MultiRegion":"false"}}`, *key.KeyId, true},
		{`{"Null":{"kms:MultiRegionKeyType":"true","kms:ViaService":"true"}}`, *key.KeyId, true},
		{`{"StringEquals":{"aws:ResourceTag/team":"red"}}`, *key.KeyId, true},
		{`{"StringEquals":{"aws:ResourceTag/team":"blue"}}`, *key.KeyId, false},
		{`{"Null":{"aws:RequestTag/team":"true","aws:TagKeys":"true"}}`, *key.KeyId, true},
		{`{"StringEquals":{"aws:ResourceAccount":"111122223333"}}`, *key.KeyId, true},
	} {
		who := role(t, accountA, fmt.Sprintf("Condition%d", i), allow(`"kms:Encrypt"`, "*", c.condition), "")
		_, err := invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: &c.id, Plaintext: []byte("x"), EncryptionContext: context})
		if c.want && err != nil || !c.want && err == nil {
			t.Errorf("%s with %s: %v", c.condition, c.id, err)
		}
	}
}

// Names that differ in their letter case only are one condition key. The first in the order of bytes counts, always.
func TestConditionKeyOfSeveralContextNames(t *testing.T) {
	w := newWorld(t)
	key := w.newKey(admin(t, accountA), kmsapi.CreateKeyInput{})
	who := role(t, accountA, "Folded", allow(`"kms:Encrypt"`, "*", `{"StringEquals":{"kms:EncryptionContext:tenant":"acme"}}`), "")
	for range 20 {
		_, err := invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{"tenant": "acme", "Tenant": "globex"}})
		fails(t, err, "AccessDenied", "")
	}
}
