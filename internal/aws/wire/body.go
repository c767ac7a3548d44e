package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/keyhold/keyhold/internal/aws"
)

// Bounds on bodies, in bytes, before and after decompression.
const (
	maxBody     = 1 << 20   // of one request
	smallBody   = 64 << 10  // what each request may hold without asking
	largeBodies = 128 << 20 // what all requests together may hold beyond that
)

var (
	errTooLarge = &aws.Error{
		Code: "RequestEntityTooLarge", Status: http.StatusRequestEntityTooLarge, Message: "The request is larger than 1048576 bytes.",
	}
	errIncomplete = &aws.Error{
		Code: "IncompleteBody", Status: http.StatusBadRequest,
		Message: "You did not provide the number of bytes specified by the Content-Length HTTP header",
	}
	errBusy = &aws.Error{
		Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: "Too many large requests are under way. Try again.",
	}
	errGzip = &aws.Error{Code: "SerializationException", Status: http.StatusBadRequest, Message: "The body is not valid gzip"}
)

// buffer is room for bodies. It may hold plaintext, so it is cleared when it is given back.
type buffer struct {
	b     []byte
	large *semaphore.Weighted // what buffers together may hold beyond smallBody, in bytes
	held  int64               // of large
}

var buffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, 4<<10)} }}

func newBuffer(large *semaphore.Weighted) *buffer {
	b := buffers.Get().(*buffer)
	b.large = large
	return b
}

func (b *buffer) bytes() []byte {
	if b == nil {
		return nil
	}
	return b.b
}

func (b *buffer) release() {
	if b == nil {
		return
	}
	clear(b.b)
	b.b = b.b[:0]
	if b.held > 0 {
		b.large.Release(b.held)
		b.held = 0
	}
	if cap(b.b) <= smallBody {
		buffers.Put(b)
	}
}

// fill reads r to its end, or one byte more than is allowed. Errors of its own are *aws.Error.
func (b *buffer) fill(r io.Reader) error {
	for len(b.b) <= maxBody {
		if len(b.b) == cap(b.b) {
			if err := b.grow(); err != nil {
				return err
			}
		}
		n, err := r.Read(b.b[len(b.b):cap(b.b)])
		b.b = b.b[:len(b.b)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errTooLarge
}

// grow doubles the room, if there is any left, and clears what it leaves behind.
func (b *buffer) grow() error {
	size := 2 * cap(b.b)
	if more := int64(size-smallBody) - b.held; more > 0 {
		if !b.large.TryAcquire(more) {
			return errBusy
		}
		b.held += more
	}
	bigger := append(make([]byte, 0, size), b.b...)
	clear(b.b)
	b.b = bigger
	return nil
}

// read reads the body as it was sent, which is what the signature covers.
func (x *exchange) read() error {
	x.unread = true
	if x.request.ContentLength > maxBody {
		return errTooLarge
	}
	x.raw = newBuffer(x.large)
	if x.request.Body != nil {
		if err := x.raw.fill(x.request.Body); err != nil {
			return ours(err, errIncomplete)
		}
	}
	if n := x.request.ContentLength; n >= 0 && int64(len(x.raw.b)) != n {
		return errIncomplete
	}
	x.unread = false
	return nil
}

// decompress takes off the body's Content-Encoding. The body stays bounded.
func (x *exchange) decompress() error {
	switch encoding := strings.ToLower(strings.TrimSpace(x.request.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		x.body = x.raw.bytes()
		return nil
	case "gzip":
		return x.gunzip()
	default:
		return &aws.Error{
			Code: "UnsupportedMediaType", Status: http.StatusUnsupportedMediaType,
			Message: "The content encoding " + excerpt(encoding) + " is not supported.",
		}
	}
}

func (x *exchange) gunzip() error {
	z, err := gzip.NewReader(bytes.NewReader(x.raw.bytes()))
	if err != nil {
		return errGzip
	}
	x.inflated = newBuffer(x.large)
	if err := x.inflated.fill(z); err != nil {
		return ours(err, errGzip)
	}
	x.body = x.inflated.bytes()
	return nil
}

// ours is err if it is meant for the caller, else what stands for it.
func ours(err error, otherwise *aws.Error) error {
	if e := (*aws.Error)(nil); errors.As(err, &e) {
		return e
	}
	return otherwise
}

// release gives back what the exchange holds of the request.
func (x *exchange) release() {
	x.raw.release()
	x.inflated.release()
}

var answers = sync.Pool{New: func() any { return &answer{body: make([]byte, 0, 4<<10)} }}

func newAnswer() *answer { return answers.Get().(*answer) }

// reset forgets what was written.
func (a *answer) reset() {
	clear(a.body)
	*a = answer{body: a.body[:0]}
}

func (a *answer) release() {
	a.reset()
	if cap(a.body) <= smallBody {
		answers.Put(a)
	}
}
