package kms_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/aws/kms"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/policy"
)

const (
	accountA = "111122223333"
	accountB = "444455556666"
	region   = "eu-central-1"
)

// world is the drawer behind the door, without HTTP.
type world struct {
	t       testing.TB
	db      *store.Observed
	service *kms.Service
	cloud   *aws.Cloud
	region  string

	mu     sync.Mutex
	events []*aws.Event // guarded by mu
}

func newWorld(t testing.TB) *world { return worldOn(t, mem.New(), testRoot(t)) }

func testRoot(t testing.TB) *seal.Root {
	t.Helper()
	key := make([]byte, seal.KeySize)
	for i := range key {
		key[i] = byte(i)
	}
	root, err := seal.NewRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func worldOn(t testing.TB, inner store.Store, root *seal.Root) *world {
	w := &world{t: t, db: store.Observe(inner), region: region}
	w.service = kms.New(kms.Deps{Store: w.db, Root: root, Log: slog.New(slog.DiscardHandler), Principals: strangers{}})
	w.cloud = aws.NewCloud(directory{}, w, slog.New(slog.DiscardHandler), w.service)
	return w
}

// Record implements aws.Auditor.
func (w *world) Record(_ context.Context, e *aws.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	return nil
}

// last is the last call's event.
func (w *world) last() *aws.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events[len(w.events)-1]
}

// identities are the identity policies by principal ARN: a user's, or a role's.
var identities sync.Map

type directory struct{}

func (directory) Policies(_ context.Context, who *aws.Caller, set *policy.Set) error {
	arn := who.ARN
	if who.Kind == policy.RoleSession {
		arn = who.Issuer
	}
	if p, ok := identities.Load(arn); ok {
		set.Identity = append(set.Identity, p.(*policy.Policy))
	}
	return nil
}

func parse(t testing.TB, kind policy.Kind, document string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse(kind, document)
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return p
}

// role is a session of a role with an identity policy and, unless it is empty, a session policy.
func role(t testing.TB, account, name, identity, session string) *aws.Caller {
	t.Helper()
	c := &aws.Caller{
		Principal: policy.Principal{
			Kind: policy.RoleSession, Account: account, ID: "AROA" + strings.ToUpper(name),
			ARN:    "arn:aws:sts::" + account + ":assumed-role/" + name + "/test",
			Issuer: "arn:aws:iam::" + account + ":role/" + name,
		},
		UserID: "AROA" + strings.ToUpper(name) + ":test", RoleName: name, SessionName: "test", IssuedAt: time.Now(),
	}
	if identity != "" {
		identities.Store(c.Issuer, parse(t, policy.Identity, identity))
	}
	if session != "" {
		c.Sessions, c.HasSession = []*policy.Policy{parse(t, policy.Session, session)}, true
	}
	return c
}

// allow is an identity or session policy of one statement.
func allow(actions, resource, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[%s],"Resource":"%s"%s}]}`, actions, resource, condition)
}

var allowAll = allow(`"*"`, "*", "")

// admin is a role that may do everything that key policies leave to its account.
func admin(t testing.TB, account string) *aws.Caller { return role(t, account, "Admin", allowAll, "") }

// invoke calls the operation that the input is of.
func invoke[Out any](w *world, who *aws.Caller, in any) (*Out, error) {
	c := &aws.Call{
		RequestID: "request", Service: "kms", Operation: strings.TrimSuffix(reflect.TypeOf(in).Elem().Name(), "Input"),
		Region: w.region, Time: time.Now(), Caller: who, Secure: true,
	}
	out, err := w.cloud.Invoke(context.Background(), c, in)
	if err != nil {
		return nil, err
	}
	return out.(*Out), nil
}

// must is invoke that may not fail.
func must[Out any](w *world, who *aws.Caller, in any) *Out {
	w.t.Helper()
	out, err := invoke[Out](w, who, in)
	if err != nil {
		w.t.Fatalf("%T: %v", in, err)
	}
	return out
}

// fails wants an error of that code, and of that text if it is not empty; * in it stands for anything.
func fails(t testing.TB, err error, code, text string) {
	t.Helper()
	var wire *aws.Error
	if !errors.As(err, &wire) {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if wire.Code != code || text != "" && !like(text, wire.Message) {
		t.Errorf("got %s: %s\nwant %s: %s", wire.Code, wire.Message, code, text)
	}
}

// like matches text with a pattern in which * stands for anything.
func like(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	for i := 0; ok && i <= len(text); i++ {
		if like(rest, text[i:]) {
			return true
		}
	}
	return false
}

// newKey makes a key as who.
func (w *world) newKey(who *aws.Caller, in kmsapi.CreateKeyInput) *kmsapi.KeyMetadata {
	w.t.Helper()
	return must[kmsapi.CreateKeyOutput](w, who, &in).KeyMetadata
}

func (w *world) alias(who *aws.Caller, name, keyID string) {
	w.t.Helper()
	must[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: &name, TargetKeyId: &keyID})
}

func (w *world) encrypt(who *aws.Caller, keyID, text string) []byte {
	w.t.Helper()
	return must[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: &keyID, Plaintext: []byte(text)}).CiphertextBlob
}

func (w *world) opens(who *aws.Caller, blob []byte, text string) {
	w.t.Helper()
	out, err := invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: blob})
	if err != nil || string(out.Plaintext) != text {
		w.t.Errorf("Decrypt: %v, %v; want %q", out, err, text)
	}
}

// strangers is a kms.Principals that knows nobody and lets policies be as they are.
type strangers struct{}

func (strangers) BindPrincipals(_ store.Reader, document string) (string, bool, error) {
	return document, true, nil
}

func (strangers) ShowPrincipals(_ store.Reader, document string) (string, error) {
	return document, nil
}
