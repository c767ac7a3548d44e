package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/store"
)

// metaKeys are the server's own records: what outlives a reset.
func metaKey(parts ...string) string { return store.Key(append([]string{"meta"}, parts...)...) }

// seed makes the scene of the two accounts, through IAM as each account's root, if this data has not got it. What it
// wrote is kept beside it, for reset. A restart finds the scene made and changes nothing.
func (s *Server) seed(ctx context.Context) error {
	made := metaKey("scene", s.cfg.CentralAccount, s.cfg.ServiceAccount)
	err := s.store.View(ctx, func(r store.Reader) error {
		_, err := r.Get(made)
		return err
	})
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return err
	}
	keys, err := s.store.Record(func() error { return s.makeScene(ctx) })
	if err != nil {
		return fmt.Errorf("seed the accounts: %w", err)
	}
	return s.store.Update(ctx, func(tx store.Txn) error {
		image := map[string][]byte{}
		for _, k := range keys {
			v, err := tx.Get(k)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			image[k] = v
		}
		b, err := json.Marshal(image)
		if err != nil {
			return err
		}
		return tx.Set(made, b)
	})
}

// makeScene makes what is missing of the scene. It may have been interrupted before.
func (s *Server) makeScene(ctx context.Context) error {
	for _, r := range control.Roles(s.cfg.CentralAccount, s.cfg.ServiceAccount) {
		if err := s.makeRole(ctx, r); err != nil {
			return fmt.Errorf("role %s in account %s: %w", r.Name, r.Account, err)
		}
	}
	return s.makeAdmin(ctx)
}

func (s *Server) makeRole(ctx context.Context, r control.Role) error {
	root := aws.RootUser(r.Account)
	_, err := s.iam(ctx, root, "CreateRole", &iamapi.CreateRoleInput{
		RoleName: &r.Name, Description: &r.Description, AssumeRolePolicyDocument: &r.Trust,
	})
	if err != nil && !isCode(err, "EntityAlreadyExistsException") {
		return err
	}
	_, err = s.iam(ctx, root, "PutRolePolicy", &iamapi.PutRolePolicyInput{
		RoleName: &r.Name, PolicyName: &r.PolicyName, PolicyDocument: &r.Policy,
	})
	return err
}

// adminUser is the local administrator: an IAM user of the central account who may do everything that IAM can allow.
const adminUser = "admin"

const adminPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"

func (s *Server) makeAdmin(ctx context.Context) error {
	root, user, arn := aws.RootUser(s.cfg.CentralAccount), adminUser, adminPolicy
	_, err := s.iam(ctx, root, "CreateUser", &iamapi.CreateUserInput{UserName: &user})
	if err != nil && !isCode(err, "EntityAlreadyExistsException") {
		return err
	}
	_, err = s.iam(ctx, root, "AttachUserPolicy", &iamapi.AttachUserPolicyInput{UserName: &user, PolicyArn: &arn})
	return err
}

func isCode(err error, code string) bool {
	var e *aws.Error
	return errors.As(err, &e) && e.Code == code
}
