package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// load sends a ring of requests through connections, each with one request under way.
type load struct {
	conns          int
	warmUp, window time.Duration
	requests       []request
}

// sample is what one window measured.
type sample struct {
	PerSecond float64 `json:"requestsPerSecond"`
	P50       float64 `json:"p50Micros"`
	P99       float64 `json:"p99Micros"`
	CPU       float64 `json:"serverCPUMicros"` // of the server, for each request
}

// run loads a server for one window. check has every answer looked into; its status is always.
func (l load) run(ctx context.Context, server *process, check bool) (sample, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	from := time.Now().Add(l.warmUp)
	to := from.Add(l.window)
	took := make([][]time.Duration, l.conns)
	var group sync.WaitGroup
	for i := range took {
		group.Go(func() {
			var err error
			if took[i], err = l.connection(ctx, server.addr, i*len(l.requests)/l.conns, from, to, check); err != nil {
				cancel(err)
			}
		})
	}
	cpu, err := cpuBetween(ctx, server, from, to)
	if err != nil {
		cancel(err)
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return sample{}, err
	}
	return newSample(slices.Concat(took...), l.window, cpu)
}

// cpuBetween waits for both moments and returns the CPU time that the server used between them.
func cpuBetween(ctx context.Context, server *process, from, to time.Time) (time.Duration, error) {
	var readings [2]time.Duration
	for i, moment := range []time.Time{from, to} {
		select {
		case <-time.After(time.Until(moment)):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		var err error
		if readings[i], err = server.cpu(); err != nil {
			return 0, err
		}
	}
	return readings[1] - readings[0], nil
}

func newSample(took []time.Duration, window, cpu time.Duration) (sample, error) {
	if len(took) == 0 {
		return sample{}, errors.New("not one request was answered in the window")
	}
	slices.Sort(took)
	micros := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	return sample{
		PerSecond: float64(len(took)) / window.Seconds(),
		P50:       micros(took[len(took)/2]),
		P99:       micros(took[len(took)*99/100]),
		CPU:       micros(cpu) / float64(len(took)),
	}, nil
}

// connection sends requests, from the one at next on, until the window ends. It returns how long those took that were
// answered within the window.
func (l load) connection(ctx context.Context, addr string, next int, from, to time.Time, check bool) ([]time.Duration, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	answers := answerReader{in: bufio.NewReader(conn)}
	took := make([]time.Duration, 0, 1<<16)
	for begun := time.Now(); ; {
		r := &l.requests[next%len(l.requests)]
		next++
		if _, err := conn.Write(r.wire); err != nil {
			return nil, err
		}
		body, err := answers.next()
		if err != nil {
			return nil, err
		}
		if check && !bytes.Contains(body, r.want) {
			return nil, fmt.Errorf("the answer lacks %q", r.want[:min(20, len(r.want))])
		}
		ended := time.Now()
		if ended.After(to) {
			return took, nil
		}
		if ended.After(from) {
			took = append(took, ended.Sub(begun))
		}
		begun = ended
	}
}

// answerReader reads HTTP answers as cheaply as can be.
type answerReader struct {
	in   *bufio.Reader
	body []byte
}

// next returns the body of the next answer, which must be 200 and state its length. It is valid until the next call.
func (a *answerReader) next() ([]byte, error) {
	line, err := a.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	status := string(bytes.TrimSpace(line))
	length := -1
	for {
		if line, err = a.in.ReadSlice('\n'); err != nil {
			return nil, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, fmt.Errorf("%s: an answer without Content-Length", status)
	}
	a.body = slices.Grow(a.body[:0], length)[:length]
	if _, err := io.ReadFull(a.in, a.body); err != nil {
		return nil, err
	}
	if status != "HTTP/1.1 200 OK" {
		return nil, fmt.Errorf("%s: %s", status, a.body)
	}
	return a.body, nil
}
