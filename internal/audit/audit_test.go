package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/aws/wire"
	"github.com/keyhold/keyhold/policy"
)

// encoder knows kms:Encrypt and kms:ListKeys.
func encoder(t testing.TB) Encoder {
	t.Helper()
	nop := func(context.Context, *aws.Call, *kmsapi.EncryptInput) error { return nil }
	run := func(context.Context, *aws.Call, *kmsapi.EncryptInput) (*kmsapi.EncryptOutput, error) { return nil, nil }
	codec, err := wire.NewCodec(aws.Ops{Service: "kms", Model: kmsapi.Model, Table: map[string]aws.Op{"Encrypt": aws.Do(run, nop)}})
	if err != nil {
		t.Fatal(err)
	}
	return Encoder{Codec: codec}
}

func session() *aws.Caller {
	return &aws.Caller{
		Principal: policy.Principal{
			Kind: policy.RoleSession, Account: "111122223333", ID: "AROAX",
			ARN: "arn:aws:sts::111122223333:assumed-role/ServiceARole/Tenant-acme-Session", Issuer: "arn:aws:iam::111122223333:role/ServiceARole",
		},
		UserID: "AROAX:Tenant-acme-Session", RoleName: "ServiceARole", SessionName: "Tenant-acme-Session", AccessKeyID: "ASIAX",
		IssuedAt: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
}

// event is an Encrypt that was denied, by a caller who tries to write the record himself.
func event(i int) *aws.Event {
	call := &aws.Call{
		RequestID: fmt.Sprintf("r-%d", i), Service: "kms", Operation: "Encrypt", Region: "us-east-1", Time: time.Date(2026, 11, 21, 12, 1, 0, 0, time.UTC),
		Caller: session(), SourceIP: netip.MustParseAddr("127.0.0.1"), UserAgent: "agent\"}\n{\"eventName\":\"forged",
	}
	call.Require(aws.Check{Action: "kms:Encrypt", Resource: "arn:aws:kms:us-east-1:111122223333:key/1", Account: "111122223333"})
	call.Note("tenantKeyPolicyChange", "acme")
	id, context := "alias/customer-acme", map[string]string{"tenant": "acme"}
	return &aws.Event{
		Call: call, ReadOnly: true, Err: aws.AccessDenied("no"),
		In: &kmsapi.EncryptInput{KeyId: &id, Plaintext: []byte("the plaintext"), EncryptionContext: context},
	}
}

func TestRecord(t *testing.T) {
	line := encoder(t).Append(nil, event(7))
	if bytes.ContainsAny(line, "\n\r\x00") {
		t.Fatalf("not one line: %s", line)
	}
	var r map[string]any
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	for path, want := range map[string]any{
		"eventSource": "kms.amazonaws.com", "eventName": "Encrypt", "awsRegion": "us-east-1", "eventTime": "2026-11-21T12:01:00Z",
		"sourceIPAddress": "127.0.0.1", "errorCode": "AccessDenied", "requestID": "r-7", "readOnly": true, "recipientAccountId": "111122223333",
		"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:Tenant-acme-Session", "userIdentity.accessKeyId": "ASIAX",
		"userIdentity.sessionContext.sessionIssuer.userName": "ServiceARole", "userIdentity.sessionContext.attributes.creationDate": "2026-11-21T12:00:00Z",
		"requestParameters.keyId": "alias/customer-acme", "requestParameters.encryptionContext.tenant": "acme", "requestParameters.plaintext": nil,
		"additionalEventData.tenantKeyPolicyChange": "acme", "resources.0.ARN": "arn:aws:kms:us-east-1:111122223333:key/1", "resources.0.type": "AWS::KMS::Key",
	} {
		if got := lookup(r, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if bytes.Contains(line, []byte("plaintext")) {
		t.Errorf("the plaintext is in the record: %s", line)
	}
}

func lookup(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			if len(x) == 0 {
				return nil
			}
			v = x[0]
		default:
			return nil
		}
	}
	return v
}

// TestIdentities holds the userIdentity of each kind of caller.
func TestIdentities(t *testing.T) {
	for kind, want := range map[policy.PrincipalKind]string{
		policy.Root: "Root", policy.User: "IAMUser", policy.RoleSession: "AssumedRole", policy.FederatedUser: "FederatedUser",
		policy.Service: "AWSService", policy.Anonymous: "Unknown",
	} {
		who := session()
		who.Kind = kind
		var r map[string]any
		if err := json.Unmarshal(identity(who), &r); err != nil || r["type"] != want {
			t.Errorf("%v: %v, %v", kind, r, err)
		}
	}
}

// TestRenderedOncePerCaller shows that a copy of a caller is not taken for the one that it was copied from.
func TestRenderedOncePerCaller(t *testing.T) {
	who := session()
	who.Keep()
	first := who.Rendered(identity)
	if &first[0] != &who.Rendered(identity)[0] {
		t.Error("rendered twice")
	}
	other := *who
	other.AccessKeyID = "ASIAY"
	if !bytes.Contains(other.Rendered(identity), []byte("ASIAY")) {
		t.Error("the copy got the original's rendering")
	}
}

func open(t *testing.T, dir string) *Log {
	t.Helper()
	l, err := Open(dir, encoder(t))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// requests are the request ids of the trail's records, in order.
func requests(t *testing.T, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for line := range bytes.Lines(b) {
		var r struct{ RequestID string }
		if err := json.Unmarshal(line, &r); err != nil {
			ids = append(ids, "torn")
			continue
		}
		ids = append(ids, r.RequestID)
	}
	return ids
}

func ids(from, to int) (ids []string) {
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprintf("r-%d", i))
	}
	return ids
}

