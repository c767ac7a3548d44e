package iam

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
)

// credential is an access key in memory.
type credential struct {
	key    *accessKey
	secret aws.Secret
	made   atomic.Pointer[made] // the last
}

// made is a credential with the user it was made of.
type made struct {
	of         *aws.Caller
	credential *aws.Credential
}

// loadCredential makes the value of the access keys cache.
func loadCredential(root *seal.Root) func(context.Context, store.Reader, string) (*credential, error) {
	return func(_ context.Context, r store.Reader, key string) (*credential, error) {
		parts, err := store.Split(key)
		if err != nil || len(parts) != 3 {
			return nil, errMalformed
		}
		k, err := getAccessKey(r, parts[2])
		if err != nil {
			return nil, err
		}
		secret, err := root.Open(secretPurpose, k.Sealed, k.aad())
		if err != nil {
			return nil, fmt.Errorf("iam: secret of access key %s: %w", k.ID, err)
		}
		return &credential{key: k, secret: aws.NewSecret(string(secret))}, nil
	}
}

// Credential finds a long-term credential. Its error is InvalidClientTokenId if there is none of that id or it is
// switched off.
func (s *Service) Credential(ctx context.Context, accessKeyID string) (*aws.Credential, error) {
	n := nameOf{name: accessKeyID}
	key, known := s.names.keyOf(n)
	c, err := s.credentials.Get(ctx, key)
	if isNotFound(err) || err == nil && c.key.Status != active {
		return nil, aws.InvalidClientTokenID()
	}
	if err != nil {
		return nil, err
	}
	if !known {
		s.names.remember(n, key)
	}
	u, err := s.User(ctx, c.key.Account, c.key.UserName)
	if isNotFound(err) || err == nil && u.ID != c.key.UserID {
		return nil, aws.InvalidClientTokenID()
	}
	if err != nil {
		return nil, err
	}
	return c.of(u), nil
}

// of is the credential of the user as it is now.
func (c *credential) of(u *aws.Caller) *aws.Credential {
	if last := c.made.Load(); last != nil && last.of == u {
		return last.credential
	}
	caller := *u
	caller.AccessKeyID = c.key.ID
	caller.Keep()
	next := &made{of: u, credential: &aws.Credential{Secret: c.secret, Caller: &caller}}
	c.made.Store(next)
	return next.credential
}
