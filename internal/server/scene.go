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

// metaKey is the key of one of the server's own records: what outlives a reset.
func metaKey(name string) string { return store.Key("meta", name) }

// home is where the data were made for. Keys and roles have it in their names, so it cannot change.
type home struct{ CentralAccount, ServiceAccount, Region string }

// seeded is the record of a scene that was made.
type seeded struct {
	Home  home
	Image map[string][]byte // the records that it is made of, for reset
}

// seed makes the scene of the two accounts, through IAM as each account's root, if these data have not got it. A restart
// finds it made and changes nothing.
func (s *Server) seed(ctx context.Context) error {
	here := home{s.cfg.CentralAccount, s.cfg.ServiceAccount, s.cfg.Region}
	kept, err := s.meta(ctx, "scene")
	if err != nil {
		return err
	}
	if kept != "" {
		return here.check([]byte(kept))
	}
	if err := s.makeScene(ctx); err != nil {
		return fmt.Errorf("seed the accounts: %w", err)
	}
	return s.store.Update(ctx, func(tx store.Txn) error {
		image, err := image(tx)
		if err != nil {
			return err
		}
		b, err := json.Marshal(seeded{here, image})
		if err != nil {
			return err
		}
		return tx.Set(metaKey("scene"), b)
	})
}

// check refuses to serve data that were made for another place: there the tenants would seem to have no keys.
func (h home) check(kept []byte) error {
	var made seeded
	if err := json.Unmarshal(kept, &made); err != nil {
		return fmt.Errorf("the seeded scene: %w", err)
	}
	if m := made.Home; m != h {
		return fmt.Errorf("these data were made with --central-account %s --service-account %s --region %s, which cannot change: start with these, or on another data directory",
			m.CentralAccount, m.ServiceAccount, m.Region)
	}
	return nil
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
