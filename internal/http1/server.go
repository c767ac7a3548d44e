package http1

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound what a client can hold.
type Limits struct {
	Connections int           // at once; more are closed as they come
	MaxHead     int           // bytes of a request's line and header
	Head        time.Duration // for the head of a request, once it has begun
	Body        time.Duration // for its body, and for the client to take the answer
	Idle        time.Duration // between requests
	Drain       time.Duration // for requests that are running at the end
}

// Server serves a handler.
type Server struct {
	Handler http.Handler
	Limits  Limits
	Log     *slog.Logger

	wg      sync.WaitGroup
	closing atomic.Bool

	mu    sync.Mutex // guards conns, and closing against new ones
	conns map[*conn]struct{}
}

// Serve answers on l until ctx ends. Then it closes idle connections, and waits for requests that are running, at most
// Limits.Drain.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	err := s.accept(ctx, l)
	s.shutdown()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(err, l.Close())
}

func (s *Server) accept(ctx context.Context, l net.Listener) error {
	for {
		nc, err := l.Accept()
		if err == nil {
			s.begin(nc)
			continue
		}
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return err
		}
		// Such as too many open files: it passes.
		s.Log.WarnContext(ctx, "accept", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// begin serves a connection, if there is room for one more.
func (s *Server) begin(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	full := s.closing.Load() || len(s.conns) >= s.Limits.Connections
	if !full {
		if s.conns == nil {
			s.conns = map[*conn]struct{}{}
		}
		s.conns[c] = struct{}{}
		s.wg.Add(1)
	}
	s.mu.Unlock()
	if full {
		_ = nc.Close()
		return
	}
	go func() {
		defer s.wg.Done()
		c.serve()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
}

func (s *Server) shutdown() {
	s.mu.Lock()
	s.closing.Store(true)
	for c := range s.conns {
		if !c.busy.Load() {
			_ = c.net.Close()
		}
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return
	case <-time.After(s.Limits.Drain):
	}
	s.mu.Lock()
	for c := range s.conns {
		_ = c.net.Close()
	}
	s.mu.Unlock()
	<-done
}
