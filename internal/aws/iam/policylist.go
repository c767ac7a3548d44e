package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// ListPolicies lists managed policies: the account's, AWS's or both.
func (s *Service) ListPolicies(ctx context.Context, c *aws.Call, in *iamapi.ListPoliciesInput) (*iamapi.ListPoliciesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var found []iamapi.Policy
	err = s.store.View(ctx, func(r store.Reader) error {
		found = nil
		all, err := candidates(r, c.Account(), value(in.Scope))
		if err != nil {
			return err
		}
		for _, m := range all {
			uses, err := usesOf(r, c.Account(), m.arn())
			if err != nil {
				return err
			}
			if listed(m, uses, in) {
				shape := m.policy(uses)
				shape.Description = nil // lists leave it out
				found = append(found, shape)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	found, more, marker := cut(p, found, func(m iamapi.Policy) string { return *m.Arn })
	return &iamapi.ListPoliciesOutput{Policies: found, IsTruncated: more, Marker: marker}, nil
}

// ListEntitiesForPolicy lists the users, groups and roles that use a managed policy.
func (s *Service) ListEntitiesForPolicy(ctx context.Context, c *aws.Call, in *iamapi.ListEntitiesForPolicyInput) (*iamapi.ListEntitiesForPolicyOutput, error) {
	m, err := targetPolicy(c)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iamapi.ListEntitiesForPolicyOutput{
		PolicyGroups: []iamapi.PolicyGroup{}, PolicyUsers: []iamapi.PolicyUser{}, PolicyRoles: []iamapi.PolicyRole{},
	}
	err = s.store.View(ctx, func(r store.Reader) error {
		users, err := usersOf(r, c.Account(), m.arn(), in)
		if err != nil {
			return err
		}
		users, out.IsTruncated, out.Marker = cut(p, users, place.key)
		for _, at := range users {
			e, err := getEntity(r, at.Kind, at.Account, at.Name)
			if err != nil {
				return err
			}
			switch at.Kind {
			case group:
				out.PolicyGroups = append(out.PolicyGroups, iamapi.PolicyGroup{GroupName: &e.Name, GroupId: &e.ID})
			case user:
				out.PolicyUsers = append(out.PolicyUsers, iamapi.PolicyUser{UserName: &e.Name, UserId: &e.ID})
			case role:
				out.PolicyRoles = append(out.PolicyRoles, iamapi.PolicyRole{RoleName: &e.Name, RoleId: &e.ID})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// candidates are the policies of a scope, in the order of their ARNs.
func candidates(r store.Reader, account, scope string) ([]*managed, error) {
	var all []*managed
	if scope != "Local" {
		for _, m := range byAWS {
			all = append(all, m)
		}
	}
	if scope != "AWS" {
		for m, err := range policies(r, account, "") {
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b *managed) int { return strings.Compare(a.arn(), b.arn()) })
	return all, nil
}

// listed tells whether ListPolicies shows a policy.
func listed(m *managed, uses []use, in *iamapi.ListPoliciesInput) bool {
	how := value(in.PolicyUsageFilter)
	relevant := slices.DeleteFunc(slices.Clone(uses), func(u use) bool { return how != "" && u.how != how })
	if (value(in.OnlyAttached) || how != "") && len(relevant) == 0 {
		return false
	}
	return strings.HasPrefix(m.Path, value(in.PathPrefix))
}

// usersOf are the places of the entities that use a policy, each once, in the order of kinds and names.
func usersOf(r store.Reader, account, arn string, in *iamapi.ListEntitiesForPolicyInput) ([]place, error) {
	uses, err := usesOf(r, account, arn)
	if err != nil {
		return nil, err
	}
	how, only := value(in.PolicyUsageFilter), value(in.EntityFilter)
	var found []place
	for _, u := range uses {
		if how != "" && u.how != how || !entityFilter(only, u.kind) {
			continue
		}
		if in.PathPrefix != nil {
			e, err := getEntity(r, u.kind, u.account, u.name)
			if err != nil {
				return nil, err
			}
			if !strings.HasPrefix(e.Path, *in.PathPrefix) {
				continue
			}
		}
		found = append(found, place{u.kind, u.account, u.name})
	}
	slices.SortFunc(found, func(a, b place) int { return strings.Compare(a.key(), b.key()) })
	return slices.Compact(found), nil
}

// key orders places.
func (p place) key() string { return string(p.Kind) + " " + fold(p.Name) }

// entityFilter tells whether entities of a kind pass a filter of ListEntitiesForPolicy.
func entityFilter(filter string, k kind) bool {
	return filter == "" || filter == k.title()
}
