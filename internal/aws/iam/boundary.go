package iam

import (
	"context"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// PutRolePermissionsBoundary sets a role's permissions boundary.
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, c *aws.Call, in *iamapi.PutRolePermissionsBoundaryInput) (*iamapi.PutRolePermissionsBoundaryOutput, error) {
	return &iamapi.PutRolePermissionsBoundaryOutput{}, s.putBoundary(ctx, c, in.PermissionsBoundary)
}

// DeleteRolePermissionsBoundary takes a role's permissions boundary away.
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, c *aws.Call, _ *iamapi.DeleteRolePermissionsBoundaryInput) (*iamapi.DeleteRolePermissionsBoundaryOutput, error) {
	return &iamapi.DeleteRolePermissionsBoundaryOutput{}, s.deleteBoundary(ctx, c)
}

// PutUserPermissionsBoundary sets a user's permissions boundary.
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, c *aws.Call, in *iamapi.PutUserPermissionsBoundaryInput) (*iamapi.PutUserPermissionsBoundaryOutput, error) {
	return &iamapi.PutUserPermissionsBoundaryOutput{}, s.putBoundary(ctx, c, in.PermissionsBoundary)
}

// DeleteUserPermissionsBoundary takes a user's permissions boundary away.
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, c *aws.Call, _ *iamapi.DeleteUserPermissionsBoundaryInput) (*iamapi.DeleteUserPermissionsBoundaryOutput, error) {
	return &iamapi.DeleteUserPermissionsBoundaryOutput{}, s.deleteBoundary(ctx, c)
}

func (s *Service) putBoundary(ctx context.Context, c *aws.Call, arn *string) error {
	return s.change(ctx, c, func(tx store.Txn, e *entity) error {
		if err := dropBoundary(tx, e); err != nil {
			return err
		}
		e.Boundary = value(arn)
		return useBoundary(tx, e, value(arn))
	})
}

func (s *Service) deleteBoundary(ctx context.Context, c *aws.Call) error {
	return s.change(ctx, c, func(tx store.Txn, e *entity) error {
		if e.Boundary == "" {
			return noBoundary(e.Kind, e.Name)
		}
		return dropBoundary(tx, e)
	})
}

// useBoundary records that the entity uses a policy as its boundary. The policy must exist.
func useBoundary(tx store.Txn, e *entity, arn string) error {
	if arn == "" {
		return nil
	}
	switch _, err := findPolicy(tx, e.Account, arn); {
	case isNotFound(err):
		return boundaryNotFound(arn)
	case err != nil:
		return err
	}
	return putUse(tx, use{e.Account, arn, asBoundary, e.Kind, e.Name})
}

func dropBoundary(tx store.Txn, e *entity) error {
	if e.Boundary == "" {
		return nil
	}
	arn := e.Boundary
	e.Boundary = ""
	return dropUse(tx, use{e.Account, arn, asBoundary, e.Kind, e.Name})
}
