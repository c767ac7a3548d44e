package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/keyhold/keyhold/internal/aws"
)

// maxBody bounds the body of a request, in bytes, before and after decompression.
const maxBody = 1 << 20

var (
	errTooLarge = &aws.Error{
		Code: "RequestEntityTooLarge", Status: http.StatusRequestEntityTooLarge, Message: "The request is larger than 1048576 bytes.",
	}
	errIncomplete = &aws.Error{
		Code: "IncompleteBody", Status: http.StatusBadRequest,
		Message: "You did not provide the number of bytes specified by the Content-Length HTTP header",
	}
	errGzip = &aws.Error{Code: "SerializationException", Status: http.StatusBadRequest, Message: "The body is not valid gzip"}
)

// buffer is room for bodies. It may hold plaintext, so it is cleared when it is given back.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 4<<10)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

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
	if cap(b.b) <= maxBody {
		buffers.Put(b)
	}
}

// fill reads r to its end, or one byte more than is allowed.
func (b *buffer) fill(r io.Reader) error {
	for len(b.b) <= maxBody {
		if len(b.b) == cap(b.b) {
			b.grow()
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

// grow doubles the room and clears what it leaves behind.
func (b *buffer) grow() {
	bigger := append(make([]byte, 0, 2*cap(b.b)), b.b...)
	clear(b.b)
	b.b = bigger
}

// read reads the body as it was sent, which is what the signature covers.
func (x *exchange) read() error {
	x.unread = true
	if x.request.ContentLength > maxBody {
		return errTooLarge
	}
	x.raw = newBuffer()
	if x.request.Body != nil {
		if err := x.raw.fill(x.request.Body); errors.Is(err, errTooLarge) {
			return err
		} else if err != nil {
			return errIncomplete
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
	x.inflated = newBuffer()
	if err := x.inflated.fill(z); errors.Is(err, errTooLarge) {
		return err
	} else if err != nil {
		return errGzip
	}
	x.body = x.inflated.bytes()
	return nil
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
	if cap(a.body) <= maxBody {
		answers.Put(a)
	}
}
