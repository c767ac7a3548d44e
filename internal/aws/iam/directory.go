package iam

import (
	"context"
	"fmt"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// Policies implements aws.Directory: the caller's own policies, those of its groups, the managed policies attached
// to them, and its boundary. It refuses a session whose role, or a credential whose user, was deleted or renamed, even
// if another has its name now.
func (s *Service) Policies(ctx context.Context, who *aws.Caller, set *policy.Set) error {
	var k kind
	var name string
	switch who.Kind {
	case policy.User:
		k, name = user, who.UserName
	case policy.RoleSession:
		k, name = role, who.RoleName
	default:
		return nil // the root user and services have none
	}
	has, err := s.permissionsOf(ctx, k, name, who)
	if err != nil {
		return err
	}
	if set.Identity == nil && set.Boundaries == nil { // the usual case, without a copy
		set.Identity, set.Boundaries = has.identity, has.boundaries
		return nil
	}
	set.Identity = append(set.Identity, has.identity...)
	set.Boundaries = append(set.Boundaries, has.boundaries...)
	return nil
}

// permissionsOf finds the permissions of the caller's user or role.
func (s *Service) permissionsOf(ctx context.Context, k kind, name string, who *aws.Caller) (*permissions, error) {
	for {
		b, err := s.binding(ctx, k, who.Account, name)
		if isNotFound(err) || err == nil && b.entity.ID != who.ID {
			return nil, aws.InvalidClientTokenID()
		}
		if err != nil {
			return nil, err
		}
		found, err := s.permissions(ctx, b)
		if !isNotFound(err) {
			return found, err
		}
		// What it used is gone, so it was changed first: unless it is still the same, look again.
		if again, err := s.binding(ctx, k, who.Account, name); err == nil && again == b {
			return nil, fmt.Errorf("iam: what %s uses: %w", b.entity.arn(), errMalformed)
		}
	}
}

// Role finds a role. Its error is NoSuchEntity if there is none of that name. As long as nothing about the role changes,
// the answer is the same pointer; it must not be changed.
func (s *Service) Role(ctx context.Context, account, name string) (*aws.Role, error) {
	b, err := s.binding(ctx, role, account, name)
	if err != nil {
		return nil, err
	}
	return b.role, nil
}

// User finds a user as the caller it is with a long-term credential, save for the credential's id. Its error is
// NoSuchEntity if there is none of that name. As long as nothing about the user changes, the answer is the same pointer;
// it must not be changed.
func (s *Service) User(ctx context.Context, account, name string) (*aws.Caller, error) {
	b, err := s.binding(ctx, user, account, name)
	if err != nil {
		return nil, err
	}
	return b.caller, nil
}

// ManagedPolicy is the version in force of a managed policy of the account or of AWS, compiled as a session policy. Its
// error is NoSuchEntity if there is none of that ARN, or it cannot be a session policy. As long as the policy does not change, the answer is the same
// pointer.
func (s *Service) ManagedPolicy(ctx context.Context, account, arn string) (*policy.Policy, error) {
	key, ok := managedKey(account, arn)
	if !ok {
		return nil, policyNotFound(arn)
	}
	p, err := s.policies.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	if p.arn != arn || p.session == nil {
		return nil, policyNotFound(arn)
	}
	return p.session, nil
}

// binding finds an entity with its compiled policies. Its error is NoSuchEntity if there is none of exactly that name.
func (s *Service) binding(ctx context.Context, k kind, account, name string) (*binding, error) {
	n := nameOf{k, account, name}
	key, known := s.names.keyOf(n)
	b, err := s.entities.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	if b.entity.Name != name {
		return nil, entityNotFound(k, name)
	}
	if !known {
		s.names.remember(n, key)
	}
	return b, nil
}

// permissions are what binds an entity, with what they were made of.
type permissions struct {
	identity, boundaries []*policy.Policy

	attached []*compiled    // as binding.attached
	groups   []*permissions // as entity.Groups
	boundary *compiled
}

// permissions are the binding's last ones if nothing that they were made of has changed since, or else new ones.
func (s *Service) permissions(ctx context.Context, b *binding) (*permissions, error) {
	last := b.last.Load()
	if last != nil {
		current, err := s.current(ctx, b, last)
		if err != nil || current {
			return last, err
		}
	}
	made, err := s.collect(ctx, b)
	if err != nil {
		return nil, err
	}
	b.last.Store(made)
	return made, nil
}

// current tells whether permissions are made of what there is now.
func (s *Service) current(ctx context.Context, b *binding, last *permissions) (bool, error) {
	for i, key := range b.attached {
		if p, err := s.policies.Get(ctx, key); err != nil || p != last.attached[i] {
			return false, err
		}
	}
	for i, name := range b.entity.Groups {
		g, err := s.groupPermissions(ctx, b, name)
		if err != nil || g != last.groups[i] {
			return false, err
		}
	}
	if b.boundary == "" {
		return true, nil
	}
	p, err := s.policies.Get(ctx, b.boundary)
	return p == last.boundary, err
}

// collect makes the permissions of an entity.
func (s *Service) collect(ctx context.Context, b *binding) (*permissions, error) {
	made := &permissions{}
	made.identity = append(made.identity, b.inline...)
	for _, key := range b.attached {
		p, err := s.policies.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		made.attached = append(made.attached, p)
		made.identity = append(made.identity, p.identity)
	}
	for _, name := range b.entity.Groups {
		g, err := s.groupPermissions(ctx, b, name)
		if err != nil {
			return nil, err
		}
		made.groups = append(made.groups, g)
		made.identity = append(made.identity, g.identity...)
	}
	if b.boundary != "" {
		p, err := s.policies.Get(ctx, b.boundary)
		if err != nil {
			return nil, err
		}
		made.boundary = p
		made.boundaries = []*policy.Policy{p.boundary}
	}
	made.identity = made.identity[:len(made.identity):len(made.identity)] // appending copies
	return made, nil
}

func (s *Service) groupPermissions(ctx context.Context, member *binding, name string) (*permissions, error) {
	g, err := s.binding(ctx, group, member.entity.Account, name)
	if err != nil {
		return nil, err
	}
	return s.permissions(ctx, g)
}

var _ interface {
	aws.Service
	aws.Directory
} = (*Service)(nil)

// managedKey is the store key of a managed policy that entities of the account may use, by its ARN.
func managedKey(account, arn string) (key string, ok bool) {
	a, err := aws.ParseARN(arn)
	if err != nil || a.Service != "iam" || a.Account != "aws" && a.Account != account {
		return "", false
	}
	_, name := splitPolicyARN(arn)
	return policyKey(a.Account, name), true
}

// loadCompiled makes the value of the policies cache. The policies of AWS have keys of the account "aws", where no
// record is.
func loadCompiled(_ context.Context, r store.Reader, key string) (*compiled, error) {
	parts, err := store.Split(key)
	if err != nil || len(parts) != 4 {
		return nil, errMalformed
	}
	if parts[2] == "aws" {
		for _, m := range byAWS {
			if fold(m.Name) == parts[3] {
				return compile(m)
			}
		}
		return nil, policyNotFound(parts[3])
	}
	m, err := getFolded(r, parts[2], parts[3])
	if err != nil {
		return nil, err
	}
	return compile(m)
}
