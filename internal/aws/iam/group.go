package iam

import (
	"context"
	"slices"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// maxGroups is how many groups a user may be in.
const maxGroups = 10

// CreateGroup creates a group.
func (s *Service) CreateGroup(ctx context.Context, c *aws.Call, in *iamapi.CreateGroupInput) (*iamapi.CreateGroupOutput, error) {
	e := &entity{
		Kind: group, Account: c.Account(), Name: value(in.GroupName), Path: pathOf(in.Path), ID: newID(groupID, 21),
		Created: c.Time.UTC().Truncate(time.Second),
	}
	if err := s.create(ctx, e); err != nil {
		return nil, err
	}
	return &iamapi.CreateGroupOutput{Group: new(e.group())}, nil
}

// GetGroup describes a group and lists its users.
func (s *Service) GetGroup(ctx context.Context, c *aws.Call, in *iamapi.GetGroupInput) (*iamapi.GetGroupOutput, error) {
	e, err := target(c)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var users []*entity
	var more *bool
	var marker *string
	err = s.store.View(ctx, func(r store.Reader) error {
		names, err := membersOf(r, e.Account, e.Name)
		if err != nil {
			return err
		}
		names, more, marker = cut(p, names, fold)
		users, err = getAll(r, user, e.Account, names)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iamapi.GetGroupOutput{Group: new(e.group()), Users: plainUsers(users), IsTruncated: more, Marker: marker}, nil
}

// ListGroups lists the account's groups.
func (s *Service) ListGroups(ctx context.Context, c *aws.Call, in *iamapi.ListGroupsInput) (*iamapi.ListGroupsOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	found, more, marker, err := s.list(ctx, group, c.Account(), in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	return &iamapi.ListGroupsOutput{Groups: groups(found), IsTruncated: more, Marker: marker}, nil
}

// ListGroupsForUser lists the groups that a user is in.
func (s *Service) ListGroupsForUser(ctx context.Context, c *aws.Call, in *iamapi.ListGroupsForUserInput) (*iamapi.ListGroupsForUserOutput, error) {
	e, err := target(c)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	names := slices.SortedFunc(slices.Values(e.Groups), compareFolded)
	names, more, marker := cut(p, names, fold)
	var found []*entity
	err = s.store.View(ctx, func(r store.Reader) (err error) {
		found, err = getAll(r, group, e.Account, names)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iamapi.ListGroupsForUserOutput{Groups: groups(found), IsTruncated: more, Marker: marker}, nil
}

// UpdateGroup changes a group's name or path.
func (s *Service) UpdateGroup(ctx context.Context, c *aws.Call, in *iamapi.UpdateGroupInput) (*iamapi.UpdateGroupOutput, error) {
	return &iamapi.UpdateGroupOutput{}, s.change(ctx, c, func(tx store.Txn, e *entity) error {
		return rename(tx, e, in.NewGroupName, in.NewPath)
	})
}

// AddUserToGroup puts a user into a group.
func (s *Service) AddUserToGroup(ctx context.Context, c *aws.Call, in *iamapi.AddUserToGroupInput) (*iamapi.AddUserToGroupOutput, error) {
	return &iamapi.AddUserToGroupOutput{}, s.change(ctx, c, func(tx store.Txn, g *entity) error {
		u, err := getEntity(tx, user, g.Account, value(in.UserName))
		if err != nil || slices.Contains(u.Groups, g.Name) {
			return err
		}
		if len(u.Groups) == maxGroups {
			return quotaExceeded("GroupsPerUser", maxGroups)
		}
		u.Groups = append(u.Groups, g.Name)
		if err := putMember(tx, g.Account, g.Name, u.Name); err != nil {
			return err
		}
		return putEntity(tx, u)
	})
}

// RemoveUserFromGroup takes a user out of a group.
func (s *Service) RemoveUserFromGroup(ctx context.Context, c *aws.Call, in *iamapi.RemoveUserFromGroupInput) (*iamapi.RemoveUserFromGroupOutput, error) {
	return &iamapi.RemoveUserFromGroupOutput{}, s.change(ctx, c, func(tx store.Txn, g *entity) error {
		u, err := getEntity(tx, user, g.Account, value(in.UserName))
		if err != nil {
			return err
		}
		if !slices.Contains(u.Groups, g.Name) {
			return notInGroup(u.Name, g.Name)
		}
		u.Groups = without(u.Groups, g.Name)
		if err := dropMember(tx, g.Account, g.Name, u.Name); err != nil {
			return err
		}
		return putEntity(tx, u)
	})
}

// DeleteGroup deletes a group that has no users and policies.
func (s *Service) DeleteGroup(ctx context.Context, c *aws.Call, _ *iamapi.DeleteGroupInput) (*iamapi.DeleteGroupOutput, error) {
	return &iamapi.DeleteGroupOutput{}, s.remove(ctx, c)
}

// group is the wire form of a group.
func (e *entity) group() iamapi.Group {
	return iamapi.Group{GroupName: &e.Name, Path: &e.Path, GroupId: &e.ID, Arn: new(e.arn()), CreateDate: &e.Created}
}

func groups(found []*entity) []iamapi.Group {
	out := make([]iamapi.Group, 0, len(found))
	for _, e := range found {
		out = append(out, e.group())
	}
	return out
}

// getAll reads entities by their names.
func getAll(r store.Reader, k kind, account string, names []string) ([]*entity, error) {
	found := make([]*entity, 0, len(names))
	for _, name := range names {
		e, err := getEntity(r, k, account, name)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}
