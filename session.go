package keyhold

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// flightTimeout ends a call to STS that nobody may be waiting for any more.
	flightTimeout = 30 * time.Second
	// refreshPause is how long a failed renewal waits for the next while the last credentials are still good. A call
	// has gone through the SDK's own retries by then.
	refreshPause = 10 * time.Second
)

// session holds one tenant's credentials and renews them. At most one call to STS for it is under way.
type session struct {
	assume  func(context.Context) (aws.Credentials, error)
	window  time.Duration
	retryer aws.Retryer // its own, so that one tenant's failures do not spend another's retries
	used    atomic.Int64

	lease atomic.Pointer[lease] // nil: none
	mu    sync.Mutex            // guards flight, and the writes of lease; never held during a call
	// flight is the call to STS under way, or nil.
	flight *flight
}

// lease is credentials with the time from which they should be renewed. It is an aws.CredentialsProvider.
type lease struct {
	credentials aws.Credentials
	renew       time.Time
}

// flight is a call to STS. lease and err are set when done is closed.
type flight struct {
	done  chan struct{}
	lease *lease
	err   error
}

// Retrieve implements aws.CredentialsProvider.
func (l *lease) Retrieve(context.Context) (aws.Credentials, error) { return l.credentials, nil }

// get returns credentials that have not expired. Those that should be renewed are returned while the renewal runs.
func (s *session) get(ctx context.Context) (*lease, error) {
	now := time.Now()
	if held := s.lease.Load(); held != nil && now.Before(held.renew) {
		return held, nil
	}
	held, f := s.board(ctx, now)
	if f == nil || held != nil && now.Before(held.credentials.Expires) {
		return held, nil
	}
	select {
	case <-f.done:
		return f.lease, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// board returns the credentials in hand and, if they should be renewed, the flight under way. If there is none it
// starts one, which outlives the caller who started it.
func (s *session) board(ctx context.Context, now time.Time) (*lease, *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.lease.Load()
	if held != nil && now.Before(held.renew) {
		return held, nil
	}
	if s.flight == nil {
		s.flight = &flight{done: make(chan struct{})}
		go s.renew(context.WithoutCancel(ctx), s.flight)
	}
	return held, s.flight
}

func (s *session) renew(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, flightTimeout)
	defer cancel()
	credentials, err := s.assume(ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		f.lease = &lease{credentials, renewal(credentials.Expires, s.window)}
		s.lease.Store(f.lease)
	} else {
		f.err = err
		s.lease.Store(afterFailure(s.lease.Load(), err))
	}
	s.flight = nil
	close(f.done)
}

// afterFailure is what remains of a lease whose renewal failed: nothing if policies now deny it, for that is a
// revocation; else the credentials as they are, with a pause before the next renewal.
func afterFailure(held *lease, err error) *lease {
	if held == nil || deniedCode(codeOf(err)) {
		return nil
	}
	next := time.Now().Add(refreshPause + rand.N(refreshPause/4))
	if next.After(held.credentials.Expires) {
		next = held.credentials.Expires
	}
	return &lease{held.credentials, next}
}

// renewal is when to renew credentials: window before they expire, and up to a quarter of it earlier.
func renewal(expires time.Time, window time.Duration) time.Time {
	return expires.Add(-window - rand.N(window/4+1))
}

// forget drops the credentials in hand.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lease.Store(nil)
}

// drop forgets credentials that AWS no longer accepts, unless they were replaced already.
func (s *session) drop(stale *lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held := s.lease.Load(); held != nil && held.credentials.SessionToken == stale.credentials.SessionToken {
		s.lease.Store(nil)
	}
}
