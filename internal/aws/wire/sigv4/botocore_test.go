package sigv4

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// TestBotocore lets botocore, which signs for boto3 and aws-cli, sign requests. It is skipped where there is none.
func TestBotocore(t *testing.T) {
	if err := exec.Command("python3", "-c", "import botocore.auth").Run(); err != nil {
		t.Skip("no python3 with botocore")
	}
	out, err := exec.Command("python3", "testdata/sign.py").Output()
	if err != nil {
		t.Fatal(err, stderr(err))
	}
	keys := NewKeys(testSecret)
	decoder := json.NewDecoder(bytes.NewReader(out))
	count := 0
	for ; decoder.More(); count++ {
		var signed struct {
			Method, URL, Body, Service, Token string
			Headers                           map[string]string
		}
		if err := decoder.Decode(&signed); err != nil {
			t.Fatal(err)
		}
		body := []byte(signed.Body)
		r, err := http.NewRequest(signed.Method, signed.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range signed.Headers {
			r.Header.Set(name, value)
		}
		r = send(t, r, body)
		s, err := Parse(r)
		if err != nil {
			t.Errorf("%s %s: %v", signed.Method, signed.URL, err)
			continue
		}
		verify := s.Verify
		if signed.Service == "s3" {
			verify = s.VerifyS3
		}
		if err := errors.Join(s.CheckScope(signed.Service), verify(r, body, keys, s.Time)); err != nil {
			t.Errorf("%s %s %v: %v", signed.Method, signed.URL, signed.Headers, err)
		}
		if s.SessionToken != signed.Token {
			t.Errorf("token %q", s.SessionToken)
		}
	}
	if count < 50 {
		t.Errorf("botocore signed %d requests", count)
	}
}

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return ""
}
