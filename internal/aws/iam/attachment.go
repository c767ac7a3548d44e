package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// maxAttached is how many managed policies may be attached to an entity.
const maxAttached = 10

// AttachRolePolicy attaches a managed policy to a role.
func (s *Service) AttachRolePolicy(ctx context.Context, c *aws.Call, in *iamapi.AttachRolePolicyInput) (*iamapi.AttachRolePolicyOutput, error) {
	return &iamapi.AttachRolePolicyOutput{}, s.attach(ctx, c, in.PolicyArn)
}

// ListAttachedRolePolicies lists the managed policies attached to a role.
func (s *Service) ListAttachedRolePolicies(_ context.Context, c *aws.Call, in *iamapi.ListAttachedRolePoliciesInput) (*iamapi.ListAttachedRolePoliciesOutput, error) {
	found, more, marker, err := attached(c, in.PathPrefix, in.Marker, in.MaxItems)
	return &iamapi.ListAttachedRolePoliciesOutput{AttachedPolicies: found, IsTruncated: more, Marker: marker}, err
}

// DetachRolePolicy detaches a managed policy from a role.
func (s *Service) DetachRolePolicy(ctx context.Context, c *aws.Call, in *iamapi.DetachRolePolicyInput) (*iamapi.DetachRolePolicyOutput, error) {
	return &iamapi.DetachRolePolicyOutput{}, s.detach(ctx, c, in.PolicyArn)
}

// AttachUserPolicy attaches a managed policy to a user.
func (s *Service) AttachUserPolicy(ctx context.Context, c *aws.Call, in *iamapi.AttachUserPolicyInput) (*iamapi.AttachUserPolicyOutput, error) {
	return &iamapi.AttachUserPolicyOutput{}, s.attach(ctx, c, in.PolicyArn)
}

// ListAttachedUserPolicies lists the managed policies attached to a user.
func (s *Service) ListAttachedUserPolicies(_ context.Context, c *aws.Call, in *iamapi.ListAttachedUserPoliciesInput) (*iamapi.ListAttachedUserPoliciesOutput, error) {
	found, more, marker, err := attached(c, in.PathPrefix, in.Marker, in.MaxItems)
	return &iamapi.ListAttachedUserPoliciesOutput{AttachedPolicies: found, IsTruncated: more, Marker: marker}, err
}

// DetachUserPolicy detaches a managed policy from a user.
func (s *Service) DetachUserPolicy(ctx context.Context, c *aws.Call, in *iamapi.DetachUserPolicyInput) (*iamapi.DetachUserPolicyOutput, error) {
	return &iamapi.DetachUserPolicyOutput{}, s.detach(ctx, c, in.PolicyArn)
}

// AttachGroupPolicy attaches a managed policy to a group.
func (s *Service) AttachGroupPolicy(ctx context.Context, c *aws.Call, in *iamapi.AttachGroupPolicyInput) (*iamapi.AttachGroupPolicyOutput, error) {
	return &iamapi.AttachGroupPolicyOutput{}, s.attach(ctx, c, in.PolicyArn)
}

// ListAttachedGroupPolicies lists the managed policies attached to a group.
func (s *Service) ListAttachedGroupPolicies(_ context.Context, c *aws.Call, in *iamapi.ListAttachedGroupPoliciesInput) (*iamapi.ListAttachedGroupPoliciesOutput, error) {
	found, more, marker, err := attached(c, in.PathPrefix, in.Marker, in.MaxItems)
	return &iamapi.ListAttachedGroupPoliciesOutput{AttachedPolicies: found, IsTruncated: more, Marker: marker}, err
}

// DetachGroupPolicy detaches a managed policy from a group.
func (s *Service) DetachGroupPolicy(ctx context.Context, c *aws.Call, in *iamapi.DetachGroupPolicyInput) (*iamapi.DetachGroupPolicyOutput, error) {
	return &iamapi.DetachGroupPolicyOutput{}, s.detach(ctx, c, in.PolicyArn)
}

func (s *Service) attach(ctx context.Context, c *aws.Call, policyARN *string) error {
	arn := value(policyARN)
	return s.change(ctx, c, func(tx store.Txn, e *entity) error {
		switch _, err := findPolicy(tx, e.Account, arn); {
		case isNotFound(err):
			return policyNotAttachable(arn)
		case err != nil:
			return err
		case slices.Contains(e.Attached, arn):
			return nil
		case len(e.Attached) >= maxAttached:
			return quotaExceeded("PoliciesPer"+e.Kind.title(), maxAttached)
		}
		e.Attached = append(e.Attached, arn)
		return putUse(tx, use{e.Account, arn, asPermissions, e.Kind, e.Name})
	})
}

// attached is a page of the policies attached to the entity that the call is for, in the order of their names.
func attached(c *aws.Call, pathPrefix, marker *string, maxItems *int32) ([]iamapi.AttachedPolicy, *bool, *string, error) {
	e, err := target(c)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := pageOf(marker, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	byName := map[string]string{} // folded name and ARN: an AWS managed policy and one of the account may share a name
	for _, arn := range e.Attached {
		path, name := splitPolicyARN(arn)
		if pathPrefix == nil || strings.HasPrefix(path, *pathPrefix) {
			byName[fold(name)+" "+arn] = arn
		}
	}
	keys, more, next := cut(p, sortedKeys(byName), func(key string) string { return key })
	out := make([]iamapi.AttachedPolicy, 0, len(keys))
	for _, key := range keys {
		arn := byName[key]
		_, name := splitPolicyARN(arn)
		out = append(out, iamapi.AttachedPolicy{PolicyArn: &arn, PolicyName: &name})
	}
	return out, more, next, nil
}

func (s *Service) detach(ctx context.Context, c *aws.Call, policyARN *string) error {
	arn := value(policyARN)
	return s.change(ctx, c, func(tx store.Txn, e *entity) error {
		if !slices.Contains(e.Attached, arn) {
			return policyNotFound(arn)
		}
		e.Attached = without(e.Attached, arn)
		return dropUse(tx, use{e.Account, arn, asPermissions, e.Kind, e.Name})
	})
}
