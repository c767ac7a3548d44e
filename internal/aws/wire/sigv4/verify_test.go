package sigv4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	testKeyID  = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var testTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

// encryptRequest is a kms.Encrypt call as the SDK for Go sends it, with a session token of tokenSize bytes.
func encryptRequest(tb testing.TB, tokenSize int) (*http.Request, []byte) {
	tb.Helper()
	body := []byte(`{"EncryptionContext":{"tenant":"t-0123456789abcdefghij"},"KeyId":"alias/customer-t-0123456789abcdefghij",` +
		`"Plaintext":"` + strings.Repeat("QUJD", 64) + `"}`)
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:4566/", bytes.NewReader(body))
	for name, value := range map[string]string{
		"Accept-Encoding":       "identity",
		"Amz-Sdk-Invocation-Id": "2f5ba8f6-7a3f-4d6c-9a38-9bd0b9d3c4de",
		"Amz-Sdk-Request":       "attempt=1; max=3",
		"Content-Type":          "application/x-amz-json-1.1",
		"User-Agent":            "aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/kms#1.62.4 m/g",
		"X-Amz-Target":          "TrentService.Encrypt",
	} {
		r.Header.Set(name, value)
	}
	sign(tb, r, body, strings.Repeat("t", tokenSize), "kms")
	return r, body
}

// sign signs r in its headers with the SDK's signer, as if it were about to be sent.
func sign(tb testing.TB, r *http.Request, body []byte, token, service string) {
	tb.Helper()
	sum := sha256.Sum256(body)
	creds := aws.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret, SessionToken: token}
	s := signer.NewSigner(func(o *signer.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	err := s.SignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), service, "us-east-1", testTime)
	if err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkVerify(b *testing.B) {
	r, body := encryptRequest(b, 1500)
	r.Body = io.NopCloser(bytes.NewReader(nil))
	keys := NewKeys(testSecret)
	b.ReportAllocs()
	for b.Loop() {
		s, err := Parse(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.CheckScope("kms"); err != nil {
			b.Fatal(err)
		}
		if err := s.Verify(r, body, keys, testTime); err != nil {
			b.Fatal(err)
		}
	}
}
