package kms

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

const (
	// The bounds of the time between two rotations, in days.
	minRotation   = 90
	maxRotation   = 2560
	usualRotation = 365

	maxOnDemand = 25 // rotations on demand that a key may see
)

var zeroTime time.Time

func (s *Service) requireEnableKeyRotation(ctx context.Context, c *aws.Call, in *kmsapi.EnableKeyRotationInput) error {
	period := periodOf(in)
	if err := within(int(period), minRotation, maxRotation, "rotationPeriodInDays"); err != nil {
		return err
	}
	return s.newAccess(ctx, c).number("kms:rotationperiodindays", int(period)).manage("kms:EnableKeyRotation", in.KeyId)
}

// periodOf is the time between two rotations, in days.
func periodOf(in *kmsapi.EnableKeyRotationInput) int32 {
	if in.RotationPeriodInDays == nil {
		return usualRotation
	}
	return *in.RotationPeriodInDays
}

// EnableKeyRotation has a key rotated by date. The first date is one period from now, unless the key rotates with that period
// already.
func (s *Service) EnableKeyRotation(
	ctx context.Context, c *aws.Call, in *kmsapi.EnableKeyRotationInput,
) (*kmsapi.EnableKeyRotationOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	period := periodOf(in)
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		if r.RotationDays != period {
			r.RotationDays, r.NextRotation = period, moment(c.Time).Add(days(period))
		}
		return r.usable(a.key.arn)
	})
	return &kmsapi.EnableKeyRotationOutput{}, err
}

// DisableKeyRotation ends the rotation by date.
func (s *Service) DisableKeyRotation(
	ctx context.Context, c *aws.Call, _ *kmsapi.DisableKeyRotationInput,
) (*kmsapi.DisableKeyRotationOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		r.RotationDays, r.NextRotation = 0, zeroTime
		return r.usable(a.key.arn)
	})
	return &kmsapi.DisableKeyRotationOutput{}, err
}

// GetKeyRotationStatus tells whether and when a key rotates by date. A key that is to be deleted does not.
func (s *Service) GetKeyRotationStatus(
	ctx context.Context, c *aws.Call, _ *kmsapi.GetKeyRotationStatusInput,
) (*kmsapi.GetKeyRotationStatusOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	k, err := s.settled(ctx, a.key, c.Time)
	if err != nil {
		return nil, err
	}
	r := &k.record
	if r.RotationDays == 0 || r.State == statePendingDeletion {
		return &kmsapi.GetKeyRotationStatusOutput{KeyId: &k.id, KeyRotationEnabled: new(false)}, nil
	}
	return &kmsapi.GetKeyRotationStatusOutput{
		KeyId: &k.id, KeyRotationEnabled: new(true), RotationPeriodInDays: &r.RotationDays, NextRotationDate: &r.NextRotation,
	}, nil
}

// RotateKeyOnDemand gives a key new material at once. The dates of its rotation stay.
func (s *Service) RotateKeyOnDemand(
	ctx context.Context, c *aws.Call, _ *kmsapi.RotateKeyOnDemandInput,
) (*kmsapi.RotateKeyOnDemandOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(t store.Txn, r *keyRecord) error {
		if err := r.usable(a.key.arn); err != nil {
			return err
		}
		if r.OnDemand >= maxOnDemand {
			return tooManyOnDemandRotations(a.key.arn)
		}
		r.OnDemand++
		_, err := s.rotate(t, a.key.place, r, rotatedOnDemand, moment(c.Time))
		return err
	})
	return &kmsapi.RotateKeyOnDemandOutput{KeyId: &a.key.id}, err
}

// ListKeyRotations lists the materials that rotations made, oldest first; on request the first material too.
func (s *Service) ListKeyRotations(
	ctx context.Context, c *aws.Call, in *kmsapi.ListKeyRotationsInput,
) (*kmsapi.ListKeyRotationsOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	p, err := newPage("ListKeyRotations", in.Limit, 100, 1000, in.Marker)
	if err != nil {
		return nil, err
	}
	k, err := s.settled(ctx, a.key, c.Time)
	if err != nil {
		return nil, err
	}
	first := deref(in.IncludeKeyMaterial) == kmsapi.IncludeKeyMaterialAllKeyMaterial
	current := k.materialPath(k.record.Material)
	out := &kmsapi.ListKeyRotationsOutput{Rotations: []kmsapi.RotationsListEntry{}}
	out.NextMarker, err = p.scan(ctx, s.db, k.materials(), func(_ store.Reader, e store.Entry) (bool, error) {
		m, err := decode[materialRecord](e.Key, e.Value)
		if err != nil || m.Reason == "" && !first {
			return false, err
		}
		out.Rotations = append(out.Rotations, m.entry(k.id, e.Key == current))
		return true, nil
	})
	out.Truncated = new(out.NextMarker != nil)
	return out, err
}

// entry is how a material is listed.
func (m *materialRecord) entry(keyID string, current bool) kmsapi.RotationsListEntry {
	e := kmsapi.RotationsListEntry{KeyId: &keyID, KeyMaterialId: &m.ID, KeyMaterialState: new(kmsapi.KeyMaterialStateNonCurrent)}
	if current {
		e.KeyMaterialState = new(kmsapi.KeyMaterialStateCurrent)
	}
	if m.Reason != "" {
		e.RotationDate, e.RotationType = &m.Created, &m.Reason
	}
	return e
}
