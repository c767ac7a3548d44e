package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/wire/sigv4"
	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/httpapi"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// APIService is the service name that requests to /v1 are signed for.
const APIService = "keyhold"

// newAPI makes /v1. It knows two credentials: the bearer token, and the local administrator's access key.
func (s *Server) newAPI() http.Handler {
	all := []httpapi.Permission{httpapi.AllPermissions}
	host, _, _ := net.SplitHostPort(s.cfg.APIListen) // the Config was validated
	cfg := httpapi.Config{
		Tenants: s.Control(),
		Auth: []httpapi.Authenticator{
			httpapi.TokenAuth(s.tokenHash, httpapi.Principal{Name: "token", Permissions: all}),
			adminAuth{s, httpapi.Principal{Name: adminUser, Permissions: all}},
		},
		Health:       s.health,
		Log:          s.cfg.Log,
		LoopbackOnly: loopback(host),
	}
	if cfg.LoopbackOnly { // a token that travels must not be worth the administrator's long-term key
		cfg.Local = local{s}
	}
	return httpapi.New(cfg)
}

// health tells whether the store answers.
func (s *Server) health(ctx context.Context) error {
	return s.store.View(ctx, func(store.Reader) error { return nil })
}

// adminAuth accepts requests that the local administrator signed. It implements httpapi.Authenticator.
type adminAuth struct {
	server    *Server
	principal httpapi.Principal
}

// Authenticate implements httpapi.Authenticator.
func (a adminAuth) Authenticate(r *http.Request, body []byte) (httpapi.Principal, error) {
	sig, err := sigv4.Parse(r)
	if err != nil {
		if e := (*sigv4.Error)(nil); errors.As(err, &e) && e.Code == "MissingAuthenticationToken" {
			return httpapi.Principal{}, httpapi.ErrNoCredentials
		}
		return httpapi.Principal{}, errors.Join(httpapi.ErrRejected, err)
	}
	cred, err := a.server.iamService.Credential(r.Context(), sig.AccessKeyID)
	if e := (*aws.Error)(nil); errors.As(err, &e) {
		return httpapi.Principal{}, errors.Join(httpapi.ErrRejected, err)
	}
	if err != nil {
		return httpapi.Principal{}, err
	}
	keys := cred.Signing(func(secret string) any { return sigv4.NewKeys(secret) }).(*sigv4.Keys)
	err = errors.Join(sig.CheckScope(APIService), sig.Verify(r, body, keys, time.Now()))
	who := cred.Caller
	if err != nil || sig.SessionToken != "" || who.Kind != policy.User || who.Account != a.server.cfg.CentralAccount || who.UserName != adminUser {
		return httpapi.Principal{}, errors.Join(httpapi.ErrRejected, err)
	}
	return a.principal, nil
}

// local is what only a local server can do. It implements httpapi.Local.
type local struct{ server *Server }

// Reset implements httpapi.Local.
func (l local) Reset(ctx context.Context) error { return l.server.Reset(ctx) }

// Credentials implements httpapi.Local.
func (l local) Credentials(ctx context.Context, as v1.As) (v1.Credentials, error) {
	s := l.server
	if as.Role == v1.AsTenant {
		if _, err := s.tenants.Get(ctx, as.Tenant); err != nil {
			return v1.Credentials{}, err
		}
	}
	cred, err := s.Credentials(ctx, as)
	if e := (*aws.Error)(nil); errors.As(err, &e) {
		return v1.Credentials{}, &control.Error{Code: control.Denied, Detail: "AWS does not give these credentials: " + e.Message, Err: err}
	}
	if err != nil {
		return v1.Credentials{}, err
	}
	return v1.Credentials{
		AccessKeyID: cred.AccessKeyID, SecretAccessKey: cred.SecretAccessKey, SessionToken: cred.SessionToken,
		Expiration: cred.Expires, Account: cred.AccountID, CentralAccount: s.cfg.CentralAccount,
		Region: s.cfg.Region, Endpoint: s.endpoint,
	}, nil
}
