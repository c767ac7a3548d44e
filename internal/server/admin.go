package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/keyhold/keyhold/internal/store"
)

// ensureAdminKey sees to it that the local administrator has the configured access key, or the one made on the first
// start, and remembers which one it is. Its secret rests sealed in IAM.
func (s *Server) ensureAdminKey(ctx context.Context) error {
	id, secret := s.cfg.AdminKeyID, s.cfg.AdminSecret.Reveal()
	if id == "" {
		var err error
		if id, err = s.meta(ctx, "admin"); err != nil {
			return err
		}
		if cred, err := s.iamService.Credential(ctx, id); id != "" && err == nil {
			s.admin = AdminKey{id, cred.Secret.Reveal()}
			return nil
		}
		if s.admin.AccessKeyID != "" {
			id, secret = s.admin.AccessKeyID, s.admin.SecretAccessKey
		} else {
			id, secret = newAccessKey()
		}
	}
	if err := s.iamService.ImportAccessKey(ctx, s.cfg.CentralAccount, adminUser, id, secret); err != nil {
		return err
	}
	s.admin = AdminKey{id, secret}
	return s.setMeta(ctx, "admin", id)
}

// newAccessKey makes a long-term access key: 20 characters that begin with AKIA, and a secret of 240 random bits.
func newAccessKey() (id, secret string) {
	b := make([]byte, 30)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program first
	return "AKIA" + rand.Text()[:16], base64.StdEncoding.EncodeToString(b)
}

// ensureToken sees to it that there is a bearer token of the API. A token made here is returned, to be printed once;
// only its hash is kept.
func (s *Server) ensureToken(ctx context.Context) (made string, hash [sha256.Size]byte, err error) {
	if t := s.cfg.Token.Reveal(); t != "" {
		return "", sha256.Sum256([]byte(t)), nil
	}
	kept, err := s.meta(ctx, "token")
	if err != nil {
		return "", hash, err
	}
	if len(kept) == len(hash) {
		copy(hash[:], kept)
		return "", hash, nil
	}
	made = "kh_" + rand.Text()
	hash = sha256.Sum256([]byte(made))
	return made, hash, s.setMeta(ctx, "token", string(hash[:]))
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
