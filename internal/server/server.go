package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold/internal/audit"
	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/iam"
	"github.com/keyhold/keyhold/internal/aws/kms"
	"github.com/keyhold/keyhold/internal/aws/sts"
	"github.com/keyhold/keyhold/internal/aws/wire"
	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/httpapi"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/internal/store/pebble"
)

// Server is a running Keyhold.
type Server struct {
	cfg        Config
	lock       *localLock // nil without a data directory
	store      *store.Observed
	root       *seal.Root
	trail      trail
	cloud      *aws.Cloud
	iamService *iam.Service
	kmsService *kms.Service
	tenants    tenants
	aws        http.Handler
	api        http.Handler
	admin      AdminKey
	endpoint   string            // URL of the AWS endpoint, once it listens
	newToken   string            // made at this start, to be printed once; kept when Serve can tell it
	tokenHash  [sha256.Size]byte // SHA-256 of the API's bearer token
	limits     limits
}

// trail is an audit trail with its life.
type trail interface {
	aws.Auditor
	Run(ctx context.Context) error
	Close() error
}

// New puts a server together, and on the first start seeds its two accounts. Nothing listens yet: see Serve. The caller
// closes it.
func New(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, limits: usualLimits}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) (err error) {
	if s.cfg.Data != "" {
		if s.lock, err = lockLocal(s.cfg.Data, s.cfg.Memory); err != nil {
			return err
		}
	}
	if err := s.openStore(); err != nil {
		return err
	}
	if s.root, err = s.unlock(ctx); err != nil {
		return err
	}
	if err := s.compose(); err != nil {
		return err
	}
	if err := s.seed(ctx); err != nil {
		return err
	}
	if err := s.ensureAdminKey(ctx); err != nil {
		return fmt.Errorf("local administrator: %w", err)
	}
	if err := s.ensureToken(ctx); err != nil {
		return err
	}
	s.api = s.newAPI()
	if err := s.tenants.Resume(ctx); err != nil {
		// A tenant that cannot be finished now must not keep the others from their keys; it is tried again by Sweep.
		s.cfg.Log.ErrorContext(ctx, "unfinished tenants", "error", err)
	}
	return nil
}

func (s *Server) openStore() error {
	if s.cfg.Memory {
		s.store = store.Observe(mem.New())
		return nil
	}
	db, err := pebble.Open(filepath.Join(s.cfg.Data, "store"))
	if err != nil {
		return err
	}
	s.store = store.Observe(db)
	return nil
}

// compose makes the services and the doors to them. This is the list of services.
func (s *Server) compose() error {
	s.iamService = iam.New(s.store, s.root)
	s.kmsService = kms.New(kms.Deps{Store: s.store, Root: s.root, Log: s.cfg.Log, Principals: s.iamService})
	stsService := sts.New(s.root, s.iamService)
	codec, err := wire.NewCodec(s.iamService.Ops(), stsService.Ops(), s.kmsService.Ops())
	if err != nil {
		return err
	}
	if s.trail, err = s.openTrail(audit.Encoder{Codec: codec}); err != nil {
		return err
	}
	s.cloud = aws.NewCloud(s.iamService, s.trail, s.cfg.Log, s.iamService, stsService, s.kmsService)
	s.aws = wire.NewHandler(codec, s.cloud, stsService, s.cfg.Log)
	s.tenants.Plane = s.newControl()
	return nil
}

// newControl makes the control plane, which calls the embedded AWS in process as its own role.
func (s *Server) newControl() *control.Plane {
	client := awskms.NewFromConfig(s.AWSConfig(v1.As{Role: v1.AsControl}))
	return control.New(client, records{s.store}, control.Config{CentralAccount: s.cfg.CentralAccount})
}

// Handler is the AWS endpoint.
func (s *Server) Handler() http.Handler { return s.aws }

// API is the /v1 API.
func (s *Server) API() http.Handler { return s.api }

// Control is the control plane.
func (s *Server) Control() httpapi.Tenants { return &s.tenants }

// Close releases all that the server holds. Serve must have returned.
func (s *Server) Close() error {
	var errs []error
	if s.kmsService != nil {
		s.kmsService.Close()
	}
	if s.trail != nil {
		errs = append(errs, s.trail.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.root != nil {
		s.root.Wipe()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// Services are the tables of all services, for the coverage pages.
func (s *Server) Services() []aws.Ops { return s.cloud.Services() }
