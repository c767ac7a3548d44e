package kms_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

const day = 24 * time.Hour

func (w *world) schedule(keyID *string, days int32) *kmsapi.ScheduleKeyDeletionOutput {
	w.t.Helper()
	return must[kmsapi.ScheduleKeyDeletionOutput](w, admin(w.t, accountA), &kmsapi.ScheduleKeyDeletionInput{KeyId: keyID, PendingWindowInDays: &days})
}

// TestStates holds each operation against each state of a key.
func TestStates(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	spare := w.newKey(who, kmsapi.CreateKeyInput{})
	w.alias(who, "alias/spare", *spare.KeyId)
	const (
		works    = ""
		disabled = "DisabledException"
		invalid  = "KMSInvalidStateException"
	)
	for _, c := range []struct {
		name             string
		call             func(key *kmsapi.KeyMetadata, blob []byte) error
		disabled, doomed string
	}{
		{"Encrypt", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}))
		}, disabled, invalid},
		{"Decrypt", func(_ *kmsapi.KeyMetadata, blob []byte) error {
			return errOf(invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: blob}))
		}, disabled, invalid},
		{"ReEncrypt from", func(_ *kmsapi.KeyMetadata, blob []byte) error {
			return errOf(invoke[kmsapi.ReEncryptOutput](w, who, &kmsapi.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: spare.KeyId}))
		}, disabled, invalid},
		{"ReEncrypt to", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.ReEncryptOutput](w, who, &kmsapi.ReEncryptInput{CiphertextBlob: w.encrypt(who, *spare.KeyId, "x"), DestinationKeyId: k.KeyId}))
		}, disabled, invalid},
		{"GenerateDataKey", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.GenerateDataKeyOutput](w, who, &kmsapi.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: new("AES_256")}))
		}, disabled, invalid},
		{"GenerateDataKeyWithoutPlaintext", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.GenerateDataKeyWithoutPlaintextOutput](w, who, &kmsapi.GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: new("AES_256")}))
		}, disabled, invalid},
		{"EnableKeyRotation", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.EnableKeyRotationOutput](w, who, &kmsapi.EnableKeyRotationInput{KeyId: k.KeyId}))
		}, disabled, invalid},
		{"DisableKeyRotation", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.DisableKeyRotationOutput](w, who, &kmsapi.DisableKeyRotationInput{KeyId: k.KeyId}))
		}, disabled, invalid},
		{"RotateKeyOnDemand", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: k.KeyId}))
		}, disabled, invalid},
		{"GetKeyRotationStatus", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.GetKeyRotationStatusOutput](w, who, &kmsapi.GetKeyRotationStatusInput{KeyId: k.KeyId}))
		}, works, works},
		{"ListKeyRotations", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.ListKeyRotationsOutput](w, who, &kmsapi.ListKeyRotationsInput{KeyId: k.KeyId}))
		}, works, works},
		{"DescribeKey", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: k.KeyId}))
		}, works, works},
		{"UpdateKeyDescription", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.UpdateKeyDescriptionOutput](w, who, &kmsapi.UpdateKeyDescriptionInput{KeyId: k.KeyId, Description: new("")}))
		}, works, invalid},
		{"TagResource", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.TagResourceOutput](w, who, &kmsapi.TagResourceInput{KeyId: k.KeyId, Tags: []kmsapi.Tag{{TagKey: new("a"), TagValue: new("b")}}}))
		}, works, invalid},
		{"UntagResource", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.UntagResourceOutput](w, who, &kmsapi.UntagResourceInput{KeyId: k.KeyId, TagKeys: []string{"a"}}))
		}, works, invalid},
		{"ListResourceTags", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.ListResourceTagsOutput](w, who, &kmsapi.ListResourceTagsInput{KeyId: k.KeyId}))
		}, works, works},
		{"GetKeyPolicy", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.GetKeyPolicyOutput](w, who, &kmsapi.GetKeyPolicyInput{KeyId: k.KeyId}))
		}, works, works},
		{"PutKeyPolicy", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.PutKeyPolicyOutput](w, who, &kmsapi.PutKeyPolicyInput{KeyId: k.KeyId, Policy: new(openPolicy)}))
		}, works, works},
		{"ListKeyPolicies", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.ListKeyPoliciesOutput](w, who, &kmsapi.ListKeyPoliciesInput{KeyId: k.KeyId}))
		}, works, works},
		{"CreateAlias", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: new("alias/of-" + *k.KeyId), TargetKeyId: k.KeyId}))
		}, works, invalid},
		{"UpdateAlias", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/spare"), TargetKeyId: k.KeyId}))
		}, works, invalid},
		{"DisableKey", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.DisableKeyOutput](w, who, &kmsapi.DisableKeyInput{KeyId: k.KeyId}))
		}, works, invalid},
		{"EnableKey", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.EnableKeyOutput](w, who, &kmsapi.EnableKeyInput{KeyId: k.KeyId}))
		}, works, invalid},
		{"ScheduleKeyDeletion", func(k *kmsapi.KeyMetadata, _ []byte) error {
			return errOf(invoke[kmsapi.ScheduleKeyDeletionOutput](w, who, &kmsapi.ScheduleKeyDeletionInput{KeyId: k.KeyId}))
		}, works, invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := w.newKey(who, kmsapi.CreateKeyInput{})
			blob := w.encrypt(who, *key.KeyId, "x")
			must[kmsapi.DisableKeyOutput](w, who, &kmsapi.DisableKeyInput{KeyId: key.KeyId})
			check(t, c.call(key, blob), c.disabled, *key.Arn+" is disabled.")
			key = w.newKey(who, kmsapi.CreateKeyInput{})
			blob = w.encrypt(who, *key.KeyId, "x")
			w.schedule(key.KeyId, 7)
			check(t, c.call(key, blob), c.doomed, *key.Arn+" is pending deletion.")
		})
	}
}

