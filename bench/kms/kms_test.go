package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/keyhold/keyhold/internal/aws/wire/sigv4"
)

func testSession() *session {
	return &session{config: aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: aws.String("http://127.0.0.1:4566"),
		Credentials:  credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "secret", strings.Repeat("t", 1000)),
	}}
}

// TestRing checks that the captured requests are really signed, and differ.
func TestRing(t *testing.T) {
	keys := sigv4.NewKeys("secret")
	for _, op := range []operation{{"Encrypt", encrypt}, {"GenerateDataKey", generateDataKey}} {
		ring, err := op.ring(t.Context(), testSession(), 5)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, request := range ring {
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request.wire)))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			s, err := sigv4.Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(r, body, keys, time.Now()); err != nil {
				t.Error(err)
			}
			if target := r.Header.Get("X-Amz-Target"); target != "TrentService."+op.name {
				t.Error(target)
			}
			if seen[string(request.wire)] {
				t.Error("the same request twice")
			}
			seen[string(request.wire)] = true
		}
	}
}

func TestLoad(t *testing.T) {
	answers := map[string]struct {
		handler http.HandlerFunc
		want    string // in the error; empty: none
	}{
		"good":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"CiphertextBlob":"QQ=="}`) }, ""},
		"lacking":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }, "the answer lacks"},
		"refusing":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadRequest) }, "400 Bad Request: no"},
		"streaming": {func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() }, "without Content-Length"},
	}
	requests, err := operations[0].ring(t.Context(), testSession(), 8)
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer.handler)
			defer server.Close()
			self := &process{addr: server.Listener.Addr().String(), cmd: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}}
			l := load{conns: 4, warmUp: time.Millisecond, window: 50 * time.Millisecond, requests: requests}
			got, err := l.run(context.Background(), self, true)
			if answer.want != "" {
				if err == nil || !strings.Contains(err.Error(), answer.want) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.PerSecond <= 0 || got.P50 <= 0 || got.P99 < got.P50 {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestParseStat(t *testing.T) {
	const stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 8 0 100 1000 10"
	if got, err := parseStat(stat); err != nil || got != 3*time.Second {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "42 (a) S 1", strings.Replace(stat, "250", "x", 1)} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestNewRow(t *testing.T) {
	ceilings := []sample{{1000, 10, 20, 5}, {2000, 10, 20, 5}, {1000, 20, 40, 10}}
	ours := []sample{{500, 20, 40, 15}, {500, 30, 40, 15}, {600, 30, 80, 20}}
	got := newRow("Encrypt", []request{{wire: make([]byte, 10)}, {wire: make([]byte, 20)}}, ceilings, ours)
	want := row{
		Name: "Encrypt", RequestBytes: 15, Spread: 0.35,
		Ceiling: sample{1000, 10, 20, 5}, Keyhold: sample{500, 30, 40, 15}, Ratio: sample{0.5, 2, 2, 3},
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	var out strings.Builder
	if err := (report{Connections: 16, Seconds: 2, Rounds: 3, Operations: []row{got}}).print(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "0.50 ± 0.1") {
		t.Error(out.String())
	}
}
