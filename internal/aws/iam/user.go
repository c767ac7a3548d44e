package iam

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// CreateUser creates a user.
func (s *Service) CreateUser(ctx context.Context, c *aws.Call, in *iamapi.CreateUserInput) (*iamapi.CreateUserOutput, error) {
	e := &entity{
		Kind: user, Account: c.Account(), Name: value(in.UserName), Path: pathOf(in.Path), ID: newID(userID, 21),
		Created: c.Time.UTC().Truncate(time.Second), Tags: tagsOf(in.Tags), Boundary: value(in.PermissionsBoundary),
	}
	if err := s.create(ctx, e); err != nil {
		return nil, err
	}
	return &iamapi.CreateUserOutput{User: e.user()}, nil
}

// GetUser describes a user; without a name, the caller.
func (s *Service) GetUser(_ context.Context, c *aws.Call, _ *iamapi.GetUserInput) (*iamapi.GetUserOutput, error) {
	e, err := target(c)
	if err != nil {
		return nil, err
	}
	return &iamapi.GetUserOutput{User: e.user()}, nil
}

// ListUsers lists the account's users, without their tags and boundaries.
func (s *Service) ListUsers(ctx context.Context, c *aws.Call, in *iamapi.ListUsersInput) (*iamapi.ListUsersOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	found, more, marker, err := s.list(ctx, user, c.Account(), in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	return &iamapi.ListUsersOutput{Users: plainUsers(found), IsTruncated: more, Marker: marker}, nil
}

// UpdateUser changes a user's name or path. What names the user by its unique id goes on naming it.
func (s *Service) UpdateUser(ctx context.Context, c *aws.Call, in *iamapi.UpdateUserInput) (*iamapi.UpdateUserOutput, error) {
	return &iamapi.UpdateUserOutput{}, s.change(ctx, c, func(tx store.Txn, e *entity) error {
		return rename(tx, e, in.NewUserName, in.NewPath)
	})
}

// DeleteUser deletes a user that has no keys, policies and groups.
func (s *Service) DeleteUser(ctx context.Context, c *aws.Call, _ *iamapi.DeleteUserInput) (*iamapi.DeleteUserOutput, error) {
	return &iamapi.DeleteUserOutput{}, s.remove(ctx, c)
}

// user is the wire form of a user.
func (e *entity) user() *iamapi.User {
	shape := &iamapi.User{
		UserName: &e.Name, Path: &e.Path, UserId: &e.ID, Arn: new(e.arn()), CreateDate: &e.Created,
		PermissionsBoundary: e.attachedBoundary(),
	}
	if len(e.Tags) > 0 {
		shape.Tags = e.Tags.wire()
	}
	return shape
}

// plainUsers is the wire form of users in lists, which leave out tags and boundaries.
func plainUsers(found []*entity) []iamapi.User {
	out := make([]iamapi.User, 0, len(found))
	for _, e := range found {
		shape := e.user()
		shape.Tags, shape.PermissionsBoundary = nil, nil
		out = append(out, *shape)
	}
	return out
}
