package kms

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

// What keys are, by AWS's names.
const (
	symmetricDefault = kmsapi.KeySpecSymmetricDefault
	encryptDecrypt   = kmsapi.KeyUsageTypeEncryptDecrypt
	originKMS        = kmsapi.OriginTypeAwsKms
	managerCustomer  = kmsapi.KeyManagerTypeCustomer
)

// newKey is the Target of CreateKey: what is to be made.
type newKey struct {
	place  place
	policy string
	tags   map[string]string
}

func (s *Service) requireCreateKey(ctx context.Context, c *aws.Call, in *kmsapi.CreateKeyInput) error {
	if err := checkNewKey(in); err != nil {
		return err
	}
	tags, err := tagMap(in.Tags, nil)
	if err != nil {
		return err
	}
	made := &newKey{place: place{c.Account(), c.Region, newKeyID()}, policy: deref(in.Policy), tags: tags}
	a := s.newAccess(ctx, c).
		value("kms:keyspec", symmetricDefault).value("kms:keyusage", encryptDecrypt).value("kms:keyorigin", originKMS).
		value("kms:multiregion", "false").
		value("kms:bypasspolicylockoutsafetycheck", strconv.FormatBool(deref(in.BypassPolicyLockoutSafetyCheck)))
	a.tags = tags
	c.Require(aws.Check{Action: "kms:CreateKey", Resource: "*", Keys: a, Target: made})
	if len(tags) > 0 {
		c.Require(aws.Check{Action: "kms:TagResource", Resource: made.place.arn(), Keys: a})
	}
	return nil
}

// checkNewKey refuses what is not supported, and what contradicts itself.
func checkNewKey(in *kmsapi.CreateKeyInput) error {
	if in.KeySpec != nil && in.CustomerMasterKeySpec != nil {
		return bothSpecs()
	}
	spec := in.KeySpec
	if spec == nil {
		spec = in.CustomerMasterKeySpec
	}
	switch {
	case in.CustomKeyStoreId != nil:
		return unsupported("CustomKeyStoreId", noCustomKeyStore)
	case in.XksKeyId != nil:
		return unsupported("XksKeyId", noCustomKeyStore)
	case in.Origin != nil && *in.Origin != originKMS:
		return unsupported("Origin "+*in.Origin, noImport)
	case spec != nil && *spec != symmetricDefault:
		return unsupported("KeySpec "+*spec, noAsymmetric)
	case in.KeyUsage != nil && *in.KeyUsage != encryptDecrypt:
		return incompatibleUsage(*in.KeyUsage)
	case deref(in.MultiRegion):
		return unsupported("MultiRegion", noMultiRegion)
	}
	return nil
}

// CreateKey makes a symmetric key.
func (s *Service) CreateKey(ctx context.Context, c *aws.Call, in *kmsapi.CreateKeyInput) (*kmsapi.CreateKeyOutput, error) {
	made, ok := c.Target(0).(*newKey)
	if !ok {
		return nil, fmt.Errorf("kms: CreateKey was authorised for %T", c.Target(0))
	}
	if in.Policy == nil {
		made.policy = defaultPolicy(made.place.account)
	}
	if err := checkPolicy(c, made.place, made.policy, deref(in.BypassPolicyLockoutSafetyCheck)); err != nil {
		return nil, err
	}
	record := &keyRecord{
		Version: recordVersion, Created: moment(c.Time), Description: deref(in.Description), Tags: made.tags,
		State: stateEnabled,
	}
	k := &key{place: made.place, path: made.place.path(), arn: made.place.arn()}
	var materialID string
	err := s.db.Update(ctx, func(t store.Txn) (err error) {
		k.record = *record // this may run again
		if k.record.Policy, err = s.bindPolicy(t, made.policy); err != nil {
			return err
		}
		if materialID, err = s.rotate(t, k.place, &k.record, "", record.Created); err != nil {
			return err
		}
		return setKey(t, k.place, &k.record, time.Time{})
	})
	if err != nil {
		return nil, err
	}
	return &kmsapi.CreateKeyOutput{KeyMetadata: k.metadata(materialID)}, nil
}

func (s *Service) requireDescribeKey(ctx context.Context, c *aws.Call, in *kmsapi.DescribeKeyInput) error {
	if err := refuseGrants(in.GrantTokens); err != nil {
		return err
	}
	return s.newAccess(ctx, c).use("kms:DescribeKey", in.KeyId)
}

// DescribeKey tells all of a key but its policy, tags and rotation.
func (s *Service) DescribeKey(ctx context.Context, c *aws.Call, _ *kmsapi.DescribeKeyInput) (*kmsapi.DescribeKeyOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	k, err := s.settled(ctx, a.key, c.Time)
	if err != nil {
		return nil, err
	}
	m, err := s.currentMaterial(ctx, k)
	if err != nil {
		return nil, err
	}
	return &kmsapi.DescribeKeyOutput{KeyMetadata: k.metadata(m.id)}, nil
}

// ListKeys lists the keys of the caller's account in the call's region.
func (s *Service) ListKeys(ctx context.Context, c *aws.Call, in *kmsapi.ListKeysInput) (*kmsapi.ListKeysOutput, error) {
	p, err := newPage("ListKeys", in.Limit, 100, 1000, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &kmsapi.ListKeysOutput{Keys: []kmsapi.KeyListEntry{}}
	out.NextMarker, err = p.scan(ctx, s.db, keysOf(c.Account(), c.Region), func(_ store.Reader, e store.Entry) (bool, error) {
		at, err := placeOf(e.Key, 2)
		if err != nil {
			return false, err
		}
		record, err := decode[keyRecord](e.Key, e.Value)
		if err != nil || record.gone(c.Time) {
			return false, err
		}
		out.Keys = append(out.Keys, kmsapi.KeyListEntry{KeyId: &at.id, KeyArn: new(at.arn())})
		return true, nil
	})
	out.Truncated = new(out.NextMarker != nil)
	return out, err
}

// UpdateKeyDescription replaces a key's description.
func (s *Service) UpdateKeyDescription(
	ctx context.Context, c *aws.Call, in *kmsapi.UpdateKeyDescriptionInput,
) (*kmsapi.UpdateKeyDescriptionOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		r.Description = deref(in.Description)
		return r.notPendingDeletion(a.key.arn)
	})
	return &kmsapi.UpdateKeyDescriptionOutput{}, err
}

// metadata is what DescribeKey shows.
func (k *key) metadata(materialID string) *kmsapi.KeyMetadata {
	r := &k.record
	meta := &kmsapi.KeyMetadata{
		AWSAccountId: &k.account, KeyId: &k.id, Arn: &k.arn, CreationDate: &r.Created, Description: &r.Description,
		Enabled: new(r.State == stateEnabled), KeyState: &r.State,
		KeySpec: new(symmetricDefault), CustomerMasterKeySpec: new(symmetricDefault), EncryptionAlgorithms: []string{symmetricDefault},
		KeyUsage: new(encryptDecrypt), Origin: new(originKMS), KeyManager: new(managerCustomer), MultiRegion: new(false),
		CurrentKeyMaterialId: &materialID,
	}
	if r.State == statePendingDeletion {
		meta.DeletionDate = &r.Deletion
	}
	return meta
}

// newKeyID makes a random UUID.
func newKeyID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// moment is t as it is stored and shown: in UTC, to the millisecond.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
