package iam

import (
	"context"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// inlineQuota is how many characters the inline policies of an entity may have together.
var inlineQuota = map[kind]int{role: 10240, user: 2048, group: 5120}

// PutRolePolicy embeds a policy in a role, in place of one of the same name.
func (s *Service) PutRolePolicy(ctx context.Context, c *aws.Call, in *iamapi.PutRolePolicyInput) (*iamapi.PutRolePolicyOutput, error) {
	return &iamapi.PutRolePolicyOutput{}, s.putInline(ctx, c, in.PolicyName, in.PolicyDocument)
}

// GetRolePolicy shows a policy embedded in a role.
func (s *Service) GetRolePolicy(_ context.Context, c *aws.Call, in *iamapi.GetRolePolicyInput) (*iamapi.GetRolePolicyOutput, error) {
	document, err := inlineDocument(c, in.PolicyName)
	return &iamapi.GetRolePolicyOutput{RoleName: in.RoleName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListRolePolicies lists the names of the policies embedded in a role.
func (s *Service) ListRolePolicies(_ context.Context, c *aws.Call, in *iamapi.ListRolePoliciesInput) (*iamapi.ListRolePoliciesOutput, error) {
	names, more, marker, err := inlineNames(c, in.Marker, in.MaxItems)
	return &iamapi.ListRolePoliciesOutput{PolicyNames: names, IsTruncated: more, Marker: marker}, err
}

// DeleteRolePolicy deletes a policy embedded in a role.
func (s *Service) DeleteRolePolicy(ctx context.Context, c *aws.Call, in *iamapi.DeleteRolePolicyInput) (*iamapi.DeleteRolePolicyOutput, error) {
	return &iamapi.DeleteRolePolicyOutput{}, s.deleteInline(ctx, c, in.PolicyName)
}

// PutUserPolicy embeds a policy in a user, in place of one of the same name.
func (s *Service) PutUserPolicy(ctx context.Context, c *aws.Call, in *iamapi.PutUserPolicyInput) (*iamapi.PutUserPolicyOutput, error) {
	return &iamapi.PutUserPolicyOutput{}, s.putInline(ctx, c, in.PolicyName, in.PolicyDocument)
}

// GetUserPolicy shows a policy embedded in a user.
func (s *Service) GetUserPolicy(_ context.Context, c *aws.Call, in *iamapi.GetUserPolicyInput) (*iamapi.GetUserPolicyOutput, error) {
	document, err := inlineDocument(c, in.PolicyName)
	return &iamapi.GetUserPolicyOutput{UserName: in.UserName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListUserPolicies lists the names of the policies embedded in a user.
func (s *Service) ListUserPolicies(_ context.Context, c *aws.Call, in *iamapi.ListUserPoliciesInput) (*iamapi.ListUserPoliciesOutput, error) {
	names, more, marker, err := inlineNames(c, in.Marker, in.MaxItems)
	return &iamapi.ListUserPoliciesOutput{PolicyNames: names, IsTruncated: more, Marker: marker}, err
}

// DeleteUserPolicy deletes a policy embedded in a user.
func (s *Service) DeleteUserPolicy(ctx context.Context, c *aws.Call, in *iamapi.DeleteUserPolicyInput) (*iamapi.DeleteUserPolicyOutput, error) {
	return &iamapi.DeleteUserPolicyOutput{}, s.deleteInline(ctx, c, in.PolicyName)
}

// PutGroupPolicy embeds a policy in a group, in place of one of the same name.
func (s *Service) PutGroupPolicy(ctx context.Context, c *aws.Call, in *iamapi.PutGroupPolicyInput) (*iamapi.PutGroupPolicyOutput, error) {
	return &iamapi.PutGroupPolicyOutput{}, s.putInline(ctx, c, in.PolicyName, in.PolicyDocument)
}

// GetGroupPolicy shows a policy embedded in a group.
func (s *Service) GetGroupPolicy(_ context.Context, c *aws.Call, in *iamapi.GetGroupPolicyInput) (*iamapi.GetGroupPolicyOutput, error) {
	document, err := inlineDocument(c, in.PolicyName)
	return &iamapi.GetGroupPolicyOutput{GroupName: in.GroupName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListGroupPolicies lists the names of the policies embedded in a group.
func (s *Service) ListGroupPolicies(_ context.Context, c *aws.Call, in *iamapi.ListGroupPoliciesInput) (*iamapi.ListGroupPoliciesOutput, error) {
	names, more, marker, err := inlineNames(c, in.Marker, in.MaxItems)
	return &iamapi.ListGroupPoliciesOutput{PolicyNames: names, IsTruncated: more, Marker: marker}, err
}

// DeleteGroupPolicy deletes a policy embedded in a group.
func (s *Service) DeleteGroupPolicy(ctx context.Context, c *aws.Call, in *iamapi.DeleteGroupPolicyInput) (*iamapi.DeleteGroupPolicyOutput, error) {
	return &iamapi.DeleteGroupPolicyOutput{}, s.deleteInline(ctx, c, in.PolicyName)
}

func (s *Service) putInline(ctx context.Context, c *aws.Call, name, document *string) error {
	if err := checkName("policyName", value(name)); err != nil {
		return err
	}
	if err := checkDocument(policy.Identity, value(document)); err != nil {
		return err
	}
	return s.change(ctx, c, func(_ store.Txn, e *entity) error {
		if e.Inline == nil {
			e.Inline = map[string]string{}
		}
		e.Inline[*name] = *document
		total := 0
		for _, d := range e.Inline {
			total += size(d)
		}
		if total > inlineQuota[e.Kind] {
			return inlineTooLarge(e.Kind, e.Name)
		}
		return nil
	})
}

func inlineDocument(c *aws.Call, name *string) (*string, error) {
	e, err := target(c)
	if err != nil {
		return nil, err
	}
	document, ok := e.Inline[value(name)]
	if !ok {
		return nil, inlineNotFound(e.Kind, value(name))
	}
	return new(escape(document)), nil
}

func inlineNames(c *aws.Call, marker *string, maxItems *int32) ([]string, *bool, *string, error) {
	e, err := target(c)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := pageOf(marker, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	names, more, next := cut(p, sortedKeys(e.Inline), func(name string) string { return name })
	return names, more, next, nil
}

func (s *Service) deleteInline(ctx context.Context, c *aws.Call, name *string) error {
	return s.change(ctx, c, func(_ store.Txn, e *entity) error {
		if _, ok := e.Inline[value(name)]; !ok {
			return inlineNotFound(e.Kind, value(name))
		}
		delete(e.Inline, *name)
		return nil
	})
}
