package httpapi

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/keyhold/keyhold/internal/control"
)

// requestIDHeader holds the id under which the log has a request. Every answer has it from the start.
const requestIDHeader = "X-Request-Id"

func newRequestID() string { return rand.Text() }

func requestID(w http.ResponseWriter) string { return w.Header().Get(requestIDHeader) }

// write sends the answer of a handler.
func (a *api) write(w http.ResponseWriter, r *http.Request, resp *response) {
	if resp.body == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	text, err := encode(resp.body)
	if err != nil {
		a.writeError(w, r, err)
		return
	}
	if resp.location != "" {
		w.Header().Set("Location", resp.location)
	}
	status := resp.status
	if status == 0 {
		status = http.StatusOK
	}
	send(w, status, "application/json", text)
}

// writeError sends an error as a problem, and logs it if the fault is not the caller's.
func (a *api) writeError(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err, requestID(w))
	if p.Status >= http.StatusInternalServerError {
		level := slog.LevelError
		if p.Code == string(control.Unavailable) {
			level = slog.LevelWarn
		}
		a.config.Log.Log(r.Context(), level, "request failed", "requestId", p.RequestID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	switch p.Code {
	case string(control.Unauthenticated):
		w.Header().Set("WWW-Authenticate", `Bearer realm="keyhold"`)
	case string(control.Unavailable), string(control.Limit):
		w.Header().Set("Retry-After", "1")
	}
	text, err := encode(p)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	send(w, p.Status, "application/problem+json", text)
}

func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(body)
	return b.Bytes(), err
}

func send(w http.ResponseWriter, status int, contentType string, text []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may have left
}

// recovered makes an error of a panic, so that the request is answered and logged under its id. It is deferred.
func recovered(err *error) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		*err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	}
}
