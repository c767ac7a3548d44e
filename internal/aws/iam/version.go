package iam

import (
	"context"
	"slices"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// maxVersions is how many versions a managed policy may have.
const maxVersions = 5

// CreatePolicyVersion adds a version to a managed policy.
func (s *Service) CreatePolicyVersion(ctx context.Context, c *aws.Call, in *iamapi.CreatePolicyVersionInput) (*iamapi.CreatePolicyVersionOutput, error) {
	document := value(in.PolicyDocument)
	if err := checkManaged(document); err != nil {
		return nil, err
	}
	var shape iamapi.PolicyVersion
	err := s.changePolicy(ctx, c, func(_ store.Txn, m *managed) error {
		if len(m.Versions) >= maxVersions {
			return tooManyVersions()
		}
		m.Last++
		v := version{m.Last, document, c.Time.UTC().Truncate(time.Second)}
		m.Versions = append(m.Versions, v)
		if value(in.SetAsDefault) {
			m.Default = v.Number
		}
		m.Updated = v.Created
		shape = m.versionShape(&v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &iamapi.CreatePolicyVersionOutput{PolicyVersion: &shape}, nil
}

// GetPolicyVersion shows a version of a managed policy with its document.
func (s *Service) GetPolicyVersion(_ context.Context, c *aws.Call, in *iamapi.GetPolicyVersionInput) (*iamapi.GetPolicyVersionOutput, error) {
	m, err := targetPolicy(c)
	if err != nil {
		return nil, err
	}
	v, err := m.version(value(in.VersionId))
	if err != nil {
		return nil, err
	}
	shape := m.versionShape(v)
	shape.Document = new(escape(v.Document))
	return &iamapi.GetPolicyVersionOutput{PolicyVersion: &shape}, nil
}

// ListPolicyVersions lists the versions of a managed policy, the newest first, without their documents.
func (s *Service) ListPolicyVersions(_ context.Context, c *aws.Call, in *iamapi.ListPolicyVersionsInput) (*iamapi.ListPolicyVersionsOutput, error) {
	m, err := targetPolicy(c)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	shapes := make([]iamapi.PolicyVersion, 0, len(m.Versions))
	for i := range slices.Backward(m.Versions) {
		shapes = append(shapes, m.versionShape(&m.Versions[i]))
	}
	start := slices.IndexFunc(shapes, func(v iamapi.PolicyVersion) bool { return *v.VersionId == p.after }) + 1
	p.after = ""
	shapes, more, marker := cut(p, shapes[start:], func(v iamapi.PolicyVersion) string { return *v.VersionId })
	return &iamapi.ListPolicyVersionsOutput{Versions: shapes, IsTruncated: more, Marker: marker}, nil
}

// SetDefaultPolicyVersion puts a version of a managed policy in force.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, c *aws.Call, in *iamapi.SetDefaultPolicyVersionInput) (*iamapi.SetDefaultPolicyVersionOutput, error) {
	return &iamapi.SetDefaultPolicyVersionOutput{}, s.changePolicy(ctx, c, func(_ store.Txn, m *managed) error {
		v, err := m.version(value(in.VersionId))
		if err != nil {
			return err
		}
		m.Default, m.Updated = v.Number, c.Time.UTC().Truncate(time.Second)
		return nil
	})
}

// DeletePolicyVersion deletes a version of a managed policy that is not in force.
func (s *Service) DeletePolicyVersion(ctx context.Context, c *aws.Call, in *iamapi.DeletePolicyVersionInput) (*iamapi.DeletePolicyVersionOutput, error) {
	return &iamapi.DeletePolicyVersionOutput{}, s.changePolicy(ctx, c, func(_ store.Txn, m *managed) error {
		v, err := m.version(value(in.VersionId))
		if err != nil {
			return err
		}
		if v.Number == m.Default {
			return isDefaultVersion()
		}
		number := v.Number
		m.Versions = slices.DeleteFunc(m.Versions, func(v version) bool { return v.Number == number })
		m.Updated = c.Time.UTC().Truncate(time.Second)
		return nil
	})
}

// versionShape is the wire form of a version without its document.
func (m *managed) versionShape(v *version) iamapi.PolicyVersion {
	return iamapi.PolicyVersion{VersionId: new(v.id()), IsDefaultVersion: new(v.Number == m.Default), CreateDate: &v.Created}
}
