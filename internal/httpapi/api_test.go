package httpapi_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/httpapi"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

const acme = `{"id":"acme","name":"Acme","description":"","state":"active","keyId":"key-1","keyArn":"arn:key-1",` +
	`"alias":"alias/customer-acme","createdAt":"2026-11-21T10:00:00Z","updatedAt":"2026-11-21T10:00:00Z","generation":3}`

func TestRoutes(t *testing.T) {
	deleting := strings.Replace(acme, `"state":"active"`, `"state":"deleting"`, 1)
	deleting = strings.Replace(deleting, `,"generation"`, `,"deletionDate":"2026-12-21T10:00:00Z","generation"`, 1)
	w := newWorld()
	for _, tt := range []struct {
		call   string
		status int
		body   string
	}{
		{"GET /v1/health\nAuthorization: ", 200, `{"status":"ok"}`},
		{"POST /v1/tenants\n\n{\"id\": \"acme\", \"name\": \"Acme\"}", 201, acme},
		{"POST /v1/tenants\nContent-Type: application/json; charset=UTF-8\n\n {\"id\":\"acme\",\"name\":\"Acme\"}\n", 200, acme},
		{"GET /v1/tenants/acme", 200, acme},
		{"HEAD /v1/tenants/acme", 200, acme},
		{"GET /v1/tenants?limit=7&cursor=x", 200, `{"tenants":[` + acme + `],"cursor":"next"}`},
		{"DELETE /v1/tenants/acme?days=8", 202, deleting},
		{"POST /v1/tenants/acme/restore", 200, acme},
		{"POST /v1/local/reset", 204, ""},
		{"POST /v1/local/credentials\n\n{\"as\":\"tenant:acme\"}", 200, `{"accessKeyId":"AKIAtenant:acme","secretAccessKey":"the-secret",` +
			`"account":"111111111111","centralAccount":"111111111111","region":"eu-central-1","endpoint":"http://127.0.0.1"}`},
	} {
		t.Run(tt.call, func(t *testing.T) {
			rec := w.call(tt.call)
			if got := strings.TrimSpace(rec.Body.String()); rec.Code != tt.status || got != tt.body {
				t.Errorf("got %d %s\nwant %d %s", rec.Code, got, tt.status, tt.body)
			}
			if location := rec.Header().Get("Location"); (location == "/v1/tenants/acme") != (tt.status == 201) {
				t.Errorf("Location %q", location)
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
				if got := rec.Header().Get(name); got != want {
					t.Errorf("%s: %q", name, got)
				}
			}
			if rec.Header().Get("X-Request-Id") == "" {
				t.Error("no request id")
			}
		})
	}
	if w.plane.days != 8 || w.plane.limit != 7 || w.local.resets != 1 {
		t.Errorf("days %d, limit %d, resets %d", w.plane.days, w.plane.limit, w.local.resets)
	}
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for _, tt := range []struct {
		call   string
		status int
		code   control.Code
	}{
		{"GET /", 404, control.NotFound},
		{"GET /v1", 404, control.NotFound},
		{"GET /v1/tenants/", 404, control.NotFound},
		{"GET /v1//tenants", 404, control.NotFound},
		{"GET /v1/x/../tenants", 404, control.NotFound},
		{"GET /v1/tenants/ACME", 404, control.NotFound},
		{"GET /v1/tenants/a%2Fb", 404, control.NotFound},
		{"GET /v1/tenants/%2e%2e", 404, control.NotFound},
		{"GET /v1/tenants/bolt", 404, control.NotFound},
		{"DELETE /v1/tenants/bolt", 404, control.NotFound},
		{"POST /v1/tenants/bolt/restore", 404, control.NotFound},
		{"PUT /v1/tenants", 405, control.Invalid},
		{"OPTIONS /v1/tenants", 405, control.Invalid},
		{"POST /v1/tenants\nContent-Type: text/plain\n\n{\"name\":\"a\"}", 415, control.Invalid},
		{"POST /v1/tenants\nContent-Type: \n\n{\"name\":\"a\"}", 415, control.Invalid},
		{"POST /v1/tenants\nContent-Type: application/json; charset=latin1\n\n{\"name\":\"a\"}", 415, control.Invalid},
		{"POST /v1/tenants\nContent-Encoding: gzip\n\n{\"name\":\"a\"}", 415, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"" + long + "\"}", 413, control.Invalid},
		{"POST /v1/tenants/acme/restore\n\n{}", 413, control.Invalid},
		{"POST /v1/tenants\nContent-Type: application/json", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\"", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\"} {}", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\",}", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\" /* x */}", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\",\"name\":\"b\"}", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\",\"n\\u0061me\":\"b\"}", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\",\"x\":{\"y\":1,\"y\":2}}", 400, control.Invalid},
		{"POST /v1/tenants\n\n{\"name\":\"a\xff\"}", 400, control.Invalid},
		{"POST /v1/tenants\n\n[]", 400, control.Invalid},
		{"POST /v1/tenants\n\nnull", 400, control.Invalid},
		{"POST /v1/tenants\n\n" + strings.Repeat("[", 17) + strings.Repeat("]", 17), 400, control.Invalid},
		{"POST /v1/tenants\n\n" + strings.Repeat("[", 20000), 400, control.Invalid},
		{"GET /v1/tenants?limit=%zz", 400, control.Invalid},
		{"GET /v1/tenants\nAuthorization: ", 401, control.Unauthenticated},
		{"GET /v1/tenants\nAuthorization: Bearer", 401, control.Unauthenticated},
		{"GET /v1/tenants\nAuthorization: Bearer admin-toke", 401, control.Unauthenticated},
		{"GET /v1/tenants\nAuthorization: Basic admin-token", 401, control.Unauthenticated},
		{"POST /v1/local/reset\nAuthorization: ", 401, control.Unauthenticated},
		{"GET /v1/tenants\nHost: evil.example", 421, control.Denied},
		{"GET /v1/health\nHost: evil.example:4566", 421, control.Denied},
		{"GET /v1/tenants\nHost: localhost.evil.example", 421, control.Denied},
		{"GET /v1/tenants\nHost: 10.0.0.1", 421, control.Denied},
		{"GET /v1/tenants\nOrigin: http://evil.example", 403, control.Denied},
		{"GET /v1/tenants\nOrigin: null", 403, control.Denied},
		{"GET /v1/tenants\nOrigin: http://localhost:1", 403, control.Denied},
		{"GET /v1/tenants\nSec-Fetch-Site: cross-site", 403, control.Denied},
		{"POST /v1/local/credentials\n\n{\"as\":\"tenant:unknown\"}", 404, control.NotFound},
	} {
		name := tt.call[:min(len(tt.call), 80)]
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			p := problem(t, w.call(tt.call), tt.status)
			if p.Code != string(tt.code) {
				t.Errorf("code %s", p.Code)
			}
			if tt.status != 404 && w.plane.calls != 0 {
				t.Error("the control plane was called")
			}
		})
	}
}

