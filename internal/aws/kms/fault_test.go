package kms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/internal/store/storetest"
)

// Each step of each change fails once. The caller is told, and either nothing has changed or all.
func TestStoreFaults(t *testing.T) {
	who := admin(t, accountA)
	for _, c := range []struct {
		name string
		run  func(w *world, one, two string) error
	}{
		{"CreateKey", func(w *world, _, _ string) error {
			return errOf(invoke[kmsapi.CreateKeyOutput](w, who, &kmsapi.CreateKeyInput{}))
		}},
		{"CreateAlias", func(w *world, one, _ string) error {
			return errOf(invoke[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: new("alias/b"), TargetKeyId: &one}))
		}},
		{"UpdateAlias", func(w *world, _, two string) error {
			return errOf(invoke[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: &two}))
		}},
		{"DeleteAlias", func(w *world, _, _ string) error {
			return errOf(invoke[kmsapi.DeleteAliasOutput](w, who, &kmsapi.DeleteAliasInput{AliasName: new("alias/a")}))
		}},
		{"ListAliases", func(w *world, one, _ string) error {
			return errOf(invoke[kmsapi.ListAliasesOutput](w, who, &kmsapi.ListAliasesInput{KeyId: &one}))
		}},
		{"ListKeys", func(w *world, _, _ string) error {
			return errOf(invoke[kmsapi.ListKeysOutput](w, who, &kmsapi.ListKeysInput{}))
		}},
		{"RotateKeyOnDemand", func(w *world, one, _ string) error {
			return errOf(invoke[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: &one}))
		}},
		{"EnableKeyRotation", func(w *world, one, _ string) error {
			return errOf(invoke[kmsapi.EnableKeyRotationOutput](w, who, &kmsapi.EnableKeyRotationInput{KeyId: &one}))
		}},
		{"ScheduleKeyDeletion", func(w *world, one, _ string) error {
			return errOf(invoke[kmsapi.ScheduleKeyDeletionOutput](w, who, &kmsapi.ScheduleKeyDeletionInput{KeyId: &one}))
		}},
		{"Encrypt", func(w *world, _, _ string) error {
			return errOf(invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: new("alias/a"), Plaintext: []byte("x")}))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := 1; ; n++ {
				db := mem.New()
				before := worldOn(t, db, testRoot(t))
				one, two := *before.newKey(who, kmsapi.CreateKeyInput{}).KeyId, *before.newKey(who, kmsapi.CreateKeyInput{}).KeyId
				before.alias(who, "alias/a", one)
				old := before.dump()
				faults := storetest.Faulty(db, n)
				err := c.run(worldOn(t, faults, testRoot(t)), one, two)
				if !faults.Fired() {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				fails(t, err, "InternalFailure", "")
				if !slices.Equal(before.dump(), old) {
					t.Errorf("operation %d failed and changed the store", n)
				}
			}
		})
	}
}

// A condition on the key's aliases that cannot be read fails the call, whatever the policies made of it.
func TestResourceAliasesFault(t *testing.T) {
	boss := admin(t, accountA)
	deny := role(t, accountA, "DenyByAlias", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"},
		{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/secret"}}}]}`, "")
	for n := 1; ; n++ {
		db := mem.New()
		before := worldOn(t, db, testRoot(t))
		key := before.newKey(boss, kmsapi.CreateKeyInput{})
		before.alias(boss, "alias/secret", *key.KeyId)
		faults := storetest.Faulty(db, n)
		_, err := invoke[kmsapi.EncryptOutput](worldOn(t, faults, testRoot(t)), deny, &kmsapi.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
		if !faults.Fired() {
			fails(t, err, "AccessDenied", "User: * with an explicit deny in an identity-based policy")
			return
		}
		fails(t, err, "InternalFailure", "")
	}
}

// A record that was altered is noticed. Its key is refused, all others work.
func TestAlteredRecords(t *testing.T) {
	ctx := context.Background()
	who := admin(t, accountA)
	for _, c := range []struct {
		kind  string
		alter func([]byte) []byte
	}{
		{"material", func(v []byte) []byte {
			return bytes.Replace(v, []byte(`"sealed":"A`), []byte(`"sealed":"B`), 1)
		}},
		{"material", func(v []byte) []byte { at := bytes.Index(v, []byte(`"sealed":"`)) + 60; v[at] ^= 1; return v }},
		{"material", func(v []byte) []byte { return v[:len(v)/2] }},
		{"key", func(v []byte) []byte { return v[1:] }},
		{"key", func(v []byte) []byte { return bytes.Replace(v, []byte("Principal"), []byte("Principle"), 1) }},
	} {
		w := newWorld(t)
		good, bad := w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})
		blob := w.encrypt(who, *bad.KeyId, "x")
		err := w.db.Update(ctx, func(txn store.Txn) error {
			for e, err := range txn.Scan(store.Prefix("kms", c.kind, accountA, region)) {
				if err != nil {
					return err
				}
				if strings.Contains(e.Key, *bad.KeyId) {
					return txn.Set(e.Key, c.alter(bytes.Clone(e.Value)))
				}
			}
			return errors.New("no record")
		})
		if err != nil {
			t.Fatal(err)
		}
		again := worldOn(t, w.db, testRoot(t))
		_, err = invoke[kmsapi.EncryptOutput](again, who, &kmsapi.EncryptInput{KeyId: bad.KeyId, Plaintext: []byte("x")})
		fails(t, err, "InternalFailure", "")
		_, err = invoke[kmsapi.DecryptOutput](again, who, &kmsapi.DecryptInput{CiphertextBlob: blob})
		fails(t, err, "InternalFailure", "")
		again.opens(who, again.encrypt(who, *good.KeyId, "y"), "y")
	}
}

// A material that is moved to another key's place does not open there.
func TestSwappedMaterial(t *testing.T) {
	ctx := context.Background()
	who := admin(t, accountA)
	w := newWorld(t)
	mine, theirs := w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})
	at := func(key *kmsapi.KeyMetadata) string {
		return store.Key("kms", "material", accountA, region, *key.KeyId, "00000001")
	}
	err := w.db.Update(ctx, func(txn store.Txn) error {
		value, err := txn.Get(at(theirs))
		if err != nil {
			return err
		}
		return txn.Set(at(mine), value)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: mine.KeyId, Plaintext: []byte("x")})
	fails(t, err, "InternalFailure", "")
}

func BenchmarkUse(b *testing.B) {
	w := newWorld(b)
	control := role(b, accountA, "Control", allowAll, "")
	w.tenantKey(control, "acme")
	who := tenantSession(b, "acme")
	for _, n := range []int{32, 1024, 4096} {
		plain := make([]byte, n)
		blob := w.encrypt(who, "alias/customer-acme", string(plain))
		for name, in := range map[string]any{
			"Encrypt": &kmsapi.EncryptInput{KeyId: new("alias/customer-acme"), Plaintext: plain},
			"Decrypt": &kmsapi.DecryptInput{KeyId: new("alias/customer-acme"), CiphertextBlob: blob},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w.events = w.events[:0]
					c := &aws.Call{Service: "kms", Operation: name, Region: region, Caller: who}
					if _, err := w.cloud.Invoke(context.Background(), c, in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
