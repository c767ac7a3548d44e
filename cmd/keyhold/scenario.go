package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/keyhold/keyhold/policy"
)

// scenario is a request with the policies that apply to it.
type scenario struct {
	Name                 string
	Principal            string // ARN, name of a service, or "*"
	Action               string
	Resource             string // ARN, or "*"
	ResourceAccount      string // default: the account in Resource, or else the principal's
	Context              map[string]contextValue
	IdentityPolicies     []document
	SessionPolicy        document
	ResourcePolicy       document
	PermissionBoundaries []document
	SCPs                 [][]document // by level, root first
	RCPs                 [][]document
}

// document is a policy: an object, or a string that holds one. It is empty if there is none.
type document string

// UnmarshalJSON keeps an object as it is written, since parsing it has to see duplicate names.
func (d *document) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		*d = ""
		return nil
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(d))
	case b[0] == '{':
		*d = document(b)
		return nil
	default:
		return errors.New("a policy must be an object or a string that holds one")
	}
}

// contextValue is the value of a condition key: one, or a list.
type contextValue policy.Values

// UnmarshalJSON takes a string, a number, a boolean, or a list of them.
func (v *contextValue) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		one, err := scalar(b)
		*v = contextValue(policy.One(one))
		return err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(b, &items); err != nil {
		return err
	}
	many := make([]string, len(items))
	for i, item := range items {
		one, err := scalar(item)
		if err != nil {
			return err
		}
		many[i] = one
	}
	*v = contextValue(policy.List(many...))
	return nil
}

func scalar(b []byte) (string, error) {
	switch b[0] {
	case '"':
		var s string
		err := json.Unmarshal(b, &s)
		return s, err
	case '{', '[', 'n':
		return "", errors.New("a context value must be a string or a list of strings")
	default:
		return string(b), nil
	}
}

// request makes the request of the scenario.
func (s *scenario) request() (*policy.Request, error) {
	if s.Action == "" || s.Resource == "" {
		return nil, errors.New("a scenario needs an action and a resource")
	}
	if vendor, name, _ := strings.Cut(s.Action, ":"); vendor == "" || name == "" {
		return nil, fmt.Errorf("%q is not an action", s.Action)
	}
	p, err := policy.ParsePrincipal(s.Principal)
	if err != nil {
		return nil, err
	}
	ctx, err := s.contextOf(p)
	if err != nil {
		return nil, err
	}
	account := s.ResourceAccount
	if account == "" {
		account = accountOf(s.Resource)
	}
	if account == "" {
		account = p.Account
	}
	return &policy.Request{Principal: p, Action: s.Action, Resource: s.Resource, Account: account, Context: ctx}, nil
}

// accountOf returns the account in an ARN, or "" if it names none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// set parses the policies of the scenario.
func (s *scenario) set() (*policy.Set, error) {
	p := policyParser{}
	set := &policy.Set{
		Identity:   p.list(policy.Identity, "identityPolicies", s.IdentityPolicies),
		Boundaries: p.list(policy.Boundary, "permissionBoundaries", s.PermissionBoundaries),
		SCPs:       p.levels(policy.SCP, "scps", s.SCPs),
		RCPs:       p.levels(policy.RCP, "rcps", s.RCPs),
	}
	if s.SessionPolicy != "" {
		set.HasSession = true
		set.Sessions = p.list(policy.Session, "sessionPolicy", []document{s.SessionPolicy})
	}
	if s.ResourcePolicy != "" {
		set.Resource = p.one(s.resourceKind(), "resourcePolicy", s.ResourcePolicy)
	}
	return set, p.err
}

// resourceKind tells a key policy and a trust policy from those of other resources.
func (s *scenario) resourceKind() policy.Kind {
	vendor, _, _ := strings.Cut(strings.ToLower(s.Action), ":")
	parts := strings.SplitN(s.Resource, ":", 6)
	isARN := len(parts) == 6
	switch {
	case vendor == "kms", isARN && parts[2] == "kms" && strings.HasPrefix(parts[5], "key/"):
		return policy.Key
	case vendor == "sts" && isARN && parts[2] == "iam" && strings.HasPrefix(parts[5], "role/"):
		return policy.Trust
	default:
		return policy.Resource
	}
}

// policyParser parses policies until the first error.
type policyParser struct{ err error }

func (p *policyParser) one(kind policy.Kind, place string, d document) *policy.Policy {
	parsed, err := policy.Parse(kind, string(d))
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%s: %w", place, err)
	}
	return parsed
}

func (p *policyParser) list(kind policy.Kind, place string, documents []document) []*policy.Policy {
	var policies []*policy.Policy
	for i, d := range documents {
		policies = append(policies, p.one(kind, fmt.Sprintf("%s[%d]", place, i), d))
	}
	return policies
}

func (p *policyParser) levels(kind policy.Kind, place string, levels [][]document) [][]*policy.Policy {
	var parsed [][]*policy.Policy
	for i, level := range levels {
		parsed = append(parsed, p.list(kind, fmt.Sprintf("%s[%d]", place, i), level))
	}
	return parsed
}
