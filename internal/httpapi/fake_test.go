package httpapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/httpapi"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// fakePlane plays the control plane. It answers every call with err, if that is set.
type fakePlane struct {
	mu      sync.Mutex
	tenants map[keyhold.TenantID]keyhold.Tenant
	err     error
	panics  bool
	wait    func(context.Context)
	calls   int
	days    int
	limit   int
}

var created = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func (f *fakePlane) begin(ctx context.Context) error {
	f.mu.Lock()
	f.calls++
	f.mu.Unlock()
	if f.wait != nil {
		f.wait(ctx)
	}
	if f.panics {
		panic("a bug")
	}
	return f.err
}

func (f *fakePlane) Create(ctx context.Context, in control.NewTenant) (keyhold.Tenant, bool, error) {
	if err := f.begin(ctx); err != nil {
		return keyhold.Tenant{}, false, err
	}
	id := keyhold.TenantID(in.ID)
	if id == "" {
		id = keyhold.NewTenantID()
	}
	if tenant, ok := f.tenants[id]; ok {
		return tenant, false, nil
	}
	tenant := keyhold.Tenant{
		ID: id, Name: in.Name, Description: in.Description, State: keyhold.TenantActive, KeyID: "key-1", KeyARN: "arn:key-1",
		Alias: id.Alias(), CreatedAt: created, UpdatedAt: created, Generation: 3,
	}
	f.tenants[id] = tenant
	return tenant, true, nil
}

func (f *fakePlane) Get(ctx context.Context, id keyhold.TenantID) (keyhold.Tenant, error) {
	if err := f.begin(ctx); err != nil {
		return keyhold.Tenant{}, err
	}
	tenant, ok := f.tenants[id]
	if !ok {
		return tenant, &control.Error{Code: control.NotFound, Detail: "There is no such tenant."}
	}
	return tenant, nil
}

func (f *fakePlane) List(ctx context.Context, limit int, cursor string) (control.Page, error) {
	f.limit = limit
	if err := f.begin(ctx); err != nil {
		return control.Page{}, err
	}
	if cursor == "bad" {
		return control.Page{}, &control.Error{
			Code: control.Invalid, Detail: "bad", Fields: []control.FieldError{{Field: "cursor", Detail: "must be a cursor"}},
		}
	}
	page := control.Page{Cursor: "next"}
	for _, tenant := range f.tenants {
		page.Tenants = append(page.Tenants, tenant)
	}
	return page, nil
}

func (f *fakePlane) Delete(ctx context.Context, id keyhold.TenantID, days int) (keyhold.Tenant, error) {
	f.days = days
	tenant, err := f.Get(ctx, id)
	tenant.State, tenant.DeletionDate = keyhold.TenantDeleting, created.AddDate(0, 0, 30)
	return tenant, err
}

func (f *fakePlane) Restore(ctx context.Context, id keyhold.TenantID) (keyhold.Tenant, error) {
	return f.Get(ctx, id)
}

type fakeLocal struct{ resets int }

func (f *fakeLocal) Reset(context.Context) error {
	f.resets++
	return nil
}

func (f *fakeLocal) Credentials(_ context.Context, as v1.As) (v1.Credentials, error) {
	if as.Tenant == "unknown" {
		return v1.Credentials{}, &control.Error{Code: control.NotFound, Detail: "There is no such tenant."}
	}
	return v1.Credentials{
		AccessKeyID: "AKIA" + as.String(), SecretAccessKey: "the-secret", Account: "111111111111", CentralAccount: "111111111111",
		Region: "eu-central-1", Endpoint: "http://127.0.0.1",
	}, nil
}

// world is the API over the fakes.
type world struct {
	plane   *fakePlane
	local   *fakeLocal
	log     bytes.Buffer
	handler http.Handler
}

func newWorld(change ...func(*httpapi.Config)) *world {
	w := &world{plane: &fakePlane{tenants: map[keyhold.TenantID]keyhold.Tenant{}}, local: &fakeLocal{}}
	config := httpapi.Config{
		Tenants: w.plane, Local: w.local, Log: slog.New(slog.NewTextHandler(&w.log, nil)), LoopbackOnly: true,
		Auth: []httpapi.Authenticator{
			httpapi.TokenAuth(sha256.Sum256([]byte("admin-token")), httpapi.Principal{Name: "admin", Permissions: []httpapi.Permission{httpapi.AllPermissions}}),
		},
	}
	for _, c := range change {
		c(&config)
	}
	w.handler = httpapi.New(config)
	return w
}

// call is a request to be made: method and path, then header lines, an empty line and the body.
func (w *world) call(text string) *httptest.ResponseRecorder {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:4566"
	r.Header.Set("Authorization", "Bearer admin-token")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// problem checks that an answer is a problem with the status, and returns it.
func problem(t *testing.T, rec *httptest.ResponseRecorder, status int) v1.Problem {
	t.Helper()
	var p v1.Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %q", err, rec.Body)
	}
	if rec.Code != status || p.Status != status || rec.Header().Get("Content-Type") != "application/problem+json" ||
		p.Type != "about:blank" || p.Title != http.StatusText(status) || p.Detail == "" || p.Code == "" ||
		p.RequestID == "" || p.RequestID != rec.Header().Get("X-Request-Id") {
		t.Errorf("got %d %v %+v, want %d", rec.Code, rec.Header(), p, status)
	}
	return p
}
