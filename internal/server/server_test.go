package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	"github.com/keyhold/keyhold/internal/store"
)

// TestRestartChangesNothing starts twice on the same data. What is stored stays byte for byte, and role ids and the
// administrator's key with it.
func TestRestartChangesNothing(t *testing.T) {
	dir := t.TempDir()
	ids := func(r *running) map[string]string {
		found := map[string]string{"key": r.info.Admin.AccessKeyID, "secret": r.info.Admin.SecretAccessKey}
		for _, name := range []string{keyhold.ServiceARole, keyhold.KeyholdControlRole} {
			out, err := iam.NewFromConfig(r.config(r.info.Admin)).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
			if err != nil {
				t.Fatal(err)
			}
			found[name] = *out.Role.RoleId
		}
		return found
	}
	first := start(t, Config{Data: dir})
	if _, _, err := first.Control().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	want := ids(first)
	if err := first.end(); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)

	again := start(t, Config{Data: dir})
	if got := ids(again); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := again.end(); err != nil {
		t.Fatal(err)
	}
	after := contents(t, dir)
	for _, all := range []map[string]string{before, after} { // what tells of a start, and of its calls, does change
		maps.DeleteFunc(all, func(name, _ string) bool { return name == "/local.json" || strings.HasPrefix(name, "/audit/") })
	}
	if len(before) < 20 {
		t.Errorf("there is little to compare: %v", slices.Collect(maps.Keys(before)))
	}
	same(t, before, after)
}

// TestStartElsewhere starts on data that were made for other accounts or another region, in which the tenants' keys
// would not be found.
func TestStartElsewhere(t *testing.T) {
	dir := t.TempDir()
	if err := start(t, Config{Data: dir}).end(); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for name, cfg := range map[string]Config{
		"account A": {CentralAccount: "999988887777"}, "account B": {ServiceAccount: "999988887777"}, "region": {Region: "eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Data = dir
			_, err := New(t.Context(), onAnyPort(cfg))
			const want = "these data were made with --central-account 111122223333 --service-account 444455556666 --region us-east-1, which cannot change"
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("got %v", err)
			}
			same(t, before, contents(t, dir))
		})
	}
}

// TestOneAccount lets one account be both.
func TestOneAccount(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Data: dir, CentralAccount: "123456789012", ServiceAccount: "123456789012"}
	sealed := withSecret(t, dir, cfg)
	openSecret(t, dir, cfg, sealed)
	r := start(t, cfg)
	if _, _, err := r.Control().Create(t.Context(), control.NewTenant{ID: "bolt", Name: "Bolt"}); err != nil {
		t.Fatal(err)
	}
	_, err := kms.NewFromConfig(r.AWSConfig(bolt)).Decrypt(t.Context(), &kms.DecryptInput{KeyId: awssdk.String(acmeAlias), CiphertextBlob: sealed})
	if err == nil || !strings.Contains(err.Error(), "no session policy allows the kms:Decrypt action") {
		t.Errorf("another tenant is answered %v", err)
	}
}

// TestSecondServer starts a second server on a directory that is served.
func TestSecondServer(t *testing.T) {
	for _, memory := range []bool{false, true} {
		cfg := Config{Data: t.TempDir(), Memory: memory}
		first := start(t, cfg)
		for _, memory := range []bool{false, true} {
			cfg.Memory = memory
			_, err := New(t.Context(), onAnyPort(cfg))
			want := fmt.Sprintf("process %d has served %s since ", os.Getpid(), cfg.Data)
			if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), first.info.Endpoint) {
				t.Errorf("got %v", err)
			}
		}
		if l, err := ReadLocal(cfg.Data); err != nil || l.Endpoint != first.info.Endpoint {
			t.Errorf("the first server's file is %v, %v", l, err)
		}
	}
}

