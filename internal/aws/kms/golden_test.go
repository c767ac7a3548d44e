package kms_test

import (
	"context"
	"encoding/base64"
	"testing"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

// The records and the ciphertext of release 1, the material and the ciphertext made with Python's cryptography package after
// docs/formats/ciphertext.md. Every later release must open them.
const (
	goldenKeyID    = "1234abcd-12ab-34cd-56ef-1234567890ab"
	goldenKey      = `{"v":1,"created":"2026-01-02T03:04:05.678Z","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}","tags":{"keyhold:tenant":"acme"},"state":"Enabled","material":1,"rotationDays":365,"nextRotation":"2999-01-02T03:04:05.678Z"}`
	goldenMaterial = `{"v":1,"id":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","sealed":"AUBBQkNERUZHSElKS0xNTk9gYWJjZGVmZ2hpamuf8EdLXPLn3DNOJIPHhHCnc6zlQY1jyi1Hw+oBbshVA+PoqSMOvZPI0u+Vg/tLPzY=","created":"2026-01-02T03:04:05.678Z"}`
	goldenAlias    = `{"v":1,"key":"1234abcd-12ab-34cd-56ef-1234567890ab","created":"2026-01-02T03:04:05.678Z","updated":"2026-01-02T03:04:05.678Z"}`
	goldenBlob     = "AQExMTExMjIyMjMzMzMkMTIzNGFiY2QtMTJhYi0zNGNkLTU2ZWYtMTIzNDU2Nzg5MGFiAAAAAUBBQkNERUZHSElKS0xNTk9gYWJjZGVmZ2hpams3OdfDEiYJwWM5BGv8BsUJCUEJlK5/ECtf"
)

func TestGolden(t *testing.T) {
	db := mem.New()
	err := db.Update(context.Background(), func(txn store.Txn) error {
		for key, value := range map[string]string{
			store.Key("kms", "key", accountA, region, goldenKeyID):                  goldenKey,
			store.Key("kms", "material", accountA, region, goldenKeyID, "00000001"): goldenMaterial,
			store.Key("kms", "alias", accountA, region, "alias/customer-acme"):      goldenAlias,
		} {
			if err := txn.Set(key, []byte(value)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	blob, err := base64.StdEncoding.DecodeString(goldenBlob)
	if err != nil {
		t.Fatal(err)
	}
	w := worldOn(t, db, testRoot(t))
	out, err := invoke[kmsapi.DecryptOutput](w, admin(t, accountA), &kmsapi.DecryptInput{
		CiphertextBlob: blob, KeyId: new("alias/customer-acme"), EncryptionContext: map[string]string{"tenant": "acme", "purpose": "invoice"},
	})
	if err != nil || string(out.Plaintext) != "plaintext" {
		t.Fatalf("got %v, %v", out, err)
	}
}
