package iam

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// CreatePolicy creates a customer managed policy.
func (s *Service) CreatePolicy(ctx context.Context, c *aws.Call, in *iamapi.CreatePolicyInput) (*iamapi.CreatePolicyOutput, error) {
	now := c.Time.UTC().Truncate(time.Second)
	m := &managed{
		Account: c.Account(), Name: value(in.PolicyName), Path: pathOf(in.Path), ID: newID(policyID, 21),
		Description: value(in.Description), Created: now, Updated: now, Tags: tagsOf(in.Tags), Default: 1, Last: 1,
		Versions: []version{{1, value(in.PolicyDocument), now}},
	}
	if err := checkNewPolicy(m); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx store.Txn) error {
		switch taken, err := policyNameTaken(tx, m.Account, m.Name); {
		case err != nil:
			return err
		case taken:
			return policyExists(m.Name)
		}
		return putPolicy(tx, m)
	})
	if err != nil {
		return nil, err
	}
	shape := m.policy(nil)
	shape.Description = nil // CreatePolicy does not repeat it
	return &iamapi.CreatePolicyOutput{Policy: &shape}, nil
}

// GetPolicy describes a managed policy.
func (s *Service) GetPolicy(ctx context.Context, c *aws.Call, _ *iamapi.GetPolicyInput) (*iamapi.GetPolicyOutput, error) {
	m, err := targetPolicy(c)
	if err != nil {
		return nil, err
	}
	var uses []use
	err = s.store.View(ctx, func(r store.Reader) (err error) {
		uses, err = usesOf(r, c.Account(), m.arn())
		return err
	})
	if err != nil {
		return nil, err
	}
	shape := m.policy(uses)
	if len(m.Tags) > 0 {
		shape.Tags = m.Tags.wire()
	}
	return &iamapi.GetPolicyOutput{Policy: &shape}, nil
}

// DeletePolicy deletes a policy that nobody uses and that has only its default version.
func (s *Service) DeletePolicy(ctx context.Context, c *aws.Call, _ *iamapi.DeletePolicyInput) (*iamapi.DeletePolicyOutput, error) {
	return &iamapi.DeletePolicyOutput{}, s.onPolicy(ctx, c, func(tx store.Txn, m *managed) error {
		uses, err := usesOf(tx, m.Account, m.arn())
		switch {
		case err != nil:
			return err
		case len(uses) > 0:
			return policyInUse()
		case len(m.Versions) > 1:
			return hasVersions()
		}
		return deletePolicy(tx, m)
	})
}

// targetPolicy is the managed policy that the call was authorised for.
func targetPolicy(c *aws.Call) (*managed, error) {
	m := c.Target(0).(*managed)
	if !m.exists() {
		return nil, policyNotFound(m.arn())
	}
	return m, nil
}

// onPolicy runs fn with the customer managed policy that the call was authorised for.
func (s *Service) onPolicy(ctx context.Context, c *aws.Call, fn func(tx store.Txn, m *managed) error) error {
	t, err := targetPolicy(c)
	if err != nil {
		return err
	}
	if t.Account == "aws" {
		return managedByAWS()
	}
	return s.store.Update(ctx, func(tx store.Txn) error {
		m, err := getPolicy(tx, t.Account, t.Name)
		if isNotFound(err) || err == nil && m.ID != t.ID {
			return policyNotFound(t.arn())
		}
		if err != nil {
			return err
		}
		return fn(tx, m)
	})
}

// changePolicy applies fn to the customer managed policy that the call was authorised for and stores it.
func (s *Service) changePolicy(ctx context.Context, c *aws.Call, fn func(tx store.Txn, m *managed) error) error {
	return s.onPolicy(ctx, c, func(tx store.Txn, m *managed) error {
		if err := fn(tx, m); err != nil {
			return err
		}
		return putPolicy(tx, m)
	})
}

func checkNewPolicy(m *managed) error {
	if err := checkName("policyName", m.Name); err != nil {
		return err
	}
	if err := checkPath(m.Path); err != nil {
		return err
	}
	if err := m.Tags.check(); err != nil {
		return err
	}
	return checkManaged(m.document())
}

// checkManaged refuses what is not an identity policy or is too large for a managed one.
func checkManaged(document string) error {
	if err := checkDocument(policy.Identity, document); err != nil {
		return err
	}
	if size(document) > managedQuota {
		return quotaExceeded("PolicySize", managedQuota)
	}
	return nil
}

// policy is the wire form of a managed policy with the counts of its uses in the account.
func (m *managed) policy(uses []use) iamapi.Policy {
	var attached, bounding int32
	for _, u := range uses {
		if u.how == asBoundary {
			bounding++
		} else {
			attached++
		}
	}
	shape := iamapi.Policy{
		PolicyName: &m.Name, PolicyId: &m.ID, Arn: new(m.arn()), Path: &m.Path, DefaultVersionId: new(version{Number: m.Default}.id()),
		AttachmentCount: &attached, PermissionsBoundaryUsageCount: &bounding, IsAttachable: new(true), CreateDate: &m.Created, UpdateDate: &m.Updated,
	}
	if m.Description != "" {
		shape.Description = &m.Description
	}
	return shape
}
