package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keyhold/keyhold/internal/control"
)

// nowhere is a ResponseWriter that keeps the status.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(status int)      { n.status = status }

// BenchmarkEncrypt is the whole of a request but the socket: a tenant's signed kms:Encrypt, with session, role and key policy,
// and the audit trail in a file.
func BenchmarkEncrypt(b *testing.B) {
	s, err := New(b.Context(), Config{Data: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Control().Create(b.Context(), control.NewTenant{ID: "acme", Name: "acme"}); err != nil {
		b.Fatal(err)
	}
	cred, err := s.Credentials(context.Background(), acme)
	if err != nil {
		b.Fatal(err)
	}
	payload, err := json.Marshal(map[string]any{"KeyId": "alias/customer-acme", "Plaintext": make([]byte, 64), "EncryptionContext": map[string]string{"tenant": "acme"}})
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(payload)
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:4566/", bytes.NewReader(payload))
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "TrentService.Encrypt")
	if err := v4.NewSigner().SignHTTP(b.Context(), cred, req, hex.EncodeToString(sum[:]), "kms", "us-east-1", time.Now()); err != nil {
		b.Fatal(err)
	}
	body := bytes.NewReader(payload)
	h := s.Handler()
	w := &nowhere{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(payload)
		req.Body = io.NopCloser(body)
		clear(w.header)
		h.ServeHTTP(w, req)
		if w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}
