package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyhold/keyhold"
)

// slow is a client that takes its time.
type slow struct {
	name string
	url  string
	at   string   // what it sends at once
	then string   // what it sends after that, byte by byte
	want []string // if the head of the last request stays incomplete, its answer may be missing
}

// TestSlowClients lets clients dribble, stop half way, say nothing, and not read. Each loses its connection in time, those
// whose request had begun with an error.
func TestSlowClients(t *testing.T) {
	short := limits{header: 200 * time.Millisecond, request: 400 * time.Millisecond, idle: 200 * time.Millisecond, drain: time.Second}
	g := newTarget(t, short)
	list := g.kms("ListKeys", "{}")
	health := raw("GET /v1/health HTTP/1.1", "Host: localhost")
	late := g.kms("ListKeys", "{}", "Content-Length: 100")
	var clients sync.WaitGroup
	for _, client := range []slow{
		{"silent", g.info.Endpoint, "", "", nil},
		{"silent, /v1", g.info.API, "", "", nil},
		{"stops in the head", g.info.Endpoint, list[:100], "", []string{closed + "400"}},
		{"stops in the head, /v1", g.info.API, health[:20], "", []string{closed + "400"}},
		{"dribbles its head", g.info.Endpoint, "", list, []string{closed + "400"}},
		{"dribbles its head, /v1", g.info.API, "", strings.Repeat(health, 10), []string{closed + "400"}},
		{"dribbles headers without end", g.info.Endpoint, "POST / HTTP/1.1\r\n", strings.Repeat("A: b\r\n", 100), []string{closed + "400"}},
		{"stops before its body", g.info.Endpoint, late, "", []string{"400 IncompleteBody"}},
		{"stops in its body", g.info.Endpoint, late + "{", "", []string{"400 IncompleteBody"}},
		{"dribbles its body", g.info.Endpoint, late, strings.Repeat(" ", 100), []string{"400 IncompleteBody"}},
		{"dribbles chunks", g.info.Endpoint, g.kms("ListKeys", "{}", "Transfer-Encoding: chunked"), strings.Repeat("1\r\n \r\n", 50), []string{"400 IncompleteBody"}},
		{"stays after its answer", g.info.Endpoint, list + "{}", "", []string{"200 "}},
		{"stays after its answer, /v1", g.info.API, health, "", []string{"200 "}},
		{"begins another request", g.info.API, health + health[:20], "", []string{"200 ", closed + "400"}},
	} {
		clients.Go(func() { g.waits(client) })
	}
	clients.Go(func() { g.readsNothing(strings.Repeat(list+"{}", 100)) })
	clients.Wait()
	g.serves(5 * time.Second)
	g.settled(heapGrowth)
}

// waits plays a slow client until its connection is closed.
func (g *target) waits(client slow) {
	c, err := net.Dial("tcp", strings.TrimPrefix(client.url, "http://"))
	if err != nil {
		g.t.Error(err)
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		_, _ = io.WriteString(c, client.at)
		for i := range len(client.then) {
			time.Sleep(10 * time.Millisecond)
			if _, err := io.WriteString(c, client.then[i:i+1]); err != nil {
				return
			}
		}
	}()
	began := time.Now()
	got, want := g.replies(c), client.want
	if len(got) < len(want) && strings.HasPrefix(want[len(got)], closed) {
		want = want[:len(got)]
	}
	if !answered(got, want) {
		g.t.Errorf("%s: answered %v, want %q", client.name, got, client.want)
	}
	if d := time.Since(began); d > 5*time.Second {
		g.t.Errorf("%s: kept its connection for %v", client.name, d)
	}
}

// readsNothing sends requests and reads no answer, until the server gives up.
func (g *target) readsNothing(requests string) {
	c, err := net.Dial("tcp", strings.TrimPrefix(g.info.Endpoint, "http://"))
	if err != nil {
		g.t.Error(err)
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	for err == nil {
		_, err = io.WriteString(c, requests)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		g.t.Error("a client that reads nothing keeps its connection")
	}
}

// TestManySlowClients holds 500 connections, of which some have sent half a head and some half a body. Others are served as
// if they were not there.
func TestManySlowClients(t *testing.T) {
	g := newTarget(t, usualLimits)
	starts := []struct{ url, text string }{
		{g.info.Endpoint, g.kms("ListKeys", "{}")[:100]},
		{g.info.Endpoint, g.kms("ListKeys", "{}", "Content-Length: 100000") + "{"},
		{g.info.API, "POST /v1/tenants HTTP/1.1\r\nHost: loc"},
		{g.info.API, g.api("POST /v1/tenants HTTP/1.1", `{"name":"x"}`, "Content-Length: 60000") + `{"name`},
	}
	const clients = 500
	var connections []io.Closer
	for i := range clients {
		s := starts[i%len(starts)]
		c := dial(t, s.url)
		send(t, c, s.text)
		connections = append(connections, c)
	}
	for range 10 {
		g.serves(time.Second) // two requests, each on a connection of its own
	}
	held := heap() - g.heap
	t.Logf("each of %d slow clients holds %d KiB", clients, held>>10/clients)
	if held > clients*64<<10 {
		t.Errorf("%d slow clients hold %d KiB", clients, held>>10)
	}
	for _, c := range connections {
		_ = c.Close()
	}
	g.settled(heapGrowth)
}

// TestClientsThatLeave resets connections in the middle of things. What had begun ends whole, and it is no fault of the server's.
func TestClientsThatLeave(t *testing.T) {
	g := newTarget(t, usualLimits)
	keys := g.kms("ListKeys", "{}") + "{}"
	for i := range 40 {
		body := fmt.Sprintf(`{"id":"t%d","name":"t%d"}`, i, i)
		for url, text := range map[string]string{g.info.API: g.api("POST /v1/tenants HTTP/1.1", body) + body, g.info.Endpoint: keys} {
			c := dial(t, url)
			send(t, c, text)
			if i%2 == 0 {
				_ = c.SetLinger(0) // Close resets the connection
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	g.serves(5 * time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for g.unfinished(ctx) { // by those who have begun: the sweep is a minute away
		time.Sleep(time.Millisecond)
	}
	g.settled(heapGrowth)
}

// unfinished tells whether a tenant is half done.
func (g *target) unfinished(ctx context.Context) bool {
	list, err := g.Control().List(ctx, 0, "")
	if err != nil {
		g.t.Fatal(err)
	}
	if len(list.Tenants) == 0 {
		g.t.Error("none of the changes was made")
	}
	return slices.ContainsFunc(list.Tenants, func(tenant keyhold.Tenant) bool { return tenant.State != keyhold.TenantActive })
}
