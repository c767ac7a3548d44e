package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// target is a server in memory to which a test sends what it likes, and what it has logged as its own fault.
type target struct {
	*running
	t          *testing.T
	goroutines int    // before it was started
	heap       uint64 // bytes, once it had answered
	credential awssdk.Credentials
	log        faults
}

// faults keeps what a server logs as an error.
type faults struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (f *faults) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.Write(p)
}

func newTarget(t *testing.T, l limits) *target {
	t.Helper()
	g := &target{t: t, goroutines: runtime.NumGoroutine()}
	s, err := New(t.Context(), onAnyPort(Config{Memory: true, Log: slog.New(slog.NewTextHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelError}))}))
	if err != nil {
		t.Fatal(err)
	}
	s.limits = l
	g.running = listen(t, s)
	if g.credential, err = s.Credentials(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	g.serves(time.Minute)
	g.heap = heap()
	return g
}

// heap is what lives on the heap, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // the first moves pools' contents to where the second frees them
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// serves fails the test unless good requests on fresh connections are answered in time.
func (g *target) serves(within time.Duration) {
	g.t.Helper()
	for url, text := range map[string]string{
		g.info.Endpoint: g.kms("ListKeys", "{}") + "{}",
		g.info.API:      g.api("GET /v1/tenants HTTP/1.1", ""),
	} {
		began := time.Now()
		got := g.exchange(url, text)
		if len(got) != 1 || got[0].status != http.StatusOK {
			g.t.Errorf("the next request is answered %v", got)
		}
		if d := time.Since(began); d > within {
			g.t.Errorf("the next request took %v", d)
		}
	}
}

// settled fails the test unless the server holds no more than before, to which it may add some bytes of heap, and has
// no fault of its own in the log.
func (g *target) settled(bytes uint64) {
	g.t.Helper()
	if err := g.end(); err != nil {
		g.t.Error(err)
	}
	settles(g.t, g.goroutines)
	now := heap()
	g.t.Logf("heap before: %d KiB, after: %d KiB", g.heap>>10, now>>10)
	if now > g.heap+bytes {
		g.t.Errorf("the heap grew from %d to %d KiB", g.heap>>10, now>>10)
	}
	if g.log.text.Len() > 0 {
		g.t.Errorf("bad input is no fault of ours, yet it was logged: %.2000s", g.log.text.String())
	}
}

// reply is what came back.
type reply struct {
	status  int
	code    string // of the error, in whichever form
	body    string
	closing bool
	shaped  bool // it is what the service answers, and not what net/http does
}

func (r reply) String() string {
	return fmt.Sprintf("%d %s %.300q (closing: %v, shaped: %v)", r.status, r.code, r.body, r.closing, r.shaped)
}

// exchange sends a text over a new connection, of which it then closes its half, and returns what comes back until the
// server closes the other. A server may close before it has read everything.
func (g *target) exchange(url, text string) []reply {
	g.t.Helper()
	c := dial(g.t, url)
	defer func() { _ = c.Close() }()
	go func() {
		_, _ = io.WriteString(c, text)
		_ = c.CloseWrite()
	}()
	return g.replies(c)
}

// replies reads answers until the end.
func (g *target) replies(c io.Reader) (all []reply) {
	g.t.Helper()
	b := bufio.NewReader(c)
	for {
		resp, err := http.ReadResponse(b, nil)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || reset(err) {
			return all
		}
		if err != nil {
			g.t.Errorf("answer that cannot be read: %v", err)
			return all
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil && !reset(err) {
			g.t.Errorf("answer that cannot be read: %v", err)
		}
		all = append(all, g.reply(resp, body))
	}
}

var requestID = regexp.MustCompile(`^[0-9a-f-]{36}$`)

func (g *target) reply(resp *http.Response, body []byte) reply {
	r := reply{status: resp.StatusCode, body: string(body), closing: resp.Close}
	switch kind := resp.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/x-amz-json-1.1"), strings.HasPrefix(kind, "text/xml"):
		w := httptest.NewRecorder()
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(r.status)
		_, _ = w.Write(body)
		a := parseAnswer(g.t, w)
		r.code, r.shaped = a.code, requestID.MatchString(resp.Header.Get("X-Amzn-Requestid")) && (a.code != "" || r.status == http.StatusOK)
	case kind == "application/problem+json":
		var p v1.Problem
		err := json.Unmarshal(body, &p)
		r.code, r.shaped = p.Code, err == nil && p.Status == r.status && p.RequestID != "" && p.Detail != ""
	case kind == "application/json":
		r.shaped = json.Valid(body)
	case r.status == http.StatusContinue:
		r.shaped = true
	}
	return r
}

// reset tells whether a connection ended because the server had closed it with something unread.
func reset(err error) bool {
	return err != nil && strings.Contains(err.Error(), "connection reset by peer")
}

// kms is the head of a call of KMS that the administrator signed with a body. Lines are further header lines; with a
// Content-Length or Transfer-Encoding among them there is no other.
func (g *target) kms(operation, body string, lines ...string) string {
	return g.signed("kms", "POST / HTTP/1.1", body,
		append([]string{"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: TrentService." + operation}, framed(lines, body)...)...)
}

// query is the head of a call of IAM or STS that the administrator signed with a body.
func (g *target) query(service, body string, lines ...string) string {
	return g.signed(service, "POST / HTTP/1.1", body, append([]string{"Content-Type: application/x-www-form-urlencoded"}, framed(lines, body)...)...)
}

// whole is a call of IAM or STS, body and all.
func (g *target) whole(service, operation string, pairs ...string) string {
	values := url.Values{"Action": {operation}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	body := values.Encode()
	return g.query(service, body) + body
}

// api is the head of a request to /v1 with the token.
func (g *target) api(line, body string, lines ...string) string {
	if body != "" {
		lines = append([]string{"Content-Type: application/json"}, framed(lines, body)...)
	}
	return raw(line, append([]string{"Host: localhost", "Authorization: Bearer " + g.info.NewToken}, lines...)...)
}

// framed adds the length of a body to header lines that do not say how it ends.
func framed(lines []string, body string) []string {
	for _, line := range lines {
		if strings.HasPrefix(line, "Content-Length") || strings.HasPrefix(line, "Transfer-Encoding") {
			return lines
		}
	}
	return append([]string{fmt.Sprint("Content-Length: ", len(body))}, lines...)
}

// raw is the head of a request, with the empty line at its end.
func raw(line string, lines ...string) string {
	return line + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// signed is the head of a request that the administrator signed for a service with a body. Of its header lines, the
// signature covers those that it must.
func (g *target) signed(service, line, body string, lines ...string) string {
	g.t.Helper()
	parts := strings.Split(line, " ")
	r, err := http.NewRequest(parts[0], g.info.Endpoint+parts[1], nil)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, line := range lines {
		if name, value, _ := strings.Cut(line, ": "); strings.HasPrefix(name, "X-Amz-") {
			r.Header.Add(name, value)
		}
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), g.credential, r, hex.EncodeToString(sum[:]), service, DefaultRegion, time.Now()); err != nil {
		g.t.Fatal(err)
	}
	return raw(line, append([]string{"Host: " + r.Host, "Authorization: " + r.Header.Get("Authorization"), "X-Amz-Date: " + r.Header.Get("X-Amz-Date")}, lines...)...)
}
