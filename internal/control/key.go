package control

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keyhold/keyhold"
)

// key is a KMS key as the control plane needs to know it.
type key struct {
	id, arn  string
	state    types.KeyState
	deletion time.Time // zero unless its deletion is pending
}

// createKey makes the key of a tenant. A call that may have been carried out is not repeated, lest there be two keys:
// whoever comes next looks for the key first.
func (p *Plane) createKey(ctx context.Context, id keyhold.TenantID) (*key, error) {
	out, err := p.kms.CreateKey(ctx, &kms.CreateKeyInput{
		Description: aws.String("Keyhold: the key of tenant " + string(id)),
		Policy:      aws.String(KeyPolicy(p.config.CentralAccount, id)),
		Tags:        []types.Tag{{TagKey: aws.String(keyhold.TenantTag), TagValue: aws.String(string(id))}},
	}, func(o *kms.Options) { o.Retryer = retryThrottles() })
	if err != nil {
		return nil, err
	}
	return keyOf(out.KeyMetadata)
}

// describe finds a key by its id or alias; nil if there is none.
func (p *Plane) describe(ctx context.Context, id string) (*key, error) {
	out, err := p.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(id)})
	if awsCode(err) == "NotFoundException" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return keyOf(out.KeyMetadata)
}

func keyOf(m *types.KeyMetadata) (*key, error) {
	if m == nil || m.KeyId == nil || m.Arn == nil {
		return nil, errors.New("kms answered without the key's metadata")
	}
	return &key{id: *m.KeyId, arn: *m.Arn, state: m.KeyState, deletion: aws.ToTime(m.DeletionDate).UTC()}, nil
}

// setPolicy gives a key the policy of a tenant's key.
func (p *Plane) setPolicy(ctx context.Context, keyID string, id keyhold.TenantID) error {
	_, err := p.kms.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
		KeyId: aws.String(keyID), Policy: aws.String(KeyPolicy(p.config.CentralAccount, id)),
	})
	return err
}

// name gives a tenant's key its alias, unless it has it.
func (p *Plane) name(ctx context.Context, keyID string, id keyhold.TenantID) error {
	_, err := p.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(id.Alias()), TargetKeyId: aws.String(keyID)}, retryUntilKnown)
	if awsCode(err) != "AlreadyExistsException" {
		return err
	}
	k, err := p.describe(ctx, id.Alias())
	if err != nil {
		return err
	}
	if k == nil || k.id != keyID {
		return conflict("The alias " + id.Alias() + " belongs to another key.")
	}
	return nil
}

// rotate switches the yearly rotation of a key's material on.
func (p *Plane) rotate(ctx context.Context, keyID string) error {
	_, err := p.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: aws.String(keyID)}, retryUntilKnown)
	return err
}

// enable puts a key, whatever its state, in use.
func (p *Plane) enable(ctx context.Context, k *key) error {
	if k.state == types.KeyStatePendingDeletion {
		if _, err := p.kms.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: aws.String(k.id)}); err != nil {
			return err
		}
	}
	if k.state == types.KeyStateEnabled {
		return nil
	}
	_, err := p.kms.EnableKey(ctx, &kms.EnableKeyInput{KeyId: aws.String(k.id)}, retryUntilKnown)
	return err
}

// retire disables a key and has it deleted after a number of days. It returns when.
func (p *Plane) retire(ctx context.Context, k *key, days int32) (time.Time, error) {
	switch k.state {
	case types.KeyStatePendingDeletion:
		return k.deletion, nil
	case types.KeyStateEnabled:
		if _, err := p.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: aws.String(k.id)}); err != nil {
			return time.Time{}, err
		}
	}
	out, err := p.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: aws.String(k.id), PendingWindowInDays: aws.Int32(days)})
	if err != nil {
		return time.Time{}, err
	}
	if out.DeletionDate == nil {
		return time.Time{}, errors.New("kms answered without the deletion date")
	}
	return out.DeletionDate.UTC(), nil
}

// retryUntilKnown lets an operation be tried again that follows a change of the key: it takes KMS a moment until a new
// key, or a key's new state, is known everywhere.
func retryUntilKnown(o *kms.Options) {
	o.Retryer = retry.AddWithErrorCodes(o.Retryer, "NotFoundException", "KMSInvalidStateException", "DisabledException")
}

// retryThrottles retries what was surely not carried out.
func retryThrottles() aws.Retryer {
	codes := maps.Clone(retry.DefaultThrottleErrorCodes)
	delete(codes, "LimitExceededException") // in KMS a quota of keys, which waiting does not raise
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = []retry.IsErrorRetryable{retry.NoRetryCanceledError{}, retry.RetryableErrorCode{Codes: codes}}
	})
}
