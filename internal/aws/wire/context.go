package wire

import (
	"context"
	"time"
)

// context is the context of what is done for a request. net/http ends the request's own when the client closes its half of
// the connection, but such a client may read on, and nothing that is done here takes long. A call in this process has no
// connection: it ends when its caller says so.
func (x *exchange) context() context.Context {
	if x.request.RemoteAddr == "" {
		return x.request.Context()
	}
	x.detached.Context = x.request.Context()
	return &x.detached
}

// detached is a context that does not end: context.WithoutCancel, in the room of its exchange.
type detached struct{ context.Context }

// Deadline implements context.Context.
func (*detached) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (*detached) Done() <-chan struct{} { return nil }

// Err implements context.Context.
func (*detached) Err() error { return nil }
