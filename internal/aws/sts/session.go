package sts

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/policy"
)

// session is an opened token.
type session struct {
	wire        string // the token as it is sent
	accessKeyID string
	token       *token
	secret      aws.Secret
	expires     time.Time
	inline      *policy.Policy // or nil

	made atomic.Pointer[made] // the last

	kept atomic.Bool // in the cache
	used atomic.Bool // since the cache's hand came by
}

// made is a session's credential with what it was made of.
type made struct {
	role       *aws.Role        // of a role's session
	user       *aws.Caller      // of a user's session
	managed    []*policy.Policy // as token.PolicyARNs; nil for those that no longer exist
	credential *aws.Credential
}

// open opens a session token.
func (s *Service) open(wire, accessKeyID string) (*session, error) {
	t, err := s.openToken(wire, accessKeyID)
	if err != nil {
		return nil, err
	}
	secret, err := s.secret(t, accessKeyID)
	if err != nil {
		return nil, err
	}
	opened := &session{
		wire: wire, accessKeyID: accessKeyID, token: t, secret: aws.NewSecret(secret), expires: time.Unix(t.Expires, 0).UTC(),
	}
	if t.Policy != "" {
		if opened.inline, err = policy.Parse(policy.Session, t.Policy); err != nil {
			return nil, fmt.Errorf("sts: session policy: %w", err)
		}
	}
	return opened, nil
}

// credential is the session's credential as IAM is now. It is the last one if nothing that it was made of has changed.
func (s *Service) credential(ctx context.Context, o *session) (*aws.Credential, error) {
	switch o.token.Kind {
	case roleSession:
		return s.roleCredential(ctx, o)
	case userSession:
		return s.userCredential(ctx, o)
	case rootSession:
		if last := o.made.Load(); last != nil {
			return last.credential, nil
		}
		return o.keep(&made{}, aws.RootUser(o.token.Account)), nil
	}
	return nil, aws.InvalidClientTokenID()
}

func (s *Service) roleCredential(ctx context.Context, o *session) (*aws.Credential, error) {
	role, err := s.principals.Role(ctx, o.token.Account, o.token.Name)
	if isWire(err) || err == nil && role.ID != o.token.ID {
		return nil, aws.InvalidClientTokenID()
	}
	if err != nil {
		return nil, err
	}
	if last := o.made.Load(); last != nil && last.role == role {
		if len(o.token.PolicyARNs) == 0 {
			return last.credential, nil
		}
		switch same, err := s.samePolicies(ctx, o, last); {
		case err != nil:
			return nil, err
		case same:
			return last.credential, nil
		}
	}
	next := &made{role: role}
	if next.managed, err = s.managed(ctx, o); err != nil {
		return nil, err
	}
	return o.keep(next, o.caller(next)), nil
}

func (s *Service) userCredential(ctx context.Context, o *session) (*aws.Credential, error) {
	user, err := s.principals.User(ctx, o.token.Account, o.token.Name)
	if isWire(err) || err == nil && user.ID != o.token.ID {
		return nil, aws.InvalidClientTokenID()
	}
	if err != nil {
		return nil, err
	}
	if last := o.made.Load(); last != nil && last.user == user {
		return last.credential, nil
	}
	caller := *user
	return o.keep(&made{user: user}, &caller), nil
}

// keep completes a credential and keeps it.
func (o *session) keep(next *made, caller *aws.Caller) *aws.Credential {
	caller.AccessKeyID = o.accessKeyID
	caller.IssuedAt = time.Unix(o.token.Issued, 0).UTC()
	caller.Keep()
	next.credential = &aws.Credential{Secret: o.secret, Caller: caller, Expires: o.expires}
	o.made.Store(next)
	return next.credential
}

// caller is the caller that a role's session stands for.
func (o *session) caller(m *made) *aws.Caller {
	t := o.token
	who := &aws.Caller{
		Principal: policy.Principal{
			Kind: policy.RoleSession, Account: t.Account, ARN: sessionARN(m.role, t.Session), Issuer: m.role.ARN, ID: m.role.ID,
		},
		UserID: m.role.ID + ":" + t.Session, RoleName: m.role.Name, SessionName: t.Session,
		Tags: t.Tags.over(m.role.Tags), TransitiveTags: t.Transitive, SourceIdentity: t.SourceIdentity,
		HasSession: t.Policy != "" || len(t.PolicyARNs) > 0,
	}
	if o.inline != nil {
		who.Sessions = append(who.Sessions, o.inline)
	}
	for _, p := range m.managed {
		if p != nil { // a policy that no longer exists allows nothing
			who.Sessions = append(who.Sessions, p)
		}
	}
	return who
}

// managed finds the managed session policies; nil stands for one that no longer exists.
func (s *Service) managed(ctx context.Context, o *session) ([]*policy.Policy, error) {
	found := make([]*policy.Policy, len(o.token.PolicyARNs))
	for i, arn := range o.token.PolicyARNs {
		p, err := s.principals.ManagedPolicy(ctx, o.token.Account, arn)
		if err != nil && !isWire(err) {
			return nil, err
		}
		found[i] = p
	}
	return found, nil
}

// samePolicies tells whether the managed session policies are those that the last credential was made of.
func (s *Service) samePolicies(ctx context.Context, o *session, last *made) (bool, error) {
	for i, arn := range o.token.PolicyARNs {
		p, err := s.principals.ManagedPolicy(ctx, o.token.Account, arn)
		if isWire(err) {
			p, err = nil, nil
		}
		if err != nil || p != last.managed[i] {
			return false, err
		}
	}
	return true, nil
}
