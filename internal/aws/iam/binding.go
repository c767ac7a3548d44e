package iam

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// Bounds of the caches, in entries.
const (
	maxEntities    = 4096
	maxPolicies    = 4096
	maxCredentials = 16384
)

// binding is an entity as it was last stored, with its policies compiled.
type binding struct {
	entity   *entity
	inline   []*policy.Policy
	attached []string    // store keys of the attached managed policies
	boundary string      // store key of the permissions boundary, or ""
	role     *aws.Role   // of a role
	caller   *aws.Caller // of a user

	last atomic.Pointer[permissions] // of the entity and its groups
}

// entityCache holds roles, users and groups.
func entityCache(s *store.Observed) *store.Cache[*binding] {
	cache := store.NewCache(s, store.Key("iam", string(role)), maxEntities, loadBinding)
	for _, k := range []kind{user, group} {
		cache.InvalidateOn(store.Key("iam", string(k)), func(written string) (string, bool) { return written, true })
	}
	return cache
}

// loadBinding makes the value of the entities cache.
func loadBinding(_ context.Context, r store.Reader, key string) (*binding, error) {
	parts, err := store.Split(key)
	if err != nil || len(parts) != 4 {
		return nil, errMalformed
	}
	e, err := getJSON[entity](r, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, entityNotFound(kind(parts[1]), parts[3])
	}
	if err != nil {
		return nil, err
	}
	e.Kind, e.Account = kind(parts[1]), parts[2]
	b := &binding{entity: e}
	if err := b.compile(); err != nil {
		return nil, fmt.Errorf("iam: policies of %s: %w", e.arn(), err)
	}
	return b, nil
}

func (b *binding) compile() (err error) {
	e := b.entity
	for _, name := range sortedKeys(e.Inline) {
		p, err := policy.Parse(policy.Identity, e.Inline[name])
		if err != nil {
			return err
		}
		b.inline = append(b.inline, p)
	}
	for _, arn := range e.Attached {
		key, ok := managedKey(e.Account, arn)
		if !ok {
			return errMalformed
		}
		b.attached = append(b.attached, key)
	}
	if e.Boundary != "" {
		key, ok := managedKey(e.Account, e.Boundary)
		if !ok {
			return errMalformed
		}
		b.boundary = key
	}
	switch e.Kind {
	case role:
		b.role, err = e.forOthers()
	case user:
		b.caller = e.caller()
	}
	return err
}

// caller is a user as a caller.
func (e *entity) caller() *aws.Caller {
	return &aws.Caller{
		Principal: policy.Principal{Kind: policy.User, Account: e.Account, ARN: e.arn(), ID: e.ID},
		UserID:    e.ID, UserName: e.Name, Tags: e.Tags.byKey(),
	}
}

// compiled is the version in force of a managed policy, for each of the places that it may be used in.
type compiled struct {
	arn                         string
	identity, boundary, session *policy.Policy // session is nil if the document cannot be a session policy
}

func compile(m *managed) (*compiled, error) {
	identity, err := policy.Parse(policy.Identity, m.document())
	if err != nil {
		return nil, fmt.Errorf("iam: policy %s: %w", m.arn(), err)
	}
	boundary, err := policy.Parse(policy.Boundary, m.document())
	if err != nil {
		return nil, fmt.Errorf("iam: policy %s: %w", m.arn(), err)
	}
	session, err := policy.Parse(policy.Session, m.document())
	if err != nil {
		session = nil // session policies want complete ARNs, others do not
	}
	return &compiled{m.arn(), identity, boundary, session}, nil
}