func TestCancelKeyDeletion(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	cancel := &kmsapi.CancelKeyDeletionInput{KeyId: key.KeyId}
	_, err := invoke[kmsapi.CancelKeyDeletionOutput](w, who, cancel)
	fails(t, err, "KMSInvalidStateException", *key.Arn+" is not pending deletion.")
	out := w.schedule(key.KeyId, 9)
	if *out.KeyId != *key.Arn || *out.KeyState != "PendingDeletion" || *out.PendingWindowInDays != 9 {
		t.Errorf("got %+v", out)
	}
	got := must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId}).KeyMetadata
	if *got.KeyState != "PendingDeletion" || *got.Enabled || !got.DeletionDate.Equal(*out.DeletionDate) {
		t.Errorf("got %+v", got)
	}
	if out := must[kmsapi.CancelKeyDeletionOutput](w, who, cancel); *out.KeyId != *key.Arn {
		t.Errorf("got %+v", out)
	}
	got = must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId}).KeyMetadata
	if *got.KeyState != "Disabled" || got.DeletionDate != nil {
		t.Errorf("got %+v", got)
	}
}

func TestPendingWindow(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	for _, days := range []int32{0, 6, 31, 365} {
		_, err := invoke[kmsapi.ScheduleKeyDeletionOutput](w, who, &kmsapi.ScheduleKeyDeletionInput{KeyId: key.KeyId, PendingWindowInDays: &days})
		fails(t, err, "ValidationError", "")
	}
	bounded := role(t, accountA, "Bounded", allow(`"kms:ScheduleKeyDeletion"`, "*", `{"NumericGreaterThanEquals":{"kms:ScheduleKeyDeletionPendingWindowInDays":"20"}}`), "")
	_, err := invoke[kmsapi.ScheduleKeyDeletionOutput](w, bounded, &kmsapi.ScheduleKeyDeletionInput{KeyId: key.KeyId, PendingWindowInDays: new(int32(19))})
	fails(t, err, "AccessDenied", "")
	if out := must[kmsapi.ScheduleKeyDeletionOutput](w, bounded, &kmsapi.ScheduleKeyDeletionInput{KeyId: key.KeyId}); *out.PendingWindowInDays != 30 {
		t.Errorf("got %+v", out)
	}
}

// A key is gone for every operation the moment its date comes, whether it was swept or not, and its aliases with it.
func TestDeletion(t *testing.T) {
	for _, swept := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			who := admin(t, accountA)
			before := w.dump()
			key := w.newKey(who, kmsapi.CreateKeyInput{})
			w.alias(who, "alias/a", *key.KeyId)
			w.alias(who, "alias/b", *key.KeyId)
			must[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: key.KeyId})
			blob := w.encrypt(who, "alias/a", "x")
			w.schedule(key.KeyId, 7)
			sweep := func() {
				if swept {
					if err := w.service.Sweep(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}

			time.Sleep(7*day - time.Second)
			sweep()
			must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId})
			time.Sleep(time.Second)
			sweep()

			if swept && len(w.dump()) != len(before) {
				t.Errorf("left in the store: %q", w.dump())
			}
			_, err := invoke[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId})
			fails(t, err, "NotFoundException", "Key '"+*key.Arn+"' does not exist")
			_, err = invoke[kmsapi.CancelKeyDeletionOutput](w, who, &kmsapi.CancelKeyDeletionInput{KeyId: key.KeyId})
			fails(t, err, "NotFoundException", "Key '"+*key.Arn+"' does not exist")
			_, err = invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: new("alias/a"), Plaintext: []byte("x")})
			fails(t, err, "NotFoundException", "Alias arn:aws:kms:eu-central-1:111122223333:alias/a is not found.")
			_, err = invoke[kmsapi.DeleteAliasOutput](w, who, &kmsapi.DeleteAliasInput{AliasName: new("alias/b")})
			fails(t, err, "NotFoundException", "Alias *")
			_, err = invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: blob})
			fails(t, err, "AccessDenied", "The ciphertext refers to *")
			if keys := must[kmsapi.ListKeysOutput](w, who, &kmsapi.ListKeysInput{}).Keys; len(keys) != 0 {
				t.Errorf("listed: %v", keys)
			}
			if got := w.aliases(&kmsapi.ListAliasesInput{}); got != nil {
				t.Errorf("listed: %v", got)
			}

			// The name is free again.
			next := w.newKey(who, kmsapi.CreateKeyInput{})
			w.alias(who, "alias/a", *next.KeyId)
			if got := w.aliases(&kmsapi.ListAliasesInput{}); len(got) != 1 {
				t.Errorf("listed: %v", got)
			}
		})
	}
}

// dump lists the keys of the store.
func (w *world) dump() []string {
	w.t.Helper()
	var keys []string
	err := w.db.View(context.Background(), func(r store.Reader) error {
		for e, err := range r.Scan(store.Prefix()) {
			if err != nil {
				return err
			}
			keys = append(keys, e.Key)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// What is acknowledged is there for the next process.
func TestRestart(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	w.alias(who, "alias/a", *key.KeyId)
	blob := w.encrypt(who, "alias/a", "x")
	w.service.Close()
	again := worldOn(t, w.db, testRoot(t))
	again.opens(who, blob, "x")
	again.opens(who, again.encrypt(who, "alias/a", "y"), "y")
}
