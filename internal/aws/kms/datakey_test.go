package kms_test

import (
	"bytes"
	"testing"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

func TestGenerateDataKey(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	context := map[string]string{"a": "b"}
	for _, c := range []struct {
		spec *string
		size *int32
		want int
	}{{new("AES_128"), nil, 16}, {new("AES_256"), nil, 32}, {nil, new(int32(1)), 1}, {nil, new(int32(1024)), 1024}} {
		out := must[kmsapi.GenerateDataKeyOutput](w, who, &kmsapi.GenerateDataKeyInput{KeyId: key.KeyId, KeySpec: c.spec, NumberOfBytes: c.size, EncryptionContext: context})
		if len(out.Plaintext) != c.want || *out.KeyId != *key.Arn || *out.KeyMaterialId != *key.CurrentKeyMaterialId {
			t.Errorf("got %+v", out)
		}
		dec := must[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: context})
		if !bytes.Equal(dec.Plaintext, out.Plaintext) {
			t.Error("the data key does not open")
		}
		hidden := must[kmsapi.GenerateDataKeyWithoutPlaintextOutput](w, who, &kmsapi.GenerateDataKeyWithoutPlaintextInput{KeyId: key.KeyId, KeySpec: c.spec, NumberOfBytes: c.size})
		dec = must[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: hidden.CiphertextBlob})
		if len(dec.Plaintext) != c.want || c.want > 8 && bytes.Equal(dec.Plaintext, make([]byte, c.want)) {
			t.Errorf("without plaintext: %x", dec.Plaintext)
		}
	}
}

func TestGenerateDataKeyRefused(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	const either = "Please specify either number of bytes or key spec."
	for _, c := range []struct {
		name       string
		in         kmsapi.GenerateDataKeyInput
		code, text string
	}{
		{"neither", kmsapi.GenerateDataKeyInput{}, "ValidationError", either},
		{"both", kmsapi.GenerateDataKeyInput{KeySpec: new("AES_256"), NumberOfBytes: new(int32(32))}, "ValidationError", either},
		{"spec", kmsapi.GenerateDataKeyInput{KeySpec: new("DES")}, "ValidationError", ""},
		{"size", kmsapi.GenerateDataKeyInput{NumberOfBytes: new(int32(1025))}, "ValidationError", ""},
		{"recipient", kmsapi.GenerateDataKeyInput{KeySpec: new("AES_256"), Recipient: &kmsapi.RecipientInfo{}}, "UnsupportedOperationException", ""},
		{"grant token", kmsapi.GenerateDataKeyInput{KeySpec: new("AES_256"), GrantTokens: []string{"x"}}, "InvalidGrantTokenException", ""},
		{"dry run", kmsapi.GenerateDataKeyInput{KeySpec: new("AES_256"), DryRun: new(true)}, "DryRunOperationException", ""},
	} {
		c.in.KeyId = key.KeyId
		_, err := invoke[kmsapi.GenerateDataKeyOutput](w, who, &c.in)
		t.Run(c.name, func(t *testing.T) { fails(t, err, c.code, c.text) })
	}
	must[kmsapi.DisableKeyOutput](w, who, &kmsapi.DisableKeyInput{KeyId: key.KeyId})
	_, err := invoke[kmsapi.GenerateDataKeyOutput](w, who, &kmsapi.GenerateDataKeyInput{KeyId: key.KeyId})
	fails(t, err, "ValidationError", either) // before the key's state
	_, err = invoke[kmsapi.GenerateDataKeyOutput](w, who, &kmsapi.GenerateDataKeyInput{KeyId: key.KeyId, KeySpec: new("AES_256")})
	fails(t, err, "DisabledException", *key.Arn+" is disabled.")
}

func TestGenerateRandom(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	a := must[kmsapi.GenerateRandomOutput](w, who, &kmsapi.GenerateRandomInput{NumberOfBytes: new(int32(32))})
	b := must[kmsapi.GenerateRandomOutput](w, who, &kmsapi.GenerateRandomInput{NumberOfBytes: new(int32(32))})
	if len(a.Plaintext) != 32 || bytes.Equal(a.Plaintext, b.Plaintext) {
		t.Errorf("got %x and %x", a.Plaintext, b.Plaintext)
	}
	_, err := invoke[kmsapi.GenerateRandomOutput](w, who, &kmsapi.GenerateRandomInput{})
	fails(t, err, "ValidationError", "NumberOfBytes is required.")
	_, err = invoke[kmsapi.GenerateRandomOutput](w, who, &kmsapi.GenerateRandomInput{NumberOfBytes: new(int32(1)), CustomKeyStoreId: new("cks")})
	fails(t, err, "UnsupportedOperationException", "")
	_, err = invoke[kmsapi.GenerateRandomOutput](w, role(t, accountA, "Nobody", "", ""), &kmsapi.GenerateRandomInput{NumberOfBytes: new(int32(1))})
	fails(t, err, "AccessDenied", "User: * is not authorized to perform: kms:GenerateRandom on resource: * because no identity-based policy allows the kms:GenerateRandom action")
}