func TestFieldErrorsAllAtOnce(t *testing.T) {
	for _, tt := range []struct {
		call string
		want string
	}{
		{"POST /v1/tenants\n\n{}", "#/name"},
		{"POST /v1/tenants\n\n{\"id\":\"A\",\"name\":7,\"description\":null,\"a/b~c d\":[],\"NAME\":\"x\"}", "#/NAME #/a~1b~0c%20d #/description #/id #/name"},
		{"POST /v1/tenants\n\n{\"id\":\"A\",\"name\":\"\\ud800\"}", "#/id #/name"},
		{"POST /v1/local/credentials\n\n{\"as\":\"root\"}", "#/as"},
		{"POST /v1/local/credentials\n\n{\"as\":\"tenant:\"}", "#/as"},
		{"POST /v1/local/credentials\n\n{\"as\":1}", "#/as"},
		{"GET /v1/tenants?limit=x", "limit"},
		{"GET /v1/tenants?limit=0", "limit"},
		{"GET /v1/tenants?limit=1&limit=2&x=1", "limit x"},
		{"GET /v1/tenants?cursor=bad", "cursor"},
		{"DELETE /v1/tenants/acme?day=7", "day"},
		{"DELETE /v1/tenants/acme?days=-7", "days"},
		{"POST /v1/tenants?dry=1\n\n{\"name\":\"a\"}", "dry"},
		{"POST /v1/local/reset?x", "x"},
	} {
		t.Run(tt.call, func(t *testing.T) {
			p := problem(t, newWorld().call(tt.call), 422)
			seen := map[string]bool{}
			for _, e := range p.Errors {
				seen[e.Pointer+e.Parameter] = true
				if e.Detail == "" {
					t.Errorf("no detail: %+v", e)
				}
			}
			for _, want := range strings.Fields(tt.want) {
				if !seen[want] {
					t.Errorf("no fault of %s", want)
				}
			}
			if len(p.Errors) != len(strings.Fields(tt.want)) {
				t.Errorf("faults %+v", p.Errors)
			}
		})
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	var members []string
	for i := range 1000 {
		members = append(members, fmt.Sprintf(`"x%d":1`, i))
	}
	p := problem(t, newWorld().call("POST /v1/tenants\n\n{"+strings.Join(members, ",")+"}"), 422)
	if len(p.Errors) != 20 {
		t.Errorf("%d faults", len(p.Errors))
	}
}

func TestAllow(t *testing.T) {
	rec := newWorld().call("PATCH /v1/tenants/acme")
	if got := rec.Header().Get("Allow"); got != "DELETE, GET" {
		t.Errorf("Allow: %q", got)
	}
}

func TestHosts(t *testing.T) {
	for _, tt := range []struct {
		loopback bool
		host     string
		status   int
	}{
		{true, "localhost", 200}, {true, "LOCALHOST:1", 200}, {true, "a.localhost:1", 200}, {true, "127.0.0.1:4566", 200},
		{true, "127.9.9.9", 200}, {true, "[::1]:4566", 200}, {true, "[::1]", 200}, {true, "localhost.:80", 200},
		{true, "keyhold.test", 421}, {true, "", 421}, {false, "anything", 200},
	} {
		w := newWorld(func(c *httpapi.Config) { c.LoopbackOnly = tt.loopback })
		if rec := w.call("GET /v1/health\nHost: " + tt.host); rec.Code != tt.status {
			t.Errorf("%+v: got %d", tt, rec.Code)
		}
	}
}

func TestSameOriginIsAnswered(t *testing.T) {
	for _, lines := range []string{
		"Origin: http://localhost:4566", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none",
	} {
		if rec := newWorld().call("GET /v1/tenants\n" + lines); rec.Code != 200 {
			t.Errorf("%s: %d", lines, rec.Code)
		}
	}
}

func TestPermissions(t *testing.T) {
	reader := httpapi.TokenAuth(sha256.Sum256([]byte("reader-token")), httpapi.Principal{Name: "reader", Permissions: []httpapi.Permission{httpapi.ReadTenants}})
	w := newWorld(func(c *httpapi.Config) { c.Auth = append([]httpapi.Authenticator{other{}}, reader) })
	for call, status := range map[string]int{
		"GET /v1/tenants": 200, "DELETE /v1/tenants/acme": 403, "POST /v1/local/reset": 403, "POST /v1/tenants\n\n{\"name\":\"a\"}": 403,
	} {
		line, rest, _ := strings.Cut(call, "\n")
		if rec := w.call(line + "\nAuthorization: bearer reader-token\n" + rest); rec.Code != status {
			t.Errorf("%s: %d", call, rec.Code)
		}
	}
}

// other is an authenticator of another kind of credentials, which cannot find out whose they are.
type other struct{}

func (other) Authenticate(r *http.Request, _ []byte) (httpapi.Principal, error) {
	if strings.HasPrefix(r.Header.Get("Authorization"), "Other") {
		return httpapi.Principal{}, errors.New("the directory at 10.0.0.1 is down")
	}
	return httpapi.Principal{}, httpapi.ErrNoCredentials
}

func TestErrorsOfControl(t *testing.T) {
	for code, status := range map[control.Code]int{
		control.Invalid: 422, control.Unauthenticated: 401, control.Denied: 403, control.NotFound: 404, control.Conflict: 409,
		control.Limit: 429, control.Unavailable: 503, control.Internal: 500,
	} {
		t.Run(string(code), func(t *testing.T) {
			w := newWorld()
			w.plane.err = fmt.Errorf("wrapped: %w", &control.Error{Code: code, Detail: "detail", Err: errors.New("the cause")})
			rec := w.call("GET /v1/tenants/acme")
			if p := problem(t, rec, status); p.Code != string(code) || p.Detail != "detail" {
				t.Errorf("got %+v", p)
			}
			if strings.Contains(rec.Body.String(), "cause") {
				t.Error("the cause is in the answer")
			}
			if logged := strings.Contains(w.log.String(), "the cause"); logged != (status >= 500) {
				t.Errorf("log: %q", w.log.String())
			}
		})
	}
}

func TestInternalErrorsShowNothing(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"error": func(w *world) { w.plane.err = errors.New("a bug") },
		"panic": func(w *world) { w.plane.panics = true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			prepare(w)
			rec := w.call("GET /v1/tenants/acme")
			p := problem(t, rec, 500)
			if strings.Contains(rec.Body.String(), "bug") {
				t.Errorf("got %s", rec.Body)
			}
			if log := w.log.String(); !strings.Contains(log, "a bug") || !strings.Contains(log, p.RequestID) {
				t.Errorf("log: %q", log)
			}
		})
	}
	w := newWorld(func(c *httpapi.Config) { c.Auth = []httpapi.Authenticator{other{}} })
	if p := problem(t, w.call("GET /v1/tenants\nAuthorization: Other x"), 500); strings.Contains(p.Detail, "10.0.0.1") {
		t.Errorf("got %+v", p)
	}
}

