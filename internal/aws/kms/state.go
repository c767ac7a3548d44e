package kms

import (
	"context"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

// The bounds of a waiting period before a key is deleted, in days.
const (
	minWindow   = 7
	maxWindow   = 30
	usualWindow = 30
)

// notPendingDeletion fails if the key is to be deleted.
func (r *keyRecord) notPendingDeletion(arn string) error {
	if r.State == statePendingDeletion {
		return pendingDeletion(arn)
	}
	return nil
}

// usable fails if the key may not be used.
func (r *keyRecord) usable(arn string) error {
	if r.State == stateDisabled {
		return disabled(arn)
	}
	return r.notPendingDeletion(arn)
}

// EnableKey lets a key be used again.
func (s *Service) EnableKey(ctx context.Context, c *aws.Call, _ *kmsapi.EnableKeyInput) (*kmsapi.EnableKeyOutput, error) {
	return &kmsapi.EnableKeyOutput{}, s.switchKey(ctx, c, stateEnabled)
}

// DisableKey keeps a key from being used.
func (s *Service) DisableKey(ctx context.Context, c *aws.Call, _ *kmsapi.DisableKeyInput) (*kmsapi.DisableKeyOutput, error) {
	return &kmsapi.DisableKeyOutput{}, s.switchKey(ctx, c, stateDisabled)
}

func (s *Service) switchKey(ctx context.Context, c *aws.Call, state string) error {
	a, err := authorized(c, 0)
	if err != nil {
		return err
	}
	return s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		if err := r.notPendingDeletion(a.key.arn); err != nil {
			return err
		}
		r.State = state
		return nil
	})
}

func (s *Service) requireScheduleKeyDeletion(ctx context.Context, c *aws.Call, in *kmsapi.ScheduleKeyDeletionInput) error {
	window := windowOf(in)
	if window < minWindow || window > maxWindow {
		return windowOutOfBounds()
	}
	return s.newAccess(ctx, c).number("kms:schedulekeydeletionpendingwindowindays", window).
		manage("kms:ScheduleKeyDeletion", in.KeyId)
}

// windowOf is the waiting period in days.
func windowOf(in *kmsapi.ScheduleKeyDeletionInput) int {
	if in.PendingWindowInDays == nil {
		return usualWindow
	}
	return int(*in.PendingWindowInDays)
}

// ScheduleKeyDeletion sets the date from which on the key is gone.
func (s *Service) ScheduleKeyDeletion(
	ctx context.Context, c *aws.Call, in *kmsapi.ScheduleKeyDeletionInput,
) (*kmsapi.ScheduleKeyDeletionOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	window := windowOf(in)
	date := moment(c.Time).Add(days(window))
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		if err := r.notPendingDeletion(a.key.arn); err != nil {
			return err
		}
		r.State, r.Deletion = statePendingDeletion, date
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &kmsapi.ScheduleKeyDeletionOutput{
		KeyId: &a.key.arn, DeletionDate: &date, KeyState: new(statePendingDeletion), PendingWindowInDays: new(int32(window)),
	}, nil
}

// CancelKeyDeletion keeps a key that was to be deleted. It is disabled then.
func (s *Service) CancelKeyDeletion(
	ctx context.Context, c *aws.Call, _ *kmsapi.CancelKeyDeletionInput,
) (*kmsapi.CancelKeyDeletionOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		if r.State != statePendingDeletion {
			return notPendingDeletion(a.key.arn)
		}
		r.State, r.Deletion = stateDisabled, zeroTime
		return nil
	})
	return &kmsapi.CancelKeyDeletionOutput{KeyId: &a.key.arn}, err
}
