package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/keyhold/keyhold/internal/control"
)

// Permission is a right that a route demands.
type Permission string

// The permissions. AllPermissions holds every one.
const (
	ReadTenants    Permission = "tenants:read"
	WriteTenants   Permission = "tenants:write"
	UseLocal       Permission = "local:use" // the routes that only a local set-up has
	AllPermissions Permission = "*"
)

// Principal is who asks.
type Principal struct {
	Name        string // for the log
	Permissions []Permission
}

func (p Principal) may(want Permission) bool {
	return slices.Contains(p.Permissions, want) || slices.Contains(p.Permissions, AllPermissions)
}

// Authenticator tells who sent a request with its body.
type Authenticator interface {
	// Authenticate returns ErrNoCredentials if the request has no credentials of its kind, an error that is
	// ErrRejected if they are not good, and any other error if it could not find out.
	Authenticate(r *http.Request, body []byte) (Principal, error)
}

// What an Authenticator answers instead of a principal.
var (
	ErrNoCredentials = errors.New("no credentials of this kind")
	ErrRejected      = errors.New("credentials rejected")
)

// TokenAuth accepts one bearer token as the credentials of a principal. It knows the token's SHA-256 alone.
func TokenAuth(hash [sha256.Size]byte, principal Principal) Authenticator {
	return &tokenAuth{hash, principal}
}

type tokenAuth struct {
	hash      [sha256.Size]byte
	principal Principal
}

// Authenticate implements Authenticator.
func (a *tokenAuth) Authenticate(r *http.Request, _ []byte) (Principal, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Principal{}, ErrNoCredentials
	}
	hash := sha256.Sum256([]byte(token))
	if token == "" || subtle.ConstantTimeCompare(hash[:], a.hash[:]) != 1 {
		return Principal{}, fmt.Errorf("%w: unknown bearer token", ErrRejected)
	}
	return a.principal, nil
}

// authenticate asks the authenticators in turn until one knows the kind of credentials.
func (a *api) authenticate(r *http.Request, body []byte) (Principal, error) {
	for _, auth := range a.config.Auth {
		principal, err := auth.Authenticate(r, body)
		switch {
		case err == nil:
			return principal, nil
		case errors.Is(err, ErrNoCredentials):
			continue
		case errors.Is(err, ErrRejected):
			return Principal{}, &control.Error{Code: control.Unauthenticated, Detail: "The credentials are not accepted.", Err: err}
		default:
			return Principal{}, err
		}
	}
	return Principal{}, &control.Error{Code: control.Unauthenticated, Detail: "The request needs credentials."}
}
