package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// ensureAdminKey sees to it that the local administrator has the configured access key, or the one of the last start, or
// else a new one, and remembers which one it is. Its secret rests sealed in IAM.
func (s *Server) ensureAdminKey(ctx context.Context) error {
	last, err := s.meta(ctx, "admin")
	if err != nil {
		return err
	}
	next := AdminKey{s.cfg.AdminKeyID, s.cfg.AdminSecret.Reveal()}
	if next.AccessKeyID == "" {
		cred, err := s.iamService.Credential(ctx, last)
		if err == nil {
			s.admin = AdminKey{last, cred.Secret.Reveal()}
			return nil
		}
		if e := (*aws.Error)(nil); !errors.As(err, &e) {
			return err
		}
		next = newAdminKey()
	}
	if err := s.dropAdminKey(ctx, last, next.AccessKeyID); err != nil {
		return err
	}
	if err := s.iamService.ImportAccessKey(ctx, s.cfg.CentralAccount, adminUser, next.AccessKeyID, next.SecretAccessKey); err != nil {
		return err
	}
	s.admin = next
	return s.setMeta(ctx, "admin", next.AccessKeyID)
}

// dropAdminKey deletes the administrator's last access key, which another one replaces. It may be gone already.
func (s *Server) dropAdminKey(ctx context.Context, last, next string) error {
	if last == "" || last == next {
		return nil
	}
	user := adminUser
	_, err := s.iam(ctx, aws.RootUser(s.cfg.CentralAccount), "DeleteAccessKey", &iamapi.DeleteAccessKeyInput{UserName: &user, AccessKeyId: &last})
	if isCode(err, "NoSuchEntityException") {
		return nil
	}
	return err
}

// newAdminKey makes a long-term access key: 20 characters that begin with AKIA, and a secret of 240 random bits.
func newAdminKey() AdminKey {
	b := make([]byte, 30)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program first
	return AdminKey{"AKIA" + rand.Text()[:16], base64.StdEncoding.EncodeToString(b)}
}

// ensureToken sees to it that there is a bearer token of the API. One that is made here is kept by keepToken.
func (s *Server) ensureToken(ctx context.Context) error {
	if t := s.cfg.Token.Reveal(); t != "" {
		s.tokenHash = sha256.Sum256([]byte(t))
		return nil
	}
	kept, err := s.meta(ctx, "token")
	if err != nil {
		return err
	}
	if copy(s.tokenHash[:], kept) < len(s.tokenHash) {
		s.newToken = "kh_" + rand.Text()
		s.tokenHash = sha256.Sum256([]byte(s.newToken))
	}
	return nil
}

// keepToken keeps the hash of a new token. That waits until the token can be told: it is told once, and a start that
// fails before would have lost it.
func (s *Server) keepToken(ctx context.Context) error {
	if s.newToken == "" {
		return nil
	}
	return s.setMeta(ctx, "token", string(s.tokenHash[:]))
}

// meta reads one of the server's own records; it is empty if there is none.
func (s *Server) meta(ctx context.Context, name string) (string, error) {
	var value string
	err := s.store.View(ctx, func(r store.Reader) error {
		b, err := r.Get(metaKey(name))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		value = string(b)
		return err
	})
	return value, err
}

func (s *Server) setMeta(ctx context.Context, name, value string) error {
	return s.store.Update(ctx, func(tx store.Txn) error { return tx.Set(metaKey(name), []byte(value)) })
}
