package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestTransport(t *testing.T) {
	var got *http.Request
	var body string
	client := &http.Client{Transport: Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, body = r, read(t, r.Body)
		w.Header().Set("A", "1")
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK) // too late
		w.Header().Set("A", "2")     // too late
		_, _ = io.WriteString(w, "answer")
	}))}
	res, err := client.Post("https://aws.test:99/a%2Fb?c=d", "text/plain", strings.NewReader("question"))
	if err != nil {
		t.Fatal(err)
	}
	if text := read(t, res.Body); res.StatusCode != 418 || res.Status != "418 I'm a teapot" || text != "answer" || res.ContentLength != 6 || res.Header.Get("A") != "1" {
		t.Errorf("%s %v %d %s", res.Status, res.Header, res.ContentLength, text)
	}
	if got.Host != "aws.test:99" || got.RequestURI != "/a%2Fb?c=d" || got.URL.Host != "" || body != "question" || got.ContentLength != 8 ||
		got.Header.Get("Content-Length") != "8" || got.TLS == nil || got.RemoteAddr != "" {
		t.Errorf("arrived: %+v, body %s", got, body)
	}

	if _, err := client.Get("http://aws.test"); err != nil {
		t.Fatal(err)
	}
	if got.URL.Path != "/" || got.RequestURI != "/" || got.ContentLength != 0 || body != "" {
		t.Errorf("arrived: %+v, body %s", got, body)
	}
}

func TestTransportCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	rt := Transport(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		calls++
		cancel()
		<-r.Context().Done()
	}))
	for range 2 { // in the middle, and before
		closed := &closer{}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://aws.test", closed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rt.RoundTrip(req); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if !closed.closed {
			t.Error("the body was not closed")
		}
	}
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

type closer struct{ closed bool }

func (*closer) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closer) Close() error           { c.closed = true; return nil }

func TestTransportAborted(t *testing.T) {
	abort := Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	if _, err := (&http.Client{Transport: abort}).Get("http://aws.test"); !errors.Is(err, errAborted) {
		t.Errorf("%v", err)
	}
	defer func() {
		if v := recover(); v != "a bug" {
			t.Errorf("recovered %v", v)
		}
	}()
	bug := Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") }))
	_, _ = (&http.Client{Transport: bug}).Get("http://aws.test")
}
