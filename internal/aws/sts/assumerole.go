package sts

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/policy"
)

// AssumeRole makes a session of a role.
func (s *Service) AssumeRole(ctx context.Context, c *aws.Call, _ *stsapi.AssumeRoleInput) (*stsapi.AssumeRoleOutput, error) {
	r := c.Target(0).(*request)
	if r.duration > r.role.MaxSession {
		return nil, longerThanRole()
	}
	for _, arn := range r.policyARNs {
		switch _, err := s.principals.ManagedPolicy(ctx, r.role.Account, arn); {
		case isWire(err):
			return nil, noSuchPolicy(arn)
		case err != nil:
			return nil, err
		}
	}
	packed, err := r.packed()
	if err != nil {
		return nil, err
	}
	now := c.Time.UTC().Truncate(time.Second)
	t := r.token(now)
	credentials, err := s.issue(t)
	if err != nil {
		return nil, err
	}
	c.Note("issuedAccessKeyId", *credentials.AccessKeyId)
	out := &stsapi.AssumeRoleOutput{
		Credentials:     credentials,
		AssumedRoleUser: &stsapi.AssumedRoleUser{Arn: new(sessionARN(r.role, r.sessionName)), AssumedRoleId: new(r.role.ID + ":" + r.sessionName)},
	}
	if packed > 0 {
		out.PackedPolicySize = new(int32(packed))
	}
	if r.sourceIdentity != "" {
		out.SourceIdentity = &r.sourceIdentity
	}
	return out, nil
}

// permitAssumeRole is what AssumeRole needs. Whether the role exists shows in nothing: a role that does not exist trusts
// nobody.
func (s *Service) permitAssumeRole(ctx context.Context, c *aws.Call, in *stsapi.AssumeRoleInput) error {
	switch c.Caller.Kind {
	case policy.Root:
		return rootMayNotAssume()
	case policy.Anonymous:
		return unsigned()
	}
	r, err := read(c.Caller, in)
	if err != nil {
		return err
	}
	if err := s.find(ctx, r); err != nil {
		return err
	}
	c.Require(r.check("sts:AssumeRole"))
	if len(r.tags) > 0 {
		c.Require(r.check("sts:TagSession"))
	}
	if r.sourceIdentity != "" {
		c.Require(r.check("sts:SetSourceIdentity"))
	}
	return nil
}

// find finds the role that the request is for.
func (s *Service) find(ctx context.Context, r *request) error {
	role, err := s.principals.Role(ctx, r.roleARN.Account, r.roleName())
	if isWire(err) || err == nil && role.ARN != r.roleARN.String() {
		r.role = &aws.Role{ARN: r.roleARN.String(), Account: r.roleARN.Account, Trust: trustsNobody}
		return nil
	}
	r.role = role
	return err
}

// trustsNobody is the trust policy of roles that do not exist. It allows a service that there is not, since a policy needs
// a statement.
var trustsNobody = mustParse(policy.Trust, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"nobody.invalid.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalType":"nobody"}}}]}`)

func mustParse(k policy.Kind, document string) *policy.Policy {
	p, err := policy.Parse(k, document)
	if err != nil {
		panic(err) // the document is part of the program
	}
	return p
}

// check is a permission on the role.
func (r *request) check(action string) aws.Check {
	return aws.Check{
		Action: action, Resource: r.role.ARN, Account: r.role.Account, Policy: r.role.Trust, Keys: (*conditions)(r), Target: r,
	}
}

// sessionARN is the ARN of a role's session, as GetCallerIdentity shows it.
func sessionARN(role *aws.Role, session string) string {
	return aws.ARN{
		Partition: aws.Partition, Service: "sts", Account: role.Account, Resource: "assumed-role/" + role.Name + "/" + session,
	}.String()
}

// value is what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