func record(t *testing.T, l *Log, e *aws.Event) {
	t.Helper()
	if err := l.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// TestDeath shows that what was recorded is there after the process died at any point of a flush.
func TestDeath(t *testing.T) {
	for name, die := range map[string]func(*testing.T, *Log){
		"before a flush": func(*testing.T, *Log) {},
		"in the middle of a flush": func(t *testing.T, l *Log) {
			if _, err := l.f.WriteAt(l.pending.records()[:100], l.length); err != nil {
				t.Fatal(err)
			}
		},
		"between a flush and its note": func(t *testing.T, l *Log) {
			if _, err := l.f.WriteAt(l.pending.records(), l.length); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			for i := range 3 {
				record(t, l, event(i))
			}
			if err := l.Flush(); err != nil {
				t.Fatal(err)
			}
			for i := 3; i < 6; i++ {
				record(t, l, event(i))
			}
			die(t, l) // l is never closed: a mapping needs nobody to be kept
			l = open(t, dir)
			record(t, l, event(6))
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if got, want := requests(t, dir), ids(0, 7); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("records %v, want %v", got, want)
			}
		})
	}
}

// TestPowerCut shows that the trail opens whatever a power cut left of file and pending records, and loses no whole record
// that was in the file.
func TestPowerCut(t *testing.T) {
	for name, c := range map[string]struct {
		cut  func(t *testing.T, dir string, l *Log)
		want []string
	}{
		"pending records of zeros": {func(_ *testing.T, _ string, l *Log) { clear(l.pending.data) }, ids(0, 3)},
		"pending records torn":     {func(_ *testing.T, _ string, l *Log) { clear(l.pending.data[len(l.pending.records())-10:]) }, ids(0, 5)},
		"file shorter than noted": {func(t *testing.T, dir string, l *Log) {
			if err := os.Truncate(filepath.Join(dir, "audit.jsonl"), l.length-5); err != nil {
				t.Fatal(err)
			}
		}, append(append(ids(0, 2), "torn"), ids(3, 6)...)},
		"numbers of nonsense": {func(_ *testing.T, _ string, l *Log) { *l.pending.base, *l.pending.used = 1<<63, 1<<60 }, ids(0, 3)},
		"pending file gone": {func(t *testing.T, dir string, _ *Log) {
			if err := os.Remove(filepath.Join(dir, "pending")); err != nil {
				t.Fatal(err)
			}
		}, ids(0, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			for i := range 3 {
				record(t, l, event(i))
			}
			if err := l.Flush(); err != nil {
				t.Fatal(err)
			}
			for i := 3; i < 6; i++ {
				record(t, l, event(i))
			}
			c.cut(t, dir, l)
			l = open(t, dir)
			record(t, l, event(9))
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if got, want := requests(t, dir), append(c.want, "r-9"); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("records %v, want %v", got, want)
			}
		})
	}
}

const childDir = "KEYHOLD_AUDIT_CHILD"

// TestKilled kills a process that records, and finds every record that it had reported.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		l := open(t, dir)
		for i := 0; ; i++ {
			record(t, l, event(i))
			fmt.Println("recorded", i)
		}
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out := &lines{until: 2000, done: make(chan struct{})}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-out.done
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	got := requests(t, dir)
	if reported := strings.Count(out.text.String(), "\n"); len(got) < reported {
		t.Fatalf("%d records of %d that were reported", len(got), reported)
	}
	if want := ids(0, len(got)); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Error("records are missing or torn")
	}
}

// lines counts lines and says when there are enough.
type lines struct {
	text  bytes.Buffer
	until int
	once  sync.Once
	done  chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	n, err := l.text.Write(b)
	if strings.Count(l.text.String(), "\n") >= l.until {
		l.once.Do(func() { close(l.done) })
	}
	return n, err
}

// TestFullDisk shows that nothing is recorded, and so nothing answered, after a write failed.
func TestFullDisk(t *testing.T) {
	l := open(t, t.TempDir())
	if err := l.f.Close(); err != nil {
		t.Fatal(err)
	}
	e := event(1)
	e.ReadOnly = false
	for range 2 {
		if err := l.Record(t.Context(), e); !errors.Is(err, os.ErrClosed) {
			t.Fatalf("got %v", err)
		}
	}
	if err := l.Record(t.Context(), event(2)); !errors.Is(err, os.ErrClosed) {
		t.Fatalf("a reading call after the failure: %v", err)
	}
}

// TestManyWriters shows that records of many callers are whole, also where they overflow the pending file.
func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	const writers, each = 8, 200 // about 1.5 MB
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				e := event(w*each + i)
				e.ReadOnly = i%50 != 0
				if err := l.Record(context.Background(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range requests(t, dir) {
		seen[id] = true
	}
	if len(seen) != writers*each || seen["torn"] {
		t.Errorf("%d records, want %d; torn: %v", len(seen), writers*each, seen["torn"])
	}
}

func TestMemory(t *testing.T) {
	m := NewMemory(3, encoder(t))
	for i := range 5 {
		if err := m.Record(t.Context(), event(i)); err != nil {
			t.Fatal(err)
		}
	}
	got := m.Records()
	if len(got) != 3 || !bytes.Contains(got[0], []byte(`"requestID":"r-2"`)) || !bytes.Contains(got[2], []byte(`"requestID":"r-4"`)) {
		t.Errorf("got %d records: %s", len(got), bytes.Join(got, []byte("\n")))
	}
}

func BenchmarkRecord(b *testing.B) {
	l, err := Open(b.TempDir(), encoder(b))
	if err != nil {
		b.Fatal(err)
	}
	e := event(1)
	e.Call.Caller.Keep()
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Record(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
}