// TestTakenPort names the taken address and its flag, and gives free what it held.
func TestTakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := t.TempDir()
	for want, cfg := range map[string]Config{
		"the AWS endpoint is taken by another program: choose another with --listen HOST:PORT": {Listen: taken.Addr().String(), APIListen: "127.0.0.1:0"},
		"the API is taken by another program: choose another with --api-listen HOST:PORT":      {Listen: "127.0.0.1:0", APIListen: taken.Addr().String()},
	} {
		cfg.Data = dir
		s, err := New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(s.Serve(t.Context(), func(Info) { t.Error("it is ready") }), s.Close())
		if err == nil || err.Error() != "the address "+taken.Addr().String()+" of "+want {
			t.Errorf("got %v", err)
		}
	}
	// The first start came to nothing, so its token was not told: this one tells it.
	if r := start(t, Config{Data: dir}); r.info.NewToken == "" {
		t.Error("nobody ever learns the token")
	}
}

// TestEnd ends a server whose context ends: it finishes what runs, and leaves nothing behind.
func TestEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	r := start(t, Config{Data: dir})
	c := dial(t, r.info.API)
	send(t, c, "POST /v1/local/credentials HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "+r.info.NewToken+
		"\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n")
	answers := bufio.NewReader(c)
	if line, err := answers.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" { // the handler runs
		t.Fatalf("%q, %v", line, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.end() }()
	for reachable(r.info.API) || reachable(r.info.Endpoint) {
		runtime.Gosched()
	}
	send(t, c, `{"as":"admin"}`)
	text, err := io.ReadAll(answers)
	if err != nil || !strings.Contains(string(text), "200 OK") || !strings.Contains(string(text), r.info.Admin.AccessKeyID) {
		t.Errorf("the request that ran was answered %q, %v", text, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	settles(t, before)
	if err := start(t, Config{Data: dir}).end(); err != nil {
		t.Error("the next start:", err)
	}
}

// TestEndWithoutClient ends a server although a client does not let go.
func TestEndWithoutClient(t *testing.T) {
	s, err := New(t.Context(), onAnyPort(Config{Memory: true}))
	if err != nil {
		t.Fatal(err)
	}
	s.limits.drain = 50 * time.Millisecond
	r := listen(t, s)
	send(t, dial(t, r.info.API), "POST /v1/tenants HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
	began := time.Now()
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestLocalFile looks at the file for client commands: private, whoever made it, and gone with a server in memory.
func TestLocalFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, localFile)
	if err := os.WriteFile(path, []byte(strings.Repeat(" ", 4096)), 0o644); err != nil {
		t.Fatal(err)
	}
	r := start(t, Config{Data: dir, Memory: true})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	l, err := ReadLocal(dir)
	if err != nil || *l != r.info.Local {
		t.Errorf("got %+v, %v, want %+v", l, err, r.info.Local)
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	r = start(t, Config{Data: dir, Memory: true})
	if err := os.RemoveAll(dir); err != nil { // as a test suite that cleans up too early
		t.Fatal(err)
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
}

// TestLockIsOnTheNamedFile takes the lock while its file is taken away, as a server in memory does when it ends.
func TestLockIsOnTheNamedFile(t *testing.T) {
	dir := t.TempDir()
	for range 200 {
		first, err := lockLocal(dir, true)
		if err != nil {
			t.Fatal(err)
		}
		released := make(chan error, 1)
		go func() { released <- first.release() }()
		var second *localLock
		for second == nil {
			if second, err = lockLocal(dir, false); err != nil && !errors.Is(err, store.ErrLocked) {
				t.Fatal(err)
			}
		}
		if err := <-released; err != nil {
			t.Fatal(err)
		}
		if third, err := lockLocal(dir, false); err == nil {
			t.Fatal("two hold the directory", third.release())
		}
		if err := second.release(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadyTime reports how long it takes until a server is ready.
func TestReadyTime(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a first start", "a restart"} {
		began := time.Now()
		r := start(t, Config{Data: dir})
		t.Logf("%s is ready after %v", name, time.Since(began).Round(time.Millisecond))
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	start(t, Config{Memory: true})
	t.Logf("a start in memory is ready after %v", time.Since(began).Round(100*time.Microsecond))
}

// dial connects to the server of a URL. What the test does on the connection has half a minute.
func dial(t testing.TB, url string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c.(*net.TCPConn)
}

func reachable(url string) bool {
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

func send(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// settles waits until there are no more goroutines than before.
func settles(t testing.TB, before int) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); runtime.NumGoroutine() > before; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
