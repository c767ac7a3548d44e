package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"slices"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// Tenants is the control plane's part behind the API; control.Plane is it.
type Tenants interface {
	Create(context.Context, control.NewTenant) (tenant keyhold.Tenant, created bool, err error)
	Get(context.Context, keyhold.TenantID) (keyhold.Tenant, error)
	List(ctx context.Context, limit int, cursor string) (control.Page, error)
	Delete(ctx context.Context, id keyhold.TenantID, days int) (keyhold.Tenant, error)
	Restore(context.Context, keyhold.TenantID) (keyhold.Tenant, error)
}

// Local is what only a local set-up can do.
type Local interface {
	// Reset brings everything back to how it was at first.
	Reset(context.Context) error
	// Credentials makes AWS credentials. An error for the caller is a *control.Error.
	Credentials(context.Context, v1.As) (v1.Credentials, error)
}

// Config is what the API is made of.
type Config struct {
	Tenants Tenants
	Auth    []Authenticator             // asked in turn
	Health  func(context.Context) error // whether the server can do its work; nil: always
	Local   Local                       // nil: there are no local routes
	Log     *slog.Logger

	// LoopbackOnly lets the server answer under the names of the machine itself alone.
	LoopbackOnly bool
}

type api struct {
	config Config
	mux    *http.ServeMux
}

// New makes the handler of the API.
func New(config Config) http.Handler {
	a := &api{config: config, mux: http.NewServeMux()}
	table := routes
	if config.Local != nil {
		table = slices.Concat(routes, localRoutes)
	}
	endpoints := map[string]*endpoint{"/": {api: a}}
	for _, rt := range table {
		e := endpoints[rt.path]
		if e == nil {
			e = &endpoint{api: a, methods: map[string]route{}}
			endpoints[rt.path] = e
		}
		e.methods[rt.method] = rt
	}
	for pattern, e := range endpoints {
		a.mux.Handle(pattern, e)
	}
	return a
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set(requestIDHeader, newRequestID())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if path.Clean(r.URL.Path) != r.URL.Path { // the mux would redirect
		a.writeError(w, r, errNoPath)
		return
	}
	a.mux.ServeHTTP(w, r)
}
