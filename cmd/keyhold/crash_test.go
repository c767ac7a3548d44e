package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyhold/keyhold/internal/httpapi/client"
	"github.com/keyhold/keyhold/internal/server"
)

// TestKill9 kills a server with SIGKILL at a random moment, while clients change it, and starts it again, over and over.
// Each time, as soon as it is ready, all that it had acknowledged is there, and nothing is half done. KEYHOLD_CRASH_ROUNDS
// says how often; KEYHOLD_CRASH_SEED repeats the moments of an earlier run, though not what they hit.
func TestKill9(t *testing.T) {
	rounds, seed := crashRounds(t)
	t.Logf("%d rounds, KEYHOLD_CRASH_SEED=%d", rounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir, m := t.TempDir(), newModel()
	for round := 1; round <= rounds && !t.Failed(); round++ {
		if round%4 == 1 { // dies while it starts, the first time on an empty directory
			begin(t, dir).kill(time.Duration(random.IntN(80)) * time.Millisecond)
		}
		s := begin(t, dir)
		s.ready()
		m.load(s, round, 1+random.IntN(100), time.Duration(random.IntN(20))*time.Millisecond)
		again := begin(t, dir)
		again.ready()
		m.check(again)
		again.kill(0)
	}
	t.Log(m.count)
}

func crashRounds(t *testing.T) (rounds int, seed uint64) {
	t.Helper()
	rounds, seed = 5, rand.Uint64()
	if testing.Short() {
		rounds = 2
	}
	var err error
	if text := os.Getenv("KEYHOLD_CRASH_ROUNDS"); text != "" {
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv("KEYHOLD_CRASH_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return rounds, seed
}

// child is a server in a process of its own.
type child struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	stdout io.Reader
	stderr written
	local  *server.Local // once it is ready
	api    *client.Client
	http   *http.Transport
}

// written is what a child wrote on stderr.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// begin starts a server.
func begin(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{t: t, dir: dir, http: &http.Transport{}}
	c.cmd = exec.Command("keyhold", "serve", "--data", dir, "--listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0")
	c.cmd.Env = append(os.Environ(), "KEYHOLD_TOKEN=")
	c.cmd.Stderr = &c.stderr
	var err error
	if c.stdout, err = c.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	return c
}

// ready waits until the server says that it is.
func (c *child) ready() {
	c.t.Helper()
	timer := time.AfterFunc(time.Minute, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewScanner(c.stdout)
	for lines.Scan() && lines.Text() != "ready" {
	}
	if lines.Text() != "ready" {
		c.t.Fatalf("the server is not ready: %v\n%s", c.cmd.Wait(), c.stderr.String())
	}
	var err error
	if c.local, err = server.ReadLocal(c.dir); err != nil {
		c.t.Fatal(err)
	}
	if c.api, err = client.New(c.local.API, c.http, adminSigner(c.local)); err != nil {
		c.t.Fatal(err)
	}
}

// kill kills the server after a while and looks at what it had logged.
func (c *child) kill(after time.Duration) {
	c.t.Helper()
	time.Sleep(after)
	if err := c.cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		c.t.Errorf("the server did not die of the signal: %v", err)
	}
	c.http.CloseIdleConnections()
	if text := c.stderr.String(); strings.Contains(text, "level=ERROR") || strings.Contains(text, "panic") {
		c.t.Errorf("the server logged\n%s", text)
	}
}

// figures are what happened, for the report.
type figures struct {
	restarts, acknowledged      int
	lost, half, duplicates      int // of what was acknowledged, of tenants, of keys
	unrecorded, repeated, torn  int // of the audit trail's records
	tenants, ciphertexts, users int // at the end
}

func (f figures) String() string {
	return fmt.Sprintf("%d restarts; %d acknowledged operations; lost %d, half %d, duplicate keys %d; audit records missing %d, repeated %d, torn %d; at the end %d tenants, %d ciphertexts, %d users",
		f.restarts, f.acknowledged, f.lost, f.half, f.duplicates, f.unrecorded, f.repeated, f.torn, f.tenants, f.ciphertexts, f.users)
}

// under is a context for one call to a server that may die at any moment.
func under() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}
