package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/keyhold/keyhold/internal/audit"
	"github.com/keyhold/keyhold/internal/http1"
)

const (
	maxHeaderBytes = 64 << 10
	maxConnections = 10_000 // on each address
	sweepEvery     = time.Minute
	memoryRecords  = 10_000 // audit records kept in memory
)

// limits bound how long a connection is waited for, so that slow and half-closed clients hold nothing for long.
type limits struct {
	header  time.Duration // for the head of a request
	request time.Duration // for the whole of it, and almost as long for its answer
	idle    time.Duration // between requests
	drain   time.Duration // for requests that are running at the end
}

var usualLimits = limits{header: 10 * time.Second, request: time.Minute, idle: 2 * time.Minute, drain: 5 * time.Second}

// Info is what a start tells the user.
type Info struct {
	Local
	Data     string
	Memory   bool
	NewToken string // the API's bearer token, if it was made at this start
}

// Serve listens and answers until ctx ends, then finishes the requests that are running. ready is called once both
// addresses listen.
func (s *Server) Serve(ctx context.Context, ready func(Info)) error {
	awsListener, err := s.listen("AWS endpoint", "--listen", s.cfg.Listen)
	if err != nil {
		return err
	}
	apiListener, err := s.listen("API", "--api-listen", s.cfg.APIListen)
	if err != nil {
		return errors.Join(err, awsListener.Close())
	}
	s.endpoint = s.url(awsListener)
	local := s.local(s.endpoint, s.url(apiListener))
	if err := s.publish(ctx, &local); err != nil {
		return errors.Join(err, awsListener.Close(), apiListener.Close())
	}
	ready(Info{Local: local, Data: s.cfg.Data, Memory: s.cfg.Memory, NewToken: s.newToken})

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.serve(ctx, awsListener, s.aws) })
	g.Go(func() error { return s.serve(ctx, apiListener, s.api) })
	g.Go(func() error { return s.trail.Run(ctx) })
	g.Go(func() error { return s.sweep(ctx) })
	return g.Wait()
}

// publish leaves for client commands what they need, and keeps the new token that is about to be told.
func (s *Server) publish(ctx context.Context, local *Local) error {
	if s.lock != nil {
		if err := s.lock.write(local); err != nil {
			return err
		}
	}
	return s.keepToken(ctx)
}

func (s *Server) local(endpoint, api string) Local {
	return Local{
		Endpoint: endpoint, API: api, Region: s.cfg.Region,
		CentralAccount: s.cfg.CentralAccount, ServiceAccount: s.cfg.ServiceAccount,
		PID: os.Getpid(), Started: time.Now().UTC(), Admin: s.admin,
	}
}

func (s *Server) listen(what, flag, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s of the %s is taken by another program: choose another with %s HOST:PORT", addr, what, flag)
	}
	return l, err
}

func (s *Server) url(l net.Listener) string {
	scheme := "http"
	if s.cfg.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + l.Addr().String()
}

// serve answers on one listener until ctx ends, then drains it.
func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	if s.cfg.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(s.cfg.TLSCert, s.cfg.TLSKey)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	}
	srv := &http1.Server{Handler: h, Log: s.cfg.Log, Limits: http1.Limits{
		Connections: maxConnections, MaxHead: maxHeaderBytes,
		Head: s.limits.header, Body: s.limits.request, Idle: s.limits.idle, Drain: s.limits.drain,
	}}
	return srv.Serve(ctx, l)
}

// sweep lets what has had its time end: keys whose deletion is due, and tenants with them.
func (s *Server) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.ErrorContext(ctx, "sweep", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep does now what the server does every minute.
func (s *Server) Sweep(ctx context.Context) error {
	return errors.Join(s.kmsService.Sweep(ctx), s.tenants.Sweep(ctx))
}

func (s *Server) openTrail(encode audit.Encoder) (trail, error) {
	if s.cfg.Memory {
		return memoryTrail{audit.NewMemory(memoryRecords, encode)}, nil
	}
	return audit.Open(filepath.Join(s.cfg.Data, "audit"), encode)
}

// memoryTrail is an audit trail in memory: there is nothing to run and nothing to close.
type memoryTrail struct{ *audit.Memory }

func (memoryTrail) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (memoryTrail) Close() error                  { return nil }
