package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/httpapi/client"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// transport answers requests without a network, and keeps the last one.
type transport struct {
	status      int
	contentType string
	body        string
	last        *http.Request
	lastBody    string
}

func (f *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	f.last, f.lastBody = r, string(body)
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", f.contentType)
	rec.Header().Set("Location", "http://elsewhere.example/")
	rec.WriteHeader(f.status)
	_, _ = rec.WriteString(f.body)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

func newClient(t *testing.T, f *transport) *client.Client {
	t.Helper()
	c, err := client.New("http://127.0.0.1:4566/", f, client.Bearer("token"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCalls(t *testing.T) {
	tenant := `{"id":"acme","name":"Acme","state":"active"}`
	for _, tt := range []struct {
		name   string
		status int
		body   string
		call   func(context.Context, *client.Client) (any, error)
		want   string // method, URL and body of the request
		result string
	}{
		{"create", 201, tenant, func(ctx context.Context, c *client.Client) (any, error) {
			tenant, created, err := c.CreateTenant(ctx, v1.CreateTenant{ID: "acme", Name: "Acme"})
			return []any{tenant.ID, created}, err
		}, `POST /v1/tenants {"id":"acme","name":"Acme"}`, `["acme",true]`},
		{"create again", 200, tenant, func(ctx context.Context, c *client.Client) (any, error) {
			_, created, err := c.CreateTenant(ctx, v1.CreateTenant{Name: "Acme"})
			return created, err
		}, `POST /v1/tenants {"name":"Acme"}`, `false`},
		{"list", 200, `{"tenants":[` + tenant + `],"cursor":"n"}`, func(ctx context.Context, c *client.Client) (any, error) {
			list, err := c.Tenants(ctx, 5, "a&b")
			return []any{len(list.Tenants), list.Cursor}, err
		}, `GET /v1/tenants?cursor=a%26b&limit=5 `, `[1,"n"]`},
		{"list from the start", 200, `{"tenants":[]}`, func(ctx context.Context, c *client.Client) (any, error) {
			list, err := c.Tenants(ctx, 0, "")
			return list.Cursor, err
		}, `GET /v1/tenants `, `""`},
		{"get", 200, tenant, func(ctx context.Context, c *client.Client) (any, error) {
			tenant, err := c.Tenant(ctx, "acme")
			return tenant.State, err
		}, `GET /v1/tenants/acme `, `"active"`},
		{"delete", 202, tenant, func(ctx context.Context, c *client.Client) (any, error) {
			tenant, err := c.DeleteTenant(ctx, "acme", 7)
			return tenant.ID, err
		}, `DELETE /v1/tenants/acme?days=7 `, `"acme"`},
		{"restore", 200, tenant, func(ctx context.Context, c *client.Client) (any, error) {
			tenant, err := c.RestoreTenant(ctx, "a/../b")
			return tenant.ID, err
		}, `POST /v1/tenants/a%2F..%2Fb/restore `, `"acme"`},
		{"health", 200, `{"status":"ok"}`, func(ctx context.Context, c *client.Client) (any, error) { return nil, c.Health(ctx) }, `GET /v1/health `, `null`},
		{"reset", 204, ``, func(ctx context.Context, c *client.Client) (any, error) { return nil, c.Reset(ctx) }, `POST /v1/local/reset `, `null`},
		{"credentials", 200, `{"accessKeyId":"AKIA"}`, func(ctx context.Context, c *client.Client) (any, error) {
			credentials, err := c.Credentials(ctx, v1.As{Role: v1.AsTenant, Tenant: "acme"})
			return credentials.AccessKeyID, err
		}, `POST /v1/local/credentials {"as":"tenant:acme"}`, `"AKIA"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &transport{status: tt.status, contentType: "application/json", body: tt.body}
			result, err := tt.call(t.Context(), newClient(t, f))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.last.Method + " " + f.last.URL.RequestURI() + " " + f.lastBody; got != tt.want {
				t.Errorf("sent %s, want %s", got, tt.want)
			}
			if got := f.last.Header.Get("Authorization"); got != "Bearer token" {
				t.Errorf("Authorization: %q", got)
			}
			if got, _ := json.Marshal(result); string(got) != tt.result {
				t.Errorf("got %s, want %s", got, tt.result)
			}
		})
	}
}

func TestProblem(t *testing.T) {
	f := &transport{status: 422, contentType: "application/problem+json", body: `{"status":422,"code":"invalid","detail":"The request has invalid values.",` +
		`"requestId":"R1","errors":[{"pointer":"#/name","detail":"must not be empty"},{"parameter":"days","detail":"must be 7 to 30"}]}`}
	_, err := newClient(t, f).Tenant(t.Context(), "acme")
	var p *v1.Problem
	if !errors.As(err, &p) || p.Code != "invalid" || p.Status != 422 {
		t.Fatalf("got %v", err)
	}
	if want := "The request has invalid values. name must not be empty; days must be 7 to 30 (request R1)"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestStrangeAnswers(t *testing.T) {
	for name, f := range map[string]*transport{
		"not a problem":   {status: 502, contentType: "text/html", body: "<html>"},
		"redirect":        {status: 302, contentType: "text/plain"},
		"not JSON":        {status: 200, contentType: "application/json", body: "<html>"},
		"broken problem":  {status: 500, contentType: "application/problem+json", body: "{"},
		"endless":         {status: 200, contentType: "application/json", body: strings.Repeat(" ", 33<<20)},
		"problem as text": {status: 500, contentType: "text/plain", body: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newClient(t, f).Tenant(t.Context(), "acme")
			var p *v1.Problem
			if err == nil || errors.As(err, &p) {
				t.Errorf("got %v", err)
			}
			if f.last.URL.Host != "127.0.0.1:4566" {
				t.Errorf("the credentials went to %s", f.last.URL.Host)
			}
		})
	}
}

func TestNewRefusesURLs(t *testing.T) {
	for _, base := range []string{"", "localhost:4566", "ftp://x", "http://", "http://user:pass@x", "http://x?y", "://"} {
		if _, err := client.New(base, nil, client.Bearer("t")); err == nil {
			t.Errorf("%q was accepted", base)
		}
	}
}

func TestParseAs(t *testing.T) {
	for _, s := range []string{"admin", "control", "service-b", "tenant:acme"} {
		as, err := v1.ParseAs(s)
		if err != nil || as.String() != s {
			t.Errorf("%q: %v, %v", s, as, err)
		}
	}
	for _, s := range []string{"", "root", "tenant", "tenant:", "tenant:A", "Admin", "tenant:a:b"} {
		if as, err := v1.ParseAs(s); err == nil || as.Tenant != keyhold.TenantID("") {
			t.Errorf("%q: %v, %v", s, as, err)
		}
	}
}
