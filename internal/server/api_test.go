package server

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// TestAdminSignature accepts at /v1 what the local administrator signed, and nothing that another signed, whatever they may
// do in AWS.
func TestAdminSignature(t *testing.T) {
	tests := map[string]struct {
		as        v1.As
		other     bool          // another user, who may do everything too
		service   string        // "": /v1's own
		signedAt  time.Duration // from now
		change    func(*awssdk.Credentials)
		tamper    func(*http.Request)
		wantEntry bool
	}{
		"administrator":        {as: admin, wantEntry: true},
		"another user":         {as: admin, other: true},
		"control role":         {as: ctl},
		"service":              {as: serviceB},
		"signed for kms":       {as: admin, service: "kms"},
		"too old":              {as: admin, signedAt: -16 * time.Minute},
		"wrong secret":         {as: admin, change: func(c *awssdk.Credentials) { c.SecretAccessKey += "x" }},
		"unknown key":          {as: admin, change: func(c *awssdk.Credentials) { c.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA" }},
		"with a session token": {as: admin, change: func(c *awssdk.Credentials) { c.SessionToken = "x" }},
		"another body":         {as: admin, tamper: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"id":"acme","name":"b"}`)) }},
		"another query":        {as: admin, tamper: func(r *http.Request) { r.URL.RawQuery = "x=1" }},
		"another scheme":       {as: admin, tamper: func(r *http.Request) { r.Header.Set("Authorization", "AWS a:b") }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := New(t.Context(), Config{Memory: true})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				cred, err := s.Credentials(t.Context(), tt.as)
				if err != nil {
					t.Fatal(err)
				}
				if tt.other {
					cred = secondAdmin(t, s)
				}
				if tt.change != nil {
					tt.change(&cred)
				}
				r := signedCreate(t, cred, tt.service, time.Now().Add(tt.signedAt))
				if tt.tamper != nil {
					tt.tamper(r)
				}
				w := httptest.NewRecorder()
				s.API().ServeHTTP(w, r)
				want := http.StatusUnauthorized
				if tt.wantEntry {
					want = http.StatusCreated
				}
				if w.Code != want {
					t.Errorf("got %d %s, want %d", w.Code, w.Body, want)
				}
				if _, err := s.Control().Get(t.Context(), "acme"); (err == nil) != tt.wantEntry {
					t.Errorf("tenant: %v", err)
				}
			})
		})
	}
}

// signedCreate is a request for a tenant.
func signedCreate(t *testing.T, cred awssdk.Credentials, service string, at time.Time) *http.Request {
	t.Helper()
	const payload = `{"id":"acme","name":"a"}`
	if service == "" {
		service = APIService
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost/v1/tenants", strings.NewReader(payload))
	r.Header.Set("Content-Type", "application/json")
	sum := sha256.Sum256([]byte(payload))
	if err := v4.NewSigner().SignHTTP(t.Context(), cred, r, hex.EncodeToString(sum[:]), service, DefaultRegion, at); err != nil {
		t.Fatal(err)
	}
	return r
}

// secondAdmin makes another user of the central account with all that the administrator may do.
func secondAdmin(t *testing.T, s *Server) awssdk.Credentials {
	t.Helper()
	root, name, arn := aws.RootUser(DefaultCentralAccount), "second", adminPolicy
	if _, err := s.iam(t.Context(), root, "CreateUser", &iamapi.CreateUserInput{UserName: &name}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.iam(t.Context(), root, "AttachUserPolicy", &iamapi.AttachUserPolicyInput{UserName: &name, PolicyArn: &arn}); err != nil {
		t.Fatal(err)
	}
	out, err := s.iam(t.Context(), root, "CreateAccessKey", &iamapi.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		t.Fatal(err)
	}
	key := out.(*iamapi.CreateAccessKeyOutput).AccessKey
	return awssdk.Credentials{AccessKeyID: *key.AccessKeyId, SecretAccessKey: *key.SecretAccessKey}
}

// TestLocalRoutesStayOnLoopback: an API that is reached from elsewhere gives nobody credentials, and resets nothing.
func TestLocalRoutesStayOnLoopback(t *testing.T) {
	const token = "a-token-that-is-long-enough"
	cert, key, _ := selfSigned(t)
	for listen, want := range map[string]int{"127.0.0.1:1": http.StatusOK, "0.0.0.0:1": http.StatusNotFound} {
		s, err := New(t.Context(), Config{Memory: true, APIListen: listen, TLSCert: cert, TLSKey: key, Token: aws.NewSecret(token)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r := httptest.NewRequest(http.MethodPost, "http://localhost/v1/local/credentials", strings.NewReader(`{"as":"admin"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.API().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: got %d %s, want %d", listen, w.Code, w.Body, want)
		}
	}
}
