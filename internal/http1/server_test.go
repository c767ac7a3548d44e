package http1

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

var usual = Limits{Connections: 100, MaxHead: 16 << 10, Head: 2 * time.Second, Body: 2 * time.Second, Idle: 5 * time.Second, Drain: 2 * time.Second}

// echo answers with what it got.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/unread" {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Host", r.Host)
	_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, b)
}

// start serves until the test ends, or stop is called, which returns what Serve did.
func start(t *testing.T, limits Limits, h http.HandlerFunc) (addr string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{Handler: h, Limits: limits, Log: slog.New(slog.DiscardHandler)}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	var result error
	stopped := false
	stop = func() error {
		if !stopped {
			cancel()
			result, stopped = <-done, true
		}
		return result
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), stop
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// answers sends raw bytes and reads all answers: status and body of each, and whether the server closed.
func answers(t *testing.T, addr, raw string, method string) (got []string) {
	t.Helper()
	c := dial(t, addr)
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	in := bufio.NewReader(c)
	for {
		if _, err := in.Peek(1); err == io.EOF {
			return append(got, "closed")
		} else if err != nil {
			return got
		}
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(r.StatusCode, " ", string(b)))
	}
}

func TestRequests(t *testing.T) {
	addr, _ := start(t, usual, echo)
	const post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
	for name, c := range map[string]struct {
		raw, method string
		want        []string
	}{
		"one":                    {post, "POST", []string{"200 POST /a hi"}},
		"pipelined":              {post + post + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "POST", []string{"200 POST /a hi", "200 POST /a hi", "200 GET /b "}},
		"last":                   {"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + post, "GET", []string{"200 GET /a ", "closed"}},
		"HTTP/1.0":               {"GET /a HTTP/1.0\r\n\r\n", "GET", []string{"200 GET /a ", "closed"}},
		"HTTP/1.0, kept alive":   {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET", []string{"200 GET /a ", "closed"}},
		"HEAD":                   {"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD", []string{"200 "}},
		"chunks":                 {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "POST", []string{"200 POST /a hi", "closed"}},
		"length and chunks":      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "POST", []string{"200 POST /a hi", "closed"}},
		"body that nobody reads": {"POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nGET / HTT", "POST", []string{"418 ", "closed"}},
		"awaited":                {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi", "POST", []string{"100 ", "200 POST /a hi"}},
		"awaited by nobody":      {"POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", "POST", []string{"418 ", "closed"}},
		"head of 9 KB":           {"GET /a HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 9000) + "\r\n\r\n" + post, "GET", []string{"200 GET /a ", "200 POST /a hi"}},

		"head too large":       {"GET /a HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 17<<10) + "\r\n\r\n", "GET", []string{"431 431 Request Header Fields Too Large", "closed"}},
		"two hosts":            {"GET /a HTTP/1.1\r\nHost: h\r\nhost: i\r\n\r\n", "GET", []string{"400 400 Bad Request", "closed"}},
		"no host":              {"GET /a HTTP/1.1\r\nX: h\r\n\r\n", "GET", []string{"400 400 Bad Request", "closed"}},
		"two lengths":          {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi", "POST", []string{"400 400 Bad Request", "closed"}},
		"space before a colon": {"GET /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n", "GET", []string{"400 400 Bad Request", "closed"}},
		"continued line":       {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "GET", []string{"400 400 Bad Request", "closed"}},
		"line feed alone":      {"GET /a HTTP/1.1\r\nHost: h\nX: a\r\n\r\n", "GET", []string{"400 400 Bad Request", "closed"}},
		"line feeds alone":     {"GET /a HTTP/1.1\nHost: h\n\n", "GET", []string{"400 400 Bad Request", "closed"}},
		"no method":            {"\x16\x03\x01\x02\x00", "GET", []string{"400 400 Bad Request", "closed"}},
		"HTTP/2":               {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET", []string{"505 505 HTTP Version Not Supported", "closed"}},
		"unknown coding":       {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: zip\r\n\r\n", "POST", []string{"501 501 Not Implemented", "closed"}},
		"other expectation":    {"GET /a HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n", "GET", []string{"417 417 Expectation Failed", "closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := answers(t, addr, c.raw, c.method); strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestSplitAnywhere sends a request byte by byte.
func TestSplitAnywhere(t *testing.T) {
	addr, _ := start(t, usual, echo)
	c := dial(t, addr)
	in := bufio.NewReader(c)
	for range 2 {
		for _, b := range []byte("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi") {
			if _, err := c.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(r.Body); string(b) != "POST /a hi" {
			t.Errorf("got %q", b)
		}
	}
}

// TestLimits shows that clients that are slow, idle or too many are let go.
func TestLimits(t *testing.T) {
	limits := usual
	limits.Head, limits.Body, limits.Idle = 50*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond
	addr, _ := start(t, limits, echo)
	for name, raw := range map[string]string{
		"idle": "", "slow head": "GET /a HT", "slow body": "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nh",
	} {
		c := dial(t, addr)
		if _, err := io.WriteString(c, raw); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTooManyConnections shows that those beyond the limit are closed.
func TestTooManyConnections(t *testing.T) {
	limits := usual
	limits.Connections = 3
	addr, _ := start(t, limits, echo)
	for i := range 4 {
		c := dial(t, addr)
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		if refused := err == io.EOF; refused != (i == 3) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
}

// TestShutdown shows that a request that is running is answered, and an idle connection ends at once.
func TestShutdown(t *testing.T) {
	running, finish := make(chan struct{}), make(chan struct{})
	addr, stop := start(t, usual, func(w http.ResponseWriter, _ *http.Request) {
		close(running)
		<-finish
		_, _ = io.WriteString(w, "done")
	})
	idle, busy := dial(t, addr), dial(t, addr)
	if _, err := io.WriteString(busy, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-running
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the idle connection: %v", err)
	}
	close(finish)
	b, err := io.ReadAll(busy)
	if err != nil || !bytes.HasSuffix(b, []byte("\r\n\r\ndone")) || !bytes.Contains(b, []byte("Connection: close\r\n")) {
		t.Errorf("got %q, %v", b, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("it still listens")
	}
}

// TestPanic shows that a panic ends its connection and no other.
func TestPanic(t *testing.T) {
	addr, _ := start(t, usual, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("no")
		}
	})
	other := dial(t, addr)
	if got := answers(t, addr, "GET /panic HTTP/1.1\r\nHost: h\r\n\r\n", "GET"); strings.Join(got, "") != "closed" {
		t.Errorf("got %q", got)
	}
	if _, err := io.WriteString(other, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if r, err := http.ReadResponse(bufio.NewReader(other), nil); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestNoInjection shows that a header of several lines is not sent.
func TestNoInjection(t *testing.T) {
	addr, _ := start(t, usual, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", "a\r\nSet-Cookie: b") })
	if got := answers(t, addr, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET"); strings.Join(got, "") != "closed" {
		t.Errorf("got %q", got)
	}
}

// FuzzHead holds what passes check against net/http's parser: nothing that it reads otherwise than its lines say.
func FuzzHead(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	f.Add("POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nX-Y: z\r\n\r\n")
	f.Add("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n")
	f.Add("GET / HTTP/1.0\r\n\r\n")
	f.Fuzz(func(t *testing.T, head string) {
		i := strings.Index(head, "\r\n\r\n")
		if i < 0 {
			return
		}
		head = head[:i+4]
		if _, ok := check([]byte(head)); !ok {
			return
		}
		in := bufio.NewReader(strings.NewReader(head))
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if in.Buffered() > 0 {
			t.Fatalf("the parser ended the head before its end: %q", head)
		}
		lines := strings.Count(head, "\r\n") - 2
		fields := len(r.Header["Host"])
		for _, values := range r.Header {
			fields += len(values)
		}
		if r.Host != "" {
			fields++
		}
		if fields > lines {
			t.Fatalf("%d fields of %d lines: %q", fields, lines, head)
		}
	})
}
