package iam

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// defaultSession is how long a role's sessions may last if its maker does not say, in seconds.
const defaultSession = 3600

// CreateRole creates a role.
func (s *Service) CreateRole(ctx context.Context, c *aws.Call, in *iamapi.CreateRoleInput) (*iamapi.CreateRoleOutput, error) {
	e := &entity{
		Kind: role, Account: c.Account(), Name: value(in.RoleName), Path: pathOf(in.Path), ID: newID(roleID, 21),
		Created: c.Time.UTC().Truncate(time.Second), Tags: tagsOf(in.Tags), Boundary: value(in.PermissionsBoundary),
		Description: value(in.Description), Trust: value(in.AssumeRolePolicyDocument), MaxSession: defaultSession,
	}
	if in.MaxSessionDuration != nil {
		e.MaxSession = *in.MaxSessionDuration
	}
	if err := checkMaxSession(e.MaxSession); err != nil {
		return nil, err
	}
	if err := checkTrust(e.Trust); err != nil {
		return nil, err
	}
	if err := s.create(ctx, e); err != nil {
		return nil, err
	}
	shape, err := s.role(ctx, e)
	return &iamapi.CreateRoleOutput{Role: shape}, err
}

// GetRole describes a role.
func (s *Service) GetRole(ctx context.Context, c *aws.Call, _ *iamapi.GetRoleInput) (*iamapi.GetRoleOutput, error) {
	e, err := target(c)
	if err != nil {
		return nil, err
	}
	shape, err := s.role(ctx, e)
	return &iamapi.GetRoleOutput{Role: shape}, err
}

// ListRoles lists the account's roles, without their tags and boundaries.
func (s *Service) ListRoles(ctx context.Context, c *aws.Call, in *iamapi.ListRolesInput) (*iamapi.ListRolesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	found, more, marker, err := s.list(ctx, role, c.Account(), in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	out := &iamapi.ListRolesOutput{Roles: make([]iamapi.Role, 0, len(found)), IsTruncated: more, Marker: marker}
	for _, e := range found {
		shape, err := s.role(ctx, e)
		if err != nil {
			return nil, err
		}
		shape.Tags, shape.PermissionsBoundary, shape.RoleLastUsed = nil, nil, nil
		out.Roles = append(out.Roles, *shape)
	}
	return out, nil
}

// UpdateRole changes a role's description or how long its sessions may last.
func (s *Service) UpdateRole(ctx context.Context, c *aws.Call, in *iamapi.UpdateRoleInput) (*iamapi.UpdateRoleOutput, error) {
	if in.MaxSessionDuration != nil {
		if err := checkMaxSession(*in.MaxSessionDuration); err != nil {
			return nil, err
		}
	}
	return &iamapi.UpdateRoleOutput{}, s.change(ctx, c, func(_ store.Txn, e *entity) error {
		if in.Description != nil {
			e.Description = *in.Description
		}
		if in.MaxSessionDuration != nil {
			e.MaxSession = *in.MaxSessionDuration
		}
		return nil
	})
}

// UpdateRoleDescription changes a role's description and describes the role.
func (s *Service) UpdateRoleDescription(ctx context.Context, c *aws.Call, in *iamapi.UpdateRoleDescriptionInput) (*iamapi.UpdateRoleDescriptionOutput, error) {
	var changed *entity
	err := s.change(ctx, c, func(_ store.Txn, e *entity) error {
		e.Description = value(in.Description)
		changed = e
		return nil
	})
	if err != nil {
		return nil, err
	}
	shape, err := s.role(ctx, changed)
	return &iamapi.UpdateRoleDescriptionOutput{Role: shape}, err
}

// UpdateAssumeRolePolicy replaces a role's trust policy.
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, c *aws.Call, in *iamapi.UpdateAssumeRolePolicyInput) (*iamapi.UpdateAssumeRolePolicyOutput, error) {
	document := value(in.PolicyDocument)
	if err := checkTrust(document); err != nil {
		return nil, err
	}
	return &iamapi.UpdateAssumeRolePolicyOutput{}, s.change(ctx, c, func(tx store.Txn, e *entity) (err error) {
		e.Trust, err = bindTrust(tx, document)
		return err
	})
}

// DeleteRole deletes a role that no policy is attached to.
func (s *Service) DeleteRole(ctx context.Context, c *aws.Call, _ *iamapi.DeleteRoleInput) (*iamapi.DeleteRoleOutput, error) {
	return &iamapi.DeleteRoleOutput{}, s.remove(ctx, c)
}

// role is the wire form of a role. Its trust policy shows ARNs in place of the unique ids of entities that live.
func (s *Service) role(ctx context.Context, e *entity) (*iamapi.Role, error) {
	trust, err := s.showTrust(ctx, e.Trust)
	if err != nil {
		return nil, err
	}
	shape := &iamapi.Role{
		RoleName: &e.Name, Path: &e.Path, RoleId: &e.ID, Arn: new(e.arn()), CreateDate: &e.Created,
		AssumeRolePolicyDocument: new(escape(trust)), MaxSessionDuration: &e.MaxSession,
		PermissionsBoundary: e.attachedBoundary(), RoleLastUsed: &iamapi.RoleLastUsed{},
	}
	if e.Description != "" {
		shape.Description = &e.Description
	}
	if len(e.Tags) > 0 {
		shape.Tags = e.Tags.wire()
	}
	return shape, nil
}

// forOthers is the role as others than IAM know it.
func (e *entity) forOthers() (*aws.Role, error) {
	trust, err := policy.Parse(policy.Trust, e.Trust)
	if err != nil {
		return nil, err
	}
	return &aws.Role{
		Account: e.Account, Name: e.Name, Path: e.Path, ARN: e.arn(), ID: e.ID, Trust: trust,
		MaxSession: time.Duration(e.MaxSession) * time.Second, Tags: e.Tags.byKey(),
	}, nil
}

func checkMaxSession(seconds int32) error {
	if seconds < 3600 || seconds > 43200 {
		return constraint(itoa(seconds), "maxSessionDuration", "have value between 3600 and 43200")
	}
	return nil
}

// pathOf is the path of a new entity or policy.
func pathOf(path *string) string {
	if path == nil {
		return "/"
	}
	return *path
}
