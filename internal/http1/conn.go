package http1

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
)

const (
	readRoom   = 4 << 10                // bytes that are read ahead; a longer head gets more
	coarse     = time.Second            // how far a deadline may be off
	lingerTime = 500 * time.Millisecond // for a client to take the answer before a connection with unread data ends
)

// conn is a connection.
type conn struct {
	server *Server
	net    net.Conn
	remote string
	tls    *tls.ConnectionState
	in     *bufio.Reader
	busy   atomic.Bool // a request is running
	body   body
	answer answer

	readBy, writeBy time.Time // the deadlines that are set
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, net: nc, remote: nc.RemoteAddr().String(), in: bufio.NewReaderSize(nc, readRoom)}
	c.answer = answer{conn: c, header: http.Header{}}
	return c
}

// serve answers the connection's requests, one after another.
func (c *conn) serve() {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			c.server.Log.Error("panic", "panic", v, "stack", string(debug.Stack()))
		}
		_ = c.net.Close()
	}()
	if !c.handshake() {
		return
	}
	for c.next() {
	}
}

// handshake makes a TLS connection speak.
func (c *conn) handshake() bool {
	t, ok := c.net.(*tls.Conn)
	if !ok {
		return true
	}
	c.readWithin(c.server.Limits.Head)
	c.writeWithin(c.server.Limits.Head)
	if err := t.Handshake(); err != nil {
		return false
	}
	state := t.ConnectionState()
	c.tls = &state
	return true
}

// next answers one request and tells whether there may be another.
func (c *conn) next() bool {
	c.readWithin(c.server.Limits.Idle)
	if _, err := c.in.Peek(1); err != nil {
		return false
	}
	c.busy.Store(true)
	defer c.busy.Store(false)
	r, fault := c.request()
	if fault != nil {
		c.refuse(fault)
		return false
	}
	if r == nil {
		return false
	}
	if r.ContentLength < 0 || r.ContentLength > int64(c.in.Buffered()) {
		c.readWithin(c.server.Limits.Body)
	}
	c.answer.reset()
	c.body = body{ReadCloser: r.Body, conn: c, ended: r.Body == http.NoBody, awaited: r.Header.Get("Expect") != ""}
	r.Body = &c.body
	c.server.Handler.ServeHTTP(&c.answer, r)
	rest := !c.body.ended
	last := r.Close || rest || !r.ProtoAtLeast(1, 1) || len(r.TransferEncoding) > 0 ||
		c.answer.header.Get("Connection") == "close" || c.server.closing.Load()
	c.writeWithin(c.server.Limits.Body)
	if err := c.answer.send(r, last); err != nil {
		return false
	}
	if rest {
		c.linger()
	}
	return !last
}

// body is a request's body that knows whether it was read to its end, and asks for itself where the client waits for that.
type body struct {
	io.ReadCloser
	conn    *conn
	ended   bool
	awaited bool // the client sends it after "100 Continue"
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.awaited && !b.ended {
		b.awaited = false
		b.conn.writeWithin(b.conn.server.Limits.Body)
		if _, err := io.WriteString(b.conn.net, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || errors.Is(err, io.EOF)
	return n, err
}

// request reads the head of a request; both results are nil if the client is gone.
func (c *conn) request() (*http.Request, *fault) {
	if fault, ok := c.head(); !ok {
		return nil, fault
	}
	r, err := http.ReadRequest(c.in)
	if err != nil {
		return nil, faultOf(err)
	}
	r.RemoteAddr, r.TLS = c.remote, c.tls
	if r.ProtoMajor != 1 {
		return nil, &unsupportedVersion
	}
	if expect := r.Header.Get("Expect"); expect != "" && !strings.EqualFold(expect, "100-continue") {
		return nil, &expectationFailed
	}
	return r, nil
}

var endOfHead = []byte("\r\n\r\n")

// head waits until the whole head of a request is there, and looks it over. ok is false if it is not to be read; fault is
// then what to answer, or nil if the client is gone.
func (c *conn) head() (*fault, bool) {
	begun := false
	for {
		seen, _ := c.in.Peek(c.in.Buffered())
		end := bytes.Index(seen, endOfHead)
		if end >= 0 && end <= c.server.Limits.MaxHead {
			return check(seen[:end+len(endOfHead)])
		}
		if !wellBegun(seen) {
			return &badRequest, false
		}
		if len(seen) > c.server.Limits.MaxHead {
			return &headTooLarge, false
		}
		if len(seen) == c.in.Size() {
			c.enlarge(seen)
		}
		if !begun {
			c.readWithin(c.server.Limits.Head)
			begun = true
		}
		if _, err := c.in.Peek(len(seen) + 1); err != nil {
			if errors.Is(err, io.EOF) {
				return &badRequest, false // what it had to say is said
			}
			return nil, false
		}
	}
}

// enlarge makes room for the largest head.
func (c *conn) enlarge(seen []byte) {
	kept := bytes.NewReader(bytes.Clone(seen))
	c.in = bufio.NewReaderSize(io.MultiReader(kept, c.net), c.server.Limits.MaxHead+readRoom)
	_, _ = c.in.Peek(len(seen))
}

// wellBegun tells whether a head that is not all there can become one: it begins with a method, and each line ends with CRLF.
func wellBegun(seen []byte) bool {
	if len(seen) > 0 && !token[seen[0]] {
		return false
	}
	for {
		i := bytes.IndexByte(seen, '\n')
		if i < 0 {
			return true
		}
		if i == 0 || seen[i-1] != '\r' {
			return false
		}
		seen = seen[i+1:]
	}
}

// check looks over what net/http's parser lets pass: lines that end with LF alone, names with a space before the colon,
// lines that continue others, and several hosts.
func check(head []byte) (*fault, bool) {
	if !wellBegun(head) {
		return &badRequest, false
	}
	i := bytes.IndexByte(head, '\n') + 1
	first, rest := head[:i], head[i:]
	hosts := 0
	for len(rest) > 2 { // the empty line at the end
		name := 0
		for token[rest[name]] {
			name++
		}
		if name == 0 || rest[name] != ':' {
			return &badRequest, false
		}
		if name == len("host") && bytes.EqualFold(rest[:name], []byte("host")) {
			hosts++
		}
		rest = rest[bytes.IndexByte(rest, '\n')+1:]
	}
	if hosts > 1 || hosts == 0 && bytes.HasSuffix(first, []byte(" HTTP/1.1\r\n")) {
		return &badRequest, false
	}
	return nil, true
}

// token has the bytes that names of methods and of header fields are made of (RFC 9110, section 5.6.2).
var token = func() (t [256]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0
	}
	return t
}()

// readWithin sets the read deadline, unless the one that is set is about right.
func (c *conn) readWithin(d time.Duration) { deadline(&c.readBy, d, c.net.SetReadDeadline) }

func (c *conn) writeWithin(d time.Duration) { deadline(&c.writeBy, d, c.net.SetWriteDeadline) }

func deadline(set *time.Time, d time.Duration, to func(time.Time) error) {
	by := time.Now().Add(d)
	if off := by.Sub(*set); off > coarse || off < 0 {
		*set = by
		_ = to(by) // fails on a closed connection only, as what follows will
	}
}

// linger lets the client read the answer: a connection that is closed with data unread is reset, and the answer lost.
func (c *conn) linger() {
	if half, ok := c.net.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.net.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.Copy(io.Discard, io.LimitReader(c.net, 1<<20))
	}
}
