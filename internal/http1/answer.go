package http1

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// answer is a response in the making. It implements http.ResponseWriter.
type answer struct {
	conn   *conn
	header http.Header
	status int
	body   []byte
	out    []byte
}

// keptRoom bounds the room that an answer keeps for the next one, in bytes.
const keptRoom = 64 << 10

func (a *answer) reset() {
	clear(a.header)
	a.status, a.body = 0, a.body[:0]
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

// SetReadDeadline is what http.ResponseController calls, for a handler that waits less long for a body.
func (a *answer) SetReadDeadline(t time.Time) error {
	a.conn.readBy = t
	return a.conn.net.SetReadDeadline(t)
}

// send writes the whole answer at once. last says that the connection ends with it.
func (a *answer) send(r *http.Request, last bool) error {
	a.WriteHeader(http.StatusOK)
	out := append(a.out[:0], "HTTP/1.1 "...)
	out = append(strconv.AppendInt(out, int64(a.status), 10), ' ')
	out = append(append(out, http.StatusText(a.status)...), "\r\n"...)
	for name, values := range a.header {
		if name == "Content-Length" || name == "Connection" {
			continue
		}
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n") {
				return fmt.Errorf("http1: header %s has more than one line", name)
			}
			out = append(append(append(append(out, name...), ": "...), v...), "\r\n"...)
		}
	}
	out = append(append(append(out, "Date: "...), date()...), "\r\n"...)
	out = append(out, "Content-Length: "...)
	out = append(strconv.AppendInt(out, int64(len(a.body)), 10), "\r\n"...)
	if last {
		out = append(out, "Connection: close\r\n"...)
	}
	out = append(out, "\r\n"...)
	if r.Method != http.MethodHead {
		out = append(out, a.body...)
	}
	_, err := a.conn.net.Write(out)
	a.keep(out)
	return err
}

// keep clears the room of an answer, which may have held plaintext, and keeps it if it is not large.
func (a *answer) keep(out []byte) {
	clear(out)
	clear(a.body)
	a.out, a.body = out[:0], a.body[:0]
	if cap(out) > keptRoom {
		a.out, a.body = nil, nil
	}
}

// now is the Date of the current second.
var now atomic.Pointer[stamp]

type stamp struct {
	second int64
	text   string
}

func date() string {
	t := time.Now()
	if s := now.Load(); s != nil && s.second == t.Unix() {
		return s.text
	}
	s := &stamp{t.Unix(), t.UTC().Format(http.TimeFormat)}
	now.Store(s)
	return s.text
}

// fault is the answer to what is not a request.
type fault struct {
	status int
	text   string
}

var (
	badRequest         = fault{http.StatusBadRequest, "400 Bad Request"}
	expectationFailed  = fault{http.StatusExpectationFailed, "417 Expectation Failed"}
	headTooLarge       = fault{http.StatusRequestHeaderFieldsTooLarge, "431 Request Header Fields Too Large"}
	unsupportedCoding  = fault{http.StatusNotImplemented, "501 Not Implemented"}
	unsupportedVersion = fault{http.StatusHTTPVersionNotSupported, "505 HTTP Version Not Supported"}
)

// faultOf is the answer to a head that does not parse.
func faultOf(err error) *fault {
	if strings.Contains(err.Error(), "transfer encoding") {
		return &unsupportedCoding
	}
	return &badRequest
}

// refuse answers what is not a request, and lets the client read that.
func (c *conn) refuse(f *fault) {
	c.writeWithin(c.server.Limits.Head)
	_, err := io.WriteString(c.net, "HTTP/1.1 "+f.text+"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "+
		strconv.Itoa(len(f.text))+"\r\nConnection: close\r\n\r\n"+f.text)
	if err == nil {
		c.linger()
	}
}
