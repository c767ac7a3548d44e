package kms

import (
	"context"
	"fmt"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

// maxAliasesOfKey is AWS's quota.
const maxAliasesOfKey = 50

// checkAliasName refuses names that an alias may not have.
func checkAliasName(name string) error {
	rest, ok := strings.CutPrefix(name, aliasPrefix)
	if !ok {
		return aliasWithoutPrefix()
	}
	if rest == "" {
		return emptyAlias()
	}
	if strings.HasPrefix(rest, "aws/") {
		return reservedAlias()
	}
	for i := range len(rest) {
		c := rest[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '/' && c != '_' && c != '-' {
			return invalidAliasName(name)
		}
	}
	return nil
}

// requireAlias asks for a permission on an alias of the caller's account: IAM policies alone decide.
func (s *Service) requireAlias(ctx context.Context, c *aws.Call, action, name string) {
	c.Require(aws.Check{Action: action, Resource: aliasARN(c.Account(), c.Region, name), Keys: s.newAccess(ctx, c)})
}

// requireTarget asks for a permission on the key that an alias is to point to.
func (s *Service) requireTarget(ctx context.Context, c *aws.Call, action string, id *string) error {
	a := s.newAccess(ctx, c)
	named, err := parseIdentifier(c, deref(id))
	if err != nil {
		return err
	}
	if named.alias != "" {
		return aliasOfAlias()
	}
	if err := a.findNamed(named); err != nil {
		return err
	}
	return a.require(action, named)
}

// requireAliased asks for a permission on the key that an alias points to. An alias that is not there, or whose key is gone,
// is not found.
func (s *Service) requireAliased(ctx context.Context, c *aws.Call, action, name string) error {
	a := s.newAccess(ctx, c)
	named := identifier{account: c.Account(), alias: name}
	if err := a.findNamed(named); err != nil {
		return err
	}
	return a.require(action, named)
}

func (s *Service) requireCreateAlias(ctx context.Context, c *aws.Call, in *kmsapi.CreateAliasInput) error {
	if err := checkAliasName(deref(in.AliasName)); err != nil {
		return err
	}
	s.requireAlias(ctx, c, "kms:CreateAlias", deref(in.AliasName))
	return s.requireTarget(ctx, c, "kms:CreateAlias", in.TargetKeyId)
}

// CreateAlias makes an alias of a key.
func (s *Service) CreateAlias(ctx context.Context, c *aws.Call, in *kmsapi.CreateAliasInput) (*kmsapi.CreateAliasOutput, error) {
	a, err := authorized(c, 1)
	if err != nil {
		return nil, err
	}
	name, at := deref(in.AliasName), a.key.place
	now := moment(c.Time)
	err = s.change(ctx, a.key, c.Time, func(t store.Txn, r *keyRecord) error {
		if err := r.notPendingDeletion(a.key.arn); err != nil {
			return err
		}
		if err := s.freeAlias(t, c, at, name); err != nil {
			return err
		}
		if err := addAliasOf(t, at, name); err != nil {
			return err
		}
		return set(t, at.aliasPath(name), aliasRecord{Version: recordVersion, KeyID: at.id, Created: now, Updated: now})
	})
	return &kmsapi.CreateAliasOutput{}, err
}

// freeAlias fails if an alias of that name exists. One whose key is gone does not: what is left of that key is removed.
func (s *Service) freeAlias(t store.Txn, c *aws.Call, at place, name string) error {
	alias, err := get[aliasRecord](t, at.aliasPath(name))
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	target := place{at.account, at.region, alias.KeyID}
	r, err := get[keyRecord](t, target.path())
	if err != nil {
		return fmt.Errorf("kms: key of alias %s: %w", name, err)
	}
	if !r.gone(c.Time) {
		return aliasExists(aliasARN(at.account, at.region, name))
	}
	return purge(t, target, r)
}

// addAliasOf enters an alias under its key.
func addAliasOf(t store.Txn, at place, name string) error {
	names, err := aliasesOf(t, at)
	if err != nil {
		return err
	}
	if len(names) >= maxAliasesOfKey {
		return tooManyAliases(at.arn())
	}
	return t.Set(at.aliasOfPath(name), nil)
}

// ListAliases lists the aliases of the caller's account in the call's region, or those of one key.
func (s *Service) ListAliases(ctx context.Context, c *aws.Call, in *kmsapi.ListAliasesInput) (*kmsapi.ListAliasesOutput, error) {
	p, err := newPage("ListAliases", in.Limit, 50, 100, in.Marker)
	if err != nil {
		return nil, err
	}
	prefix := aliasesOfAccount(c.Account(), c.Region)
	if in.KeyId != nil {
		a := s.newAccess(ctx, c)
		named, err := a.find(*in.KeyId, false)
		if err != nil {
			return nil, err
		}
		if named.account != c.Account() { // aliases belong to the account of their key
			return nil, keyNotFound(named.arn(c.Region))
		}
		prefix = a.key.aliases()
	}
	out := &kmsapi.ListAliasesOutput{Aliases: []kmsapi.AliasListEntry{}}
	out.NextMarker, err = p.scan(ctx, s.db, prefix, func(r store.Reader, e store.Entry) (bool, error) {
		parts, err := store.Split(e.Key)
		if err != nil {
			return false, err
		}
		entry, err := describeAlias(r, c, parts[len(parts)-1])
		if err != nil || entry == nil {
			return false, err
		}
		out.Aliases = append(out.Aliases, *entry)
		return true, nil
	})
	out.Truncated = new(out.NextMarker != nil)
	return out, err
}

// describeAlias gives an alias as it is listed, or nil if its key is gone.
func describeAlias(r store.Reader, c *aws.Call, name string) (*kmsapi.AliasListEntry, error) {
	at := place{account: c.Account(), region: c.Region}
	alias, err := get[aliasRecord](r, at.aliasPath(name))
	if err != nil {
		return nil, err
	}
	at.id = alias.KeyID
	target, err := get[keyRecord](r, at.path())
	if err != nil || target.gone(c.Time) {
		return nil, err
	}
	return &kmsapi.AliasListEntry{
		AliasName: &name, AliasArn: new(aliasARN(at.account, at.region, name)), TargetKeyId: &alias.KeyID,
		CreationDate: &alias.Created, LastUpdatedDate: &alias.Updated,
	}, nil
}

func (s *Service) requireUpdateAlias(ctx context.Context, c *aws.Call, in *kmsapi.UpdateAliasInput) error {
	if err := checkAliasName(deref(in.AliasName)); err != nil {
		return err
	}
	s.requireAlias(ctx, c, "kms:UpdateAlias", deref(in.AliasName))
	if err := s.requireAliased(ctx, c, "kms:UpdateAlias", deref(in.AliasName)); err != nil {
		return err
	}
	return s.requireTarget(ctx, c, "kms:UpdateAlias", in.TargetKeyId)
}

// UpdateAlias points an alias to another key.
func (s *Service) UpdateAlias(ctx context.Context, c *aws.Call, in *kmsapi.UpdateAliasInput) (*kmsapi.UpdateAliasOutput, error) {
	before, err := authorized(c, 1)
	if err != nil {
		return nil, err
	}
	after, err := authorized(c, 2)
	if err != nil {
		return nil, err
	}
	name := deref(in.AliasName)
	err = s.change(ctx, after.key, c.Time, func(t store.Txn, r *keyRecord) error {
		if err := r.notPendingDeletion(after.key.arn); err != nil {
			return err
		}
		alias, err := takeAlias(t, before.key.place, name)
		if err != nil {
			return err
		}
		if err := addAliasOf(t, after.key.place, name); err != nil {
			return err
		}
		alias.KeyID, alias.Updated = after.key.id, moment(c.Time)
		return set(t, after.key.aliasPath(name), alias)
	})
	return &kmsapi.UpdateAliasOutput{}, err
}

// takeAlias takes an alias off the key that it was authorised on. It is an error if it points elsewhere by now.
func takeAlias(t store.Txn, at place, name string) (*aliasRecord, error) {
	alias, err := get[aliasRecord](t, at.aliasPath(name))
	if isNotFound(err) {
		return nil, aliasNotFound(aliasARN(at.account, at.region, name))
	}
	if err != nil {
		return nil, err
	}
	if alias.KeyID != at.id {
		return nil, changedMeanwhile()
	}
	return alias, t.Delete(at.aliasOfPath(name))
}

func (s *Service) requireDeleteAlias(ctx context.Context, c *aws.Call, in *kmsapi.DeleteAliasInput) error {
	if err := checkAliasName(deref(in.AliasName)); err != nil {
		return err
	}
	s.requireAlias(ctx, c, "kms:DeleteAlias", deref(in.AliasName))
	return s.requireAliased(ctx, c, "kms:DeleteAlias", deref(in.AliasName))
}

// DeleteAlias removes an alias. Its key stays.
func (s *Service) DeleteAlias(ctx context.Context, c *aws.Call, in *kmsapi.DeleteAliasInput) (*kmsapi.DeleteAliasOutput, error) {
	a, err := authorized(c, 1)
	if err != nil {
		return nil, err
	}
	name := deref(in.AliasName)
	err = s.db.Update(ctx, func(t store.Txn) error {
		if _, err := takeAlias(t, a.key.place, name); err != nil {
			return err
		}
		return t.Delete(a.key.aliasPath(name))
	})
	return &kmsapi.DeleteAliasOutput{}, err
}