func TestHealth(t *testing.T) {
	w := newWorld(func(c *httpapi.Config) { c.Health = func(context.Context) error { return errors.New("disk full") } })
	if p := problem(t, w.call("GET /v1/health"), 503); strings.Contains(p.Detail, "disk") {
		t.Errorf("got %+v", p)
	}
}

func TestLocalRoutesAreOptional(t *testing.T) {
	w := newWorld(func(c *httpapi.Config) { c.Local = nil })
	problem(t, w.call("POST /v1/local/reset"), 404)
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		call    string
		leave   bool // the client leaves after a second
		seconds int  // when the control plane's context ends
	}{
		{"GET /v1/tenants", false, 10}, {"GET /v1/tenants", true, 1},
		{"DELETE /v1/tenants/acme", false, 60}, {"DELETE /v1/tenants/acme", true, 60},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.plane.wait = func(ctx context.Context) { <-ctx.Done() }
			method, path, _ := strings.Cut(tt.call, " ")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := httptest.NewRequest(method, path, nil).WithContext(ctx)
			r.Host = "localhost"
			r.Header.Set("Authorization", "Bearer admin-token")
			if tt.leave {
				time.AfterFunc(time.Second, cancel)
			}
			start := time.Now()
			w.handler.ServeHTTP(httptest.NewRecorder(), r)
			if d := time.Since(start); d != time.Duration(tt.seconds)*time.Second {
				t.Errorf("%+v: ended after %v", tt, d)
			}
		})
	}
}

func TestTooLargeBodyOverTheNetwork(t *testing.T) {
	w := newWorld()
	server := httptest.NewServer(w.handler)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "POST /v1/tenants HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 70000\r\n\r\n")
	answer := make([]byte, 12)
	_, _ = conn.Write([]byte(strings.Repeat(" ", 64<<10+1)))
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.1 413" {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c := v1.Credentials{AccessKeyID: "AKIA1", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q %v", c, c, c, c, &c), fmt.Sprintf("%v", []v1.Credentials{c})} {
		if strings.Contains(text, "the-") {
			t.Errorf("got %s", text)
		}
	}
}
