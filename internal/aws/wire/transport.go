package wire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// Transport serves HTTP requests with h in this process: no socket, no goroutine, the caller's own stack. An SDK's HTTP
// client gets it as its transport. Requests count as secure and have no source address.
//
// The request's context reaches h; if it is done before h or when h returns, RoundTrip fails with its cause.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

// errAborted is what a client sees of a handler that panics with http.ErrAbortHandler.
var errAborted = errors.New("the server closed the connection")

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (_ *http.Response, err error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			err = errAborted
		} else if v != nil {
			panic(v)
		}
	}()
	rec := recorder{header: http.Header{}}
	t.handler.ServeHTTP(&rec, received(req))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return rec.response(req), nil
}

// received is a client's request as a server sees it.
func received(req *http.Request) *http.Request {
	r := req.WithContext(req.Context())
	r.URL = &url.URL{Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery, ForceQuery: req.URL.ForceQuery}
	if r.URL.Path == "" {
		r.URL.Path = "/"
	}
	r.RequestURI = r.URL.RequestURI()
	r.Header = req.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	switch {
	case r.Body == http.NoBody:
		r.ContentLength = 0
	case r.ContentLength == 0: // a client says so of a length it does not know
		r.ContentLength = -1
	default:
		r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	return r
}

// recorder is an http.ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	sent   http.Header // header as it was when the status was written
	status int
	body   bytes.Buffer
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status, rec.sent = status, rec.header.Clone()
	}
}

func (rec *recorder) Write(b []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(b)
}

func (rec *recorder) response(req *http.Request) *http.Response {
	rec.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:        strconv.Itoa(rec.status) + " " + http.StatusText(rec.status),
		StatusCode:    rec.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        rec.sent,
		Body:          io.NopCloser(&rec.body),
		ContentLength: int64(rec.body.Len()),
		Request:       req,
	}
}
