package iam

import (
	"context"
	"reflect"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// arguments are the members of inputs that decide what a call needs to be allowed, under their model names.
type arguments struct {
	RoleName, UserName, GroupName, PolicyName, PolicyArn *string
	Path, PathPrefix, NewPath, NewUserName, NewGroupName *string
	PermissionsBoundary                                  *string
	Tags                                                 []iamapi.Tag
	TagKeys                                              []string
}

// argumentsOf reads the arguments from an input, which has some of them.
func argumentsOf(in any) *arguments {
	a := &arguments{}
	from, to := reflect.ValueOf(in).Elem(), reflect.ValueOf(a).Elem()
	for i := range to.NumField() {
		if f := from.FieldByName(to.Type().Field(i).Name); f.IsValid() {
			to.Field(i).Set(f)
		}
	}
	return a
}

// name is the argument that names an entity of a kind.
func (a *arguments) name(k kind) *string {
	return map[kind]*string{role: a.RoleName, user: a.UserName, group: a.GroupName}[k]
}

// rule requires the permissions of one operation.
type rule func(ctx context.Context, c *aws.Call, a *arguments) error

// do makes an operation of a method and its rule. Users who come with a session token but without MFA may not call IAM.
func do[In, Out any](run func(context.Context, *aws.Call, *In) (*Out, error), permit rule) aws.Op {
	return aws.Do(run, func(ctx context.Context, c *aws.Call, in *In) error {
		if who := c.Caller; who.Temporary() && who.Kind != policy.RoleSession && !who.MFA {
			return aws.InvalidClientTokenID()
		}
		return permit(ctx, c, argumentsOf(in))
	})
}

// creates is the rule of operations that create an entity. One with tags needs the permission to tag too.
func creates(k kind) rule {
	return func(_ context.Context, c *aws.Call, a *arguments) error {
		e := &entity{Kind: k, Account: c.Account(), Name: value(a.name(k)), Path: pathOf(a.Path)}
		keys := tagConditions(nil, a)
		keys.boundary = value(a.PermissionsBoundary)
		require(c, aws.Check{Resource: e.arn(), Target: e}, keys)
		if len(a.Tags) > 0 {
			require(c, aws.Check{Action: "iam:Tag" + k.title(), Resource: e.arn()}, keys)
		}
		return nil
	}
}

// on is the rule of operations on an entity.
func (s *Service) on(k kind) rule {
	return func(ctx context.Context, c *aws.Call, a *arguments) error {
		return s.requireEntity(ctx, c, k, value(a.name(k)), a)
	}
}

// limits is the rule of operations that change what an entity may do: its boundary is a condition key.
func (s *Service) limits(k kind) rule {
	return func(ctx context.Context, c *aws.Call, a *arguments) error {
		e, err := s.find(ctx, k, c.Account(), value(a.name(k)))
		if err != nil {
			return err
		}
		keys := tagConditions(e.Tags, a)
		keys.boundary = e.Boundary
		if a.PermissionsBoundary != nil {
			keys.boundary = *a.PermissionsBoundary
		}
		require(c, e.check(), keys)
		return nil
	}
}

// self is the rule of operations on a user that is the caller if the call does not name one.
func (s *Service) self(ctx context.Context, c *aws.Call, a *arguments) error {
	name := value(a.UserName)
	if a.UserName == nil {
		if c.Caller.Kind != policy.User {
			return needsUserName()
		}
		name = c.Caller.UserName
	}
	return s.requireEntity(ctx, c, user, name, a)
}

// renames is the rule of operations that may give an entity another name or path: the caller needs the permission for
// both.
func (s *Service) renames(k kind) rule {
	return func(ctx context.Context, c *aws.Call, a *arguments) error {
		if err := s.requireEntity(ctx, c, k, value(a.name(k)), a); err != nil {
			return err
		}
		renamed := *c.Target(0).(*entity)
		if a.NewPath != nil {
			renamed.Path = *a.NewPath
		}
		for _, name := range []*string{a.NewUserName, a.NewGroupName} {
			if name != nil {
				renamed.Name = *name
			}
		}
		require(c, renamed.check(), &conditions{resource: renamed.Tags})
		return nil
	}
}

// lists is the rule of operations that list entities of a kind.
func lists(k kind) rule {
	return func(_ context.Context, c *aws.Call, a *arguments) error {
		all := entity{Kind: k, Account: c.Account(), Path: pathOf(a.PathPrefix)}
		require(c, aws.Check{Resource: all.arn()}, nil)
		return nil
	}
}

// requireEntity requires the call's permission on an entity, whether it exists or not.
func (s *Service) requireEntity(ctx context.Context, c *aws.Call, k kind, name string, a *arguments) error {
	e, err := s.find(ctx, k, c.Account(), name)
	if err != nil {
		return err
	}
	require(c, e.check(), tagConditions(e.Tags, a))
	return nil
}

// check is a permission on an entity, which denials name by its kind and name.
func (e *entity) check() aws.Check {
	return aws.Check{Resource: e.arn(), Name: "resource: " + string(e.Kind) + " " + e.Name, Target: e}
}

// find reads an entity; one that does not exist has no id.
func (s *Service) find(ctx context.Context, k kind, account, name string) (e *entity, err error) {
	err = s.store.View(ctx, func(r store.Reader) (err error) {
		e, err = getEntity(r, k, account, name)
		return err
	})
	if isNotFound(err) {
		return &entity{Kind: k, Account: account, Name: name, Path: "/"}, nil
	}
	return e, err
}

// createsPolicy is the rule of CreatePolicy. A policy with tags needs the permission to tag too.
func createsPolicy(_ context.Context, c *aws.Call, a *arguments) error {
	name := value(a.PolicyName)
	check := aws.Check{Resource: policyARN(c.Account(), pathOf(a.Path), name), Name: "resource: policy " + name}
	keys := tagConditions(nil, a)
	require(c, check, keys)
	if len(a.Tags) > 0 {
		check.Action = "iam:TagPolicy"
		require(c, check, keys)
	}
	return nil
}

// onManaged is the rule of operations on a managed policy. Policies of other accounts cannot be reached: IAM has no
// access across accounts.
func (s *Service) onManaged(ctx context.Context, c *aws.Call, a *arguments) error {
	arn := value(a.PolicyArn)
	parsed, err := aws.ParseARN(arn)
	if err != nil || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "policy/") {
		return invalidARN(arn)
	}
	m := &managed{Account: parsed.Account}
	m.Path, m.Name = splitPolicyARN(arn)
	owner := parsed.Account
	if owner == "aws" {
		owner = c.Account()
	}
	if owner == c.Account() {
		err := s.store.View(ctx, func(r store.Reader) error {
			found, err := findPolicy(r, owner, arn)
			if err == nil {
				m = found
			}
			return err
		})
		if err != nil && !isNotFound(err) {
			return err
		}
	}
	require(c, aws.Check{Resource: arn, Name: "resource: policy " + arn, Account: owner, Target: m}, tagConditions(m.Tags, a))
	return nil
}

// listsPolicies is the rule of ListPolicies.
func listsPolicies(_ context.Context, c *aws.Call, a *arguments) error {
	require(c, aws.Check{Resource: "*", Name: "resource: policy path " + pathOf(a.PathPrefix)}, nil)
	return nil
}

// tagConditions are the condition keys of an operation on a resource that has tags.
func tagConditions(resource tags, a *arguments) *conditions {
	k := &conditions{resource: resource, request: tagsOf(a.Tags), tagKeys: a.TagKeys, policyARN: value(a.PolicyArn)}
	if a.TagKeys == nil {
		k.tagKeys = k.request.keys()
	}
	return k
}

// require requires a permission, of the call's own action unless the check names another, on a resource of the caller's
// account unless it names another.
func require(c *aws.Call, check aws.Check, keys *conditions) {
	if check.Action == "" {
		check.Action = "iam:" + c.Operation
	}
	if keys != nil {
		check.Keys = keys
	}
	c.Require(check)
}
