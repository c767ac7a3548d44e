package wire

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/keyhold/keyhold/internal/aws"
)

// Authenticator knows the credentials.
type Authenticator interface {
	// Credential finds what an access key id stands for, with its session token if it has one. The expiry of what it gives
	// is checked once the signature is; it may refuse what has expired itself. Its error is an *aws.Error such as
	// aws.InvalidClientTokenID; any other is answered as InternalFailure.
	Credential(ctx context.Context, accessKeyID, sessionToken string) (*aws.Credential, error)
}

// handler serves the AWS API over HTTP.
type handler struct {
	codec *Codec
	cloud *aws.Cloud
	auth  Authenticator
	log   *slog.Logger
	large *semaphore.Weighted // for large bodies
}

// NewHandler makes a handler for the services of cloud, which codec must know. It runs each call on the goroutine of its
// request.
func NewHandler(codec *Codec, cloud *aws.Cloud, auth Authenticator, log *slog.Logger) http.Handler {
	return &handler{codec: codec, cloud: cloud, auth: auth, log: log, large: semaphore.NewWeighted(largeBodies)}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{request: r, id: newRequestID(), large: h.large}
	defer x.release()
	h.identify(&x)
	a := newAnswer()
	defer a.release()
	h.answer(a, &x)
	a.write(w, x.id)
}

// answer answers a request, come what may: a panic becomes InternalFailure and is logged.
func (h *handler) answer(a *answer, x *exchange) {
	defer func() {
		if v := recover(); v != nil {
			h.log.ErrorContext(x.request.Context(), "panic", "requestId", x.id, "panic", v, "stack", string(debug.Stack()))
			a.reset()
			x.protocol.fail(a, x, aws.InternalFailure())
		}
	}()
	out, err := h.call(x)
	if err != nil {
		a.close = x.unread
		x.protocol.fail(a, x, h.wireError(x, err))
		return
	}
	x.protocol.encode(a, x, out)
}

// wireError is what the caller sees of an error. Faults of ours are logged here and nowhere else.
func (h *handler) wireError(x *exchange, err error) *aws.Error {
	var wire *aws.Error
	if errors.As(err, &wire) {
		return wire
	}
	h.log.ErrorContext(x.request.Context(), "request failed", "requestId", x.id, "operation", x.name, "error", err)
	return aws.InternalFailure()
}

// call takes a request through all steps. The order matters: nothing of the body is interpreted before the signature has
// been verified.
func (h *handler) call(x *exchange) (out reflect.Value, err error) {
	now := time.Now()
	who, err := h.authenticate(x, now)
	if err != nil {
		return out, err
	}
	if x.name, err = x.protocol.operation(x); err != nil {
		return out, err
	}
	if x.operation = x.service.operations[x.name]; x.operation == nil {
		return out, unknownOperation("The action " + excerpt(x.name) + " is not valid for this endpoint.")
	}
	in := reflect.New(x.operation.in.typ)
	if err := x.protocol.decode(x, in.Elem()); err != nil {
		return out, err
	}
	if err := validate(x.operation.in, in.Elem()); err != nil {
		return out, err
	}
	call := newCall(x, who, now)
	result, err := h.cloud.Invoke(x.request.Context(), call, in.Interface())
	if err != nil {
		return out, err
	}
	out = reflect.ValueOf(result)
	if out.Kind() != reflect.Pointer || out.IsNil() || out.Type().Elem() != x.operation.out.typ {
		return out, errors.New("operation answered with " + reflect.TypeOf(result).String())
	}
	return out.Elem(), nil
}

func newRequestID() string {
	var room [36]byte
	return string(aws.AppendUUID(room[:0]))
}

// noStore keeps answers, which may hold keys, out of caches.
var noStore = []string{"no-cache, no-store, must-revalidate, private"}

// write sends an answer in one piece.
func (a *answer) write(w http.ResponseWriter, id string) {
	h := w.Header()
	values := [...]string{id, a.contentType, strconv.Itoa(len(a.body))} // one allocation
	h["X-Amzn-Requestid"], h["Content-Type"], h["Content-Length"] = values[0:1:1], values[1:2:2], values[2:3:3]
	h["Cache-Control"] = noStore
	if a.close {
		h["Connection"] = []string{"close"}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // an error here means that the client has gone
}
