package kms_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

func (w *world) rotations(keyID *string, all bool) []kmsapi.RotationsListEntry {
	w.t.Helper()
	in := &kmsapi.ListKeyRotationsInput{KeyId: keyID}
	if all {
		in.IncludeKeyMaterial = new("ALL_KEY_MATERIAL")
	}
	return must[kmsapi.ListKeyRotationsOutput](w, admin(w.t, accountA), in).Rotations
}

func (w *world) rotationStatus(keyID *string) *kmsapi.GetKeyRotationStatusOutput {
	w.t.Helper()
	return must[kmsapi.GetKeyRotationStatusOutput](w, admin(w.t, accountA), &kmsapi.GetKeyRotationStatusInput{KeyId: keyID})
}

// Rotation by date happens when it is due, by the sweep or by the next use; what was encrypted before still opens.
func TestRotationByDate(t *testing.T) {
	for _, swept := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			who := admin(t, accountA)
			key := w.newKey(who, kmsapi.CreateKeyInput{})
			if s := w.rotationStatus(key.KeyId); *s.KeyRotationEnabled || s.NextRotationDate != nil || *s.KeyId != *key.KeyId {
				t.Errorf("at first: %+v", s)
			}
			start := time.Now()
			must[kmsapi.EnableKeyRotationOutput](w, who, &kmsapi.EnableKeyRotationInput{KeyId: key.KeyId, RotationPeriodInDays: new(int32(90))})
			if s := w.rotationStatus(key.KeyId); !*s.KeyRotationEnabled || *s.RotationPeriodInDays != 90 || !s.NextRotationDate.Equal(start.Add(90*day)) {
				t.Errorf("enabled: %+v", s)
			}
			var blobs [][]byte
			ids := map[string]bool{}
			for n := range 4 {
				blobs = append(blobs, w.encrypt(who, *key.KeyId, "x"))
				now := must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: key.KeyId}).KeyMetadata
				ids[*now.CurrentKeyMaterialId] = true
				if len(ids) != n+1 {
					t.Errorf("after %d periods: %d materials", n, len(ids))
				}
				for _, blob := range blobs {
					w.opens(who, blob, "x")
				}
				time.Sleep(90 * day)
				if swept {
					if err := w.service.Sweep(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
			listed := w.rotations(key.KeyId, false)
			if len(listed) != 4 {
				t.Fatalf("got %d rotations", len(listed))
			}
			for i, r := range listed {
				state := "NON_CURRENT"
				if i == 3 {
					state = "CURRENT"
				}
				if *r.RotationType != "AUTOMATIC" || *r.KeyMaterialState != state || !r.RotationDate.Equal(start.Add(time.Duration(i+1)*90*day)) || *r.KeyId != *key.KeyId {
					t.Errorf("rotation %d: %s %s at %v", i, *r.RotationType, *r.KeyMaterialState, r.RotationDate)
				}
			}
			if all := w.rotations(key.KeyId, true); len(all) != 5 || all[0].RotationDate != nil || all[0].RotationType != nil || *all[0].KeyMaterialId != *key.CurrentKeyMaterialId {
				t.Errorf("all materials: %+v", all)
			}
		})
	}
}

// A key that missed dates, since it was disabled or nobody was there, rotates once and keeps its schedule.
func TestRotationMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		who := admin(t, accountA)
		key := w.newKey(who, kmsapi.CreateKeyInput{})
		start := time.Now()
		must[kmsapi.EnableKeyRotationOutput](w, who, &kmsapi.EnableKeyRotationInput{KeyId: key.KeyId})
		must[kmsapi.DisableKeyOutput](w, who, &kmsapi.DisableKeyInput{KeyId: key.KeyId})
		time.Sleep(1000 * day)
		if err := w.service.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := w.rotations(key.KeyId, false); len(got) != 0 {
			t.Errorf("rotated while disabled: %+v", got)
		}
		must[kmsapi.EnableKeyOutput](w, who, &kmsapi.EnableKeyInput{KeyId: key.KeyId})
		if got := w.rotations(key.KeyId, false); len(got) != 1 {
			t.Errorf("got %d rotations", len(got))
		}
		if s := w.rotationStatus(key.KeyId); !s.NextRotationDate.Equal(start.Add(3 * 365 * day)) {
			t.Errorf("next on %v", s.NextRotationDate)
		}
		w.schedule(key.KeyId, 30)
		if s := w.rotationStatus(key.KeyId); *s.KeyRotationEnabled {
			t.Errorf("pending deletion: %+v", s)
		}
		must[kmsapi.CancelKeyDeletionOutput](w, who, &kmsapi.CancelKeyDeletionInput{KeyId: key.KeyId})
		if s := w.rotationStatus(key.KeyId); !*s.KeyRotationEnabled {
			t.Errorf("deletion cancelled: %+v", s)
		}
		must[kmsapi.EnableKeyOutput](w, who, &kmsapi.EnableKeyInput{KeyId: key.KeyId})
		must[kmsapi.DisableKeyRotationOutput](w, who, &kmsapi.DisableKeyRotationInput{KeyId: key.KeyId})
		time.Sleep(2000 * day)
		if got := w.rotations(key.KeyId, false); len(got) != 1 {
			t.Errorf("rotated after rotation was disabled: %d", len(got))
		}
	})
}

func TestEnableKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		who := admin(t, accountA)
		key := w.newKey(who, kmsapi.CreateKeyInput{})
		for days, text := range map[int32]string{
			89:   "1 validation error detected: Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90",
			2561: "1 validation error detected: Value '2561' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 2560",
		} {
			_, err := invoke[kmsapi.EnableKeyRotationOutput](w, who, &kmsapi.EnableKeyRotationInput{KeyId: key.KeyId, RotationPeriodInDays: &days})
			fails(t, err, "ValidationError", text)
		}
		start := time.Now()
		enable := func(period *int32) time.Time {
			must[kmsapi.EnableKeyRotationOutput](w, who, &kmsapi.EnableKeyRotationInput{KeyId: key.KeyId, RotationPeriodInDays: period})
			return *w.rotationStatus(key.KeyId).NextRotationDate
		}
		if next := enable(nil); !next.Equal(start.Add(365 * day)) {
			t.Errorf("next on %v", next)
		}
		time.Sleep(10 * day)
		if next := enable(nil); !next.Equal(start.Add(365 * day)) {
			t.Errorf("enabled again: next on %v", next)
		}
		if next := enable(new(int32(100))); !next.Equal(start.Add(110 * day)) {
			t.Errorf("other period: next on %v", next)
		}
		bounded := role(t, accountA, "RotationBounded", allow(`"kms:EnableKeyRotation"`, "*", `{"NumericLessThanEquals":{"kms:RotationPeriodInDays":"200"}}`), "")
		_, err := invoke[kmsapi.EnableKeyRotationOutput](w, bounded, &kmsapi.EnableKeyRotationInput{KeyId: key.KeyId})
		fails(t, err, "AccessDenied", "")
		must[kmsapi.EnableKeyRotationOutput](w, bounded, &kmsapi.EnableKeyRotationInput{KeyId: key.KeyId, RotationPeriodInDays: new(int32(200))})
	})
}

func TestRotateKeyOnDemand(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	var blobs [][]byte
	for range 25 {
		blobs = append(blobs, w.encrypt(who, *key.KeyId, "x"))
		if out := must[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: key.KeyId}); *out.KeyId != *key.KeyId {
			t.Errorf("got %s", *out.KeyId)
		}
	}
	_, err := invoke[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: key.KeyId})
	fails(t, err, "LimitExceededException", "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: "+*key.Arn)
	for _, blob := range blobs {
		w.opens(who, blob, "x")
	}
	listed := w.rotations(key.KeyId, false)
	if len(listed) != 25 || *listed[24].RotationType != "ON_DEMAND" || *listed[24].KeyMaterialState != "CURRENT" {
		t.Errorf("got %d rotations", len(listed))
	}
	if s := w.rotationStatus(key.KeyId); *s.KeyRotationEnabled {
		t.Errorf("got %+v", s)
	}
}

// A sweep takes as many keys as are due, and a key that it cannot sweep does not keep it from the rest.
func TestSweepOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		w := newWorld(t)
		who := admin(t, accountA)
		broken := w.newKey(who, kmsapi.CreateKeyInput{})
		w.schedule(broken.KeyId, 7)
		err := w.db.Update(ctx, func(txn store.Txn) error {
			return txn.Set(store.Key("kms", "key", accountA, region, *broken.KeyId), []byte("broken"))
		})
		if err != nil {
			t.Fatal(err)
		}
		before := len(w.dump())
		for range 600 {
			w.schedule(w.newKey(who, kmsapi.CreateKeyInput{}).KeyId, 7)
		}
		time.Sleep(7 * day)
		if err := w.service.Sweep(ctx); err == nil || !strings.Contains(err.Error(), *broken.Arn) {
			t.Errorf("the broken key was not told of: %v", err)
		}
		if left := len(w.dump()); left != before {
			t.Errorf("%d records left", left-before)
		}
	})
}
