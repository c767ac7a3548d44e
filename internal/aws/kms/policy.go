package kms

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// TenantTag is the tag that marks a key as the key of a tenant, whose id is its value.
const TenantTag = "keyhold:tenant"

// tenantPolicyNote is the audit note of a change to a tenant key's policy; its value is the tenant's id.
const tenantPolicyNote = "tenantKeyPolicyChange"

const (
	policyName    = "default" // the only policy that a key has
	maxPolicySize = 32 << 10  // bytes
)

// defaultPolicy gives an account's IAM policies the say over a key, in AWS's own words and form.
func defaultPolicy(account string) string {
	return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::` + account + `:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`
}

// checkPolicy refuses what is no key policy, and one that would lock its author out unless that is wanted.
func checkPolicy(c *aws.Call, at place, document string, bypass bool) error {
	if len(document) > maxPolicySize {
		return policyTooLarge()
	}
	compiled, err := policy.Parse(policy.Key, document)
	if err != nil {
		return refusedPolicy(err)
	}
	plain, err := unescaped(document)
	if err != nil {
		return err
	}
	if strings.Contains(strings.ToLower(plain), "kms:resourcealiases") {
		return unsupported("kms:ResourceAliases in a key policy", noResourceAliases)
	}
	if !bypass && !mayPutPolicy(c, at, compiled) {
		return lockout()
	}
	return nil
}

// unescaped is a JSON document written anew without escapes, in which words could be hidden from a search.
func unescaped(document string) (string, error) {
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		return "", err
	}
	plain, err := json.Marshal(v)
	return string(plain), err
}

// everything allows all to those who have it.
var everything = mustParse(policy.Identity, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)

func mustParse(kind policy.Kind, document string) *policy.Policy {
	p, err := policy.Parse(kind, document)
	if err != nil {
		panic(err)
	}
	return p
}

// mayPutPolicy tells whether a key policy lets the caller put another: by itself or, if it delegates to the account, with
// the help of IAM policies.
func mayPutPolicy(c *aws.Call, at place, compiled *policy.Policy) bool {
	check := aws.Check{Action: "kms:PutKeyPolicy", Resource: at.arn(), Account: at.account}
	req := policy.Request{Principal: &c.Caller.Principal, Action: check.Action, Resource: check.Resource, Account: check.Account}
	set := policy.Set{Resource: compiled, Identity: []*policy.Policy{everything}}
	return policy.Evaluate(&req, &set).Effect == policy.Allow
}

// bindPolicy gives a key policy the form in which it is stored, as Principals has it.
func (s *Service) bindPolicy(r store.Reader, document string) (string, error) {
	bound, ok, err := s.principals.BindPrincipals(r, document)
	if err == nil && !ok {
		err = invalidPrincipals()
	}
	return bound, err
}

// GetKeyPolicy shows a key's policy as it was put. A role or user that no longer exists shows as its unique id.
func (s *Service) GetKeyPolicy(ctx context.Context, c *aws.Call, in *kmsapi.GetKeyPolicyInput) (*kmsapi.GetKeyPolicyOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != nil && *in.PolicyName != policyName {
		return nil, noSuchPolicy()
	}
	var shown string
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		shown, err = s.principals.ShowPrincipals(r, a.key.record.Policy)
		return err
	})
	return &kmsapi.GetKeyPolicyOutput{Policy: &shown, PolicyName: new(policyName)}, err
}

func (s *Service) requirePutKeyPolicy(ctx context.Context, c *aws.Call, in *kmsapi.PutKeyPolicyInput) error {
	a := s.newAccess(ctx, c).value("kms:bypasspolicylockoutsafetycheck", strconv.FormatBool(deref(in.BypassPolicyLockoutSafetyCheck)))
	if err := a.manage("kms:PutKeyPolicy", in.KeyId); err != nil {
		return err
	}
	if a.key != nil && a.key.record.Tags[TenantTag] != "" {
		c.Note(tenantPolicyNote, a.key.record.Tags[TenantTag])
	}
	return nil
}

// PutKeyPolicy replaces a key's policy.
func (s *Service) PutKeyPolicy(ctx context.Context, c *aws.Call, in *kmsapi.PutKeyPolicyInput) (*kmsapi.PutKeyPolicyOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != nil && *in.PolicyName != policyName {
		return nil, noSuchPolicy()
	}
	document := deref(in.Policy)
	if err := checkPolicy(c, a.key.place, document, deref(in.BypassPolicyLockoutSafetyCheck)); err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(tx store.Txn, r *keyRecord) (err error) {
		r.Policy, err = s.bindPolicy(tx, document)
		return err
	})
	return &kmsapi.PutKeyPolicyOutput{}, err
}

// ListKeyPolicies lists the names of a key's policies, of which there is one.
func (s *Service) ListKeyPolicies(_ context.Context, c *aws.Call, in *kmsapi.ListKeyPoliciesInput) (*kmsapi.ListKeyPoliciesOutput, error) {
	if _, err := authorized(c, 0); err != nil {
		return nil, err
	}
	p, err := newPage("ListKeyPolicies", in.Limit, 100, 1000, in.Marker)
	if err != nil {
		return nil, err
	}
	names, next := p.part([]string{policyName})
	return &kmsapi.ListKeyPoliciesOutput{PolicyNames: names, NextMarker: next, Truncated: new(next != nil)}, nil
}
