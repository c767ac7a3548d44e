package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// maxAccessKeys is how many access keys a user may have.
const maxAccessKeys = 2

const (
	active   = "Active"
	inactive = "Inactive"
)

// accessKey is a long-term credential of a user.
type accessKey struct {
	ID       string
	Account  string
	UserName string
	UserID   string
	Sealed   []byte // the secret access key
	Status   string
	Created  time.Time
}

// CreateAccessKey makes an access key for a user; without a name, for the caller.
func (s *Service) CreateAccessKey(ctx context.Context, c *aws.Call, _ *iamapi.CreateAccessKeyInput) (*iamapi.CreateAccessKeyOutput, error) {
	k := &accessKey{ID: newID(accessKeyID, 20), Status: active, Created: c.Time.UTC().Truncate(time.Second)}
	secret := newSecretKey()
	err := s.change(ctx, c, func(tx store.Txn, u *entity) error {
		return s.addAccessKey(tx, u, k, secret)
	})
	if err != nil {
		return nil, err
	}
	return &iamapi.CreateAccessKeyOutput{AccessKey: &iamapi.AccessKey{
		UserName: &k.UserName, AccessKeyId: &k.ID, Status: &k.Status, SecretAccessKey: &secret, CreateDate: &k.Created,
	}}, nil
}

// ListAccessKeys lists a user's access keys; without a name, the caller's.
func (s *Service) ListAccessKeys(ctx context.Context, c *aws.Call, in *iamapi.ListAccessKeysInput) (*iamapi.ListAccessKeysOutput, error) {
	u, err := target(c)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	ids, more, marker := cut(p, slices.Sorted(slices.Values(u.AccessKeys)), func(id string) string { return id })
	out := &iamapi.ListAccessKeysOutput{AccessKeyMetadata: []iamapi.AccessKeyMetadata{}, IsTruncated: more, Marker: marker}
	err = s.store.View(ctx, func(r store.Reader) error {
		out.AccessKeyMetadata = out.AccessKeyMetadata[:0]
		for _, id := range ids {
			k, err := getAccessKey(r, id)
			if isNotFound(err) {
				continue // deleted since the user was read
			}
			if err != nil {
				return err
			}
			out.AccessKeyMetadata = append(out.AccessKeyMetadata, iamapi.AccessKeyMetadata{
				UserName: &k.UserName, AccessKeyId: &k.ID, Status: &k.Status, CreateDate: &k.Created,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateAccessKey switches an access key on or off. A key that is off is refused from the next request on.
func (s *Service) UpdateAccessKey(ctx context.Context, c *aws.Call, in *iamapi.UpdateAccessKeyInput) (*iamapi.UpdateAccessKeyOutput, error) {
	status := value(in.Status)
	if status != active && status != inactive {
		return nil, constraint(status, "status", "satisfy enum value set: [Active, Inactive]")
	}
	return &iamapi.UpdateAccessKeyOutput{}, s.change(ctx, c, func(tx store.Txn, u *entity) error {
		k, err := ownAccessKey(tx, u, value(in.AccessKeyId))
		if err != nil {
			return err
		}
		k.Status = status
		return putAccessKey(tx, k)
	})
}

// DeleteAccessKey deletes an access key. It is refused from the next request on.
func (s *Service) DeleteAccessKey(ctx context.Context, c *aws.Call, in *iamapi.DeleteAccessKeyInput) (*iamapi.DeleteAccessKeyOutput, error) {
	return &iamapi.DeleteAccessKeyOutput{}, s.change(ctx, c, func(tx store.Txn, u *entity) error {
		k, err := ownAccessKey(tx, u, value(in.AccessKeyId))
		if err != nil {
			return err
		}
		u.AccessKeys = without(u.AccessKeys, k.ID)
		return deleteAccessKey(tx, k.ID)
	})
}

// ImportAccessKey gives a user an access key whose id and secret were chosen elsewhere; no operation of the wire does
// that. If the user has the key already, only its secret is replaced, so that a key that was switched off stays off.
// The id has 16 to 128 letters, digits and underscores and does not begin with ASIA.
func (s *Service) ImportAccessKey(ctx context.Context, account, userName, id, secret string) error {
	if !importable(id) || secret == "" {
		return errors.New("iam: malformed access key")
	}
	return s.store.Update(ctx, func(tx store.Txn) error {
		u, err := getEntity(tx, user, account, userName)
		if err != nil {
			return err
		}
		k, err := getAccessKey(tx, id)
		switch {
		case isNotFound(err):
			k = &accessKey{ID: id, Status: active, Created: time.Now().UTC().Truncate(time.Second)}
			if err := s.addAccessKey(tx, u, k, secret); err != nil {
				return err
			}
			return putEntity(tx, u)
		case err != nil:
			return err
		case k.UserID != u.ID:
			return fmt.Errorf("iam: access key %s belongs to another user", id)
		}
		return s.renewSecret(tx, k, secret)
	})
}

func importable(id string) bool {
	if len(id) < 16 || len(id) > 128 || strings.HasPrefix(id, "ASIA") {
		return false
	}
	for i := range len(id) {
		if b := id[i]; b != '_' && !(nameByte(b) && strings.IndexByte("+=,.@-", b) < 0) {
			return false
		}
	}
	return true
}

// addAccessKey gives a user one more key.
func (s *Service) addAccessKey(tx store.Txn, u *entity, k *accessKey, secret string) (err error) {
	if len(u.AccessKeys) >= maxAccessKeys {
		return quotaExceeded("AccessKeysPerUser", maxAccessKeys)
	}
	k.Account, k.UserName, k.UserID = u.Account, u.Name, u.ID
	if k.Sealed, err = s.root.Seal(secretPurpose, []byte(secret), k.aad()); err != nil {
		return err
	}
	u.AccessKeys = append(slices.Clone(u.AccessKeys), k.ID)
	return putAccessKey(tx, k)
}

// renewSecret gives an imported key another secret, unless it has that one already.
func (s *Service) renewSecret(tx store.Txn, k *accessKey, secret string) error {
	old, err := s.root.Open(secretPurpose, k.Sealed, k.aad())
	if err != nil {
		return fmt.Errorf("iam: secret of access key %s: %w", k.ID, err)
	}
	if string(old) == secret {
		return nil
	}
	if k.Sealed, err = s.root.Seal(secretPurpose, []byte(secret), k.aad()); err != nil {
		return err
	}
	return putAccessKey(tx, k)
}

// secretPurpose is what secret access keys are sealed for.
const secretPurpose = "iam access key"

// aad names the place of the secret, so that sealed secrets cannot be swapped.
func (k *accessKey) aad() []byte { return []byte(k.Account + "/" + k.ID) }

// ownAccessKey reads an access key of a user; another's is not found.
func ownAccessKey(r store.Reader, u *entity, id string) (*accessKey, error) {
	k, err := getAccessKey(r, id)
	if err == nil && k.UserID != u.ID {
		return nil, accessKeyNotFound(id)
	}
	return k, err
}
