package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// kind says what an entity is; it is also the first part of its ARN's resource.
type kind string

const (
	role  kind = "role"
	user  kind = "user"
	group kind = "group"
)

func (k kind) title() string { return strings.ToUpper(string(k[:1])) + string(k[1:]) }

// entity is a role, a user or a group: what identity policies hang on. Its record holds all of it, so that a
// change is one write.
type entity struct {
	Kind    kind   `json:"-"`
	Account string `json:"-"`

	Name     string
	Path     string
	ID       string // unique; empty if the entity does not exist
	Created  time.Time
	Tags     tags              `json:",omitempty"` // roles and users
	Inline   map[string]string `json:",omitempty"` // documents by policy name
	Attached []string          `json:",omitempty"` // ARNs of managed policies, in the order of attachment
	Boundary string            `json:",omitempty"` // ARN of a managed policy; roles and users

	// Roles only.
	Description string `json:",omitempty"`
	Trust       string `json:",omitempty"` // the trust policy with its principals bound to unique ids
	MaxSession  int32  `json:",omitempty"` // seconds

	// Users only.
	AccessKeys []string `json:",omitempty"` // ids
	Groups     []string `json:",omitempty"` // names
}

// arn is the entity's ARN with its path.
func (e *entity) arn() string {
	return aws.ARN{Partition: aws.Partition, Service: "iam", Account: e.Account, Resource: string(e.Kind) + e.Path + e.Name}.String()
}

// exists tells whether the entity is there. An operation is authorised also on what is not, so that only who may see an
// entity learns that there is none.
func (e *entity) exists() bool { return e.ID != "" }

// target is the entity that the call was authorised for.
func target(c *aws.Call) (*entity, error) {
	e := c.Target(0).(*entity)
	if !e.exists() {
		return nil, entityNotFound(e.Kind, e.Name)
	}
	return e, nil
}

// create stores a new entity. A role comes with its trust policy as it was given.
func (s *Service) create(ctx context.Context, e *entity) error {
	if err := checkNew(e); err != nil {
		return err
	}
	given := e.Trust
	return s.store.Update(ctx, func(tx store.Txn) error {
		switch taken, err := nameTaken(tx, e.Kind, e.Account, e.Name); {
		case err != nil:
			return err
		case taken:
			return entityExists(e.Kind, e.Name)
		}
		if err := useBoundary(tx, e, e.Boundary); err != nil {
			return err
		}
		if e.Kind == role {
			trust, err := bindTrust(tx, given)
			if err != nil {
				return err
			}
			e.Trust = trust
		}
		if err := putPlace(tx, e); err != nil {
			return err
		}
		return putEntity(tx, e)
	})
}

// checkNew checks what a create operation was given beyond the model's constraints, which in-process callers do not
// pass through.
func checkNew(e *entity) error {
	if err := checkName(string(e.Kind)+"Name", e.Name); err != nil {
		return err
	}
	if err := checkPath(e.Path); err != nil {
		return err
	}
	return e.Tags.check()
}

// change applies fn to the entity that the call was authorised for and stores it. If the entity was deleted meanwhile, or
// another took its name, the call fails as if it had come later.
func (s *Service) change(ctx context.Context, c *aws.Call, fn func(tx store.Txn, e *entity) error) error {
	t := c.Target(0).(*entity)
	return s.store.Update(ctx, func(tx store.Txn) error {
		e, err := getEntity(tx, t.Kind, t.Account, t.Name)
		if err != nil {
			return err
		}
		if e.ID != t.ID {
			return entityNotFound(t.Kind, t.Name)
		}
		if err := fn(tx, e); err != nil {
			return err
		}
		return putEntity(tx, e)
	})
}

// remove deletes the entity that the call was authorised for, unless something hangs on it.
func (s *Service) remove(ctx context.Context, c *aws.Call) error {
	t := c.Target(0).(*entity)
	return s.store.Update(ctx, func(tx store.Txn) error {
		e, err := getEntity(tx, t.Kind, t.Account, t.Name)
		if err != nil {
			return err
		}
		if e.ID != t.ID {
			return entityNotFound(t.Kind, t.Name)
		}
		if err := checkFree(tx, e); err != nil {
			return err
		}
		return deleteEntity(tx, e)
	})
}

// checkFree tells whether the entity may be deleted.
func checkFree(r store.Reader, e *entity) error {
	switch {
	case len(e.Attached) > 0:
		return stillHas("detach all policies")
	case len(e.Inline) > 0:
		return stillHas("delete policies")
	case len(e.AccessKeys) > 0:
		return stillHas("delete access keys")
	case len(e.Groups) > 0:
		return stillHas("remove users from group")
	}
	if e.Kind != group {
		return nil
	}
	members, err := membersOf(r, e.Account, e.Name)
	if err == nil && len(members) > 0 {
		return stillHas("remove users from group")
	}
	return err
}

// list gives a page of the account's entities under a path.
func (s *Service) list(ctx context.Context, k kind, account string, pathPrefix *string, p page) ([]*entity, *bool, *string, error) {
	var found []*entity
	err := s.store.View(ctx, func(r store.Reader) error {
		found = nil
		for e, err := range entities(r, k, account, p.after) {
			if err != nil {
				return err
			}
			if pathPrefix == nil || strings.HasPrefix(e.Path, *pathPrefix) {
				found = append(found, e)
			}
			if len(found) > p.max {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	items, more, marker := cut(p, found, func(e *entity) string { return fold(e.Name) })
	return items, more, marker, nil
}

// attachedBoundary is the shape of the entity's permissions boundary.
func (e *entity) attachedBoundary() *iamapi.AttachedPermissionsBoundary {
	if e.Boundary == "" {
		return nil
	}
	return &iamapi.AttachedPermissionsBoundary{PermissionsBoundaryArn: &e.Boundary, PermissionsBoundaryType: new("Policy")}
}

// without returns list without item.
func without(list []string, item string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == item })
}

// value is what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
