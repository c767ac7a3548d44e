package sts

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/internal/aws/iam"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

const (
	accountA = "111122223333"
	accountB = "444455556666"
)

// world is STS with IAM behind a door, over a store in memory.
type world struct {
	t     testing.TB
	sts   *Service
	iam   *iam.Service
	cloud *aws.Cloud
}

func newWorld(t testing.TB) *world {
	s := store.Observe(mem.New())
	t.Cleanup(func() { _ = s.Close() })
	root := seal.Generate()
	principals := iam.New(s, root)
	service := New(root, principals)
	return &world{
		t: t, sts: service, iam: principals,
		cloud: aws.NewCloud(principals, noAudit{}, slog.New(slog.DiscardHandler), principals, service),
	}
}

type noAudit struct{}

func (noAudit) Record(context.Context, *aws.Event) error { return nil }

// call invokes the operation that in is the input of.
func (w *world) call(who *aws.Caller, in any) (any, error) {
	shape := reflect.TypeOf(in).Elem()
	service := shape.PkgPath()[strings.LastIndexByte(shape.PkgPath(), '/')+1:]
	return w.cloud.Invoke(w.t.Context(), &aws.Call{
		RequestID: "test", Service: service, Operation: strings.TrimSuffix(shape.Name(), "Input"), Region: "eu-west-1", Time: time.Now(),
		Caller: who, Secure: true,
	}, in)
}

// root invokes an operation as the root user of an account, which must succeed.
func (w *world) root(account string, in any) any {
	w.t.Helper()
	out, err := w.call(aws.RootUser(account), in)
	if err != nil {
		w.t.Fatalf("%T: %v", in, err)
	}
	return out
}

// makeRole makes a role with a trust policy and, unless it is empty, an inline policy; it returns the role's ARN.
func (w *world) makeRole(account, name, trust, inline string) string {
	w.t.Helper()
	out := w.root(account, &iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if inline != "" {
		w.root(account, &iamapi.PutRolePolicyInput{RoleName: &name, PolicyName: new("inline"), PolicyDocument: &inline})
	}
	return *out.(*iamapi.CreateRoleOutput).Role.Arn
}

// makeUser makes a user with an inline policy, unless it is empty, and returns the caller that its access key stands for.
func (w *world) makeUser(account, name, inline string) *aws.Caller {
	w.t.Helper()
	w.root(account, &iamapi.CreateUserInput{UserName: &name})
	if inline != "" {
		w.root(account, &iamapi.PutUserPolicyInput{UserName: &name, PolicyName: new("inline"), PolicyDocument: &inline})
	}
	key := w.root(account, &iamapi.CreateAccessKeyInput{UserName: &name}).(*iamapi.CreateAccessKeyOutput).AccessKey
	return w.caller(*key.AccessKeyId, "")
}

// caller is whom credentials stand for.
func (w *world) caller(accessKeyID, token string) *aws.Caller {
	w.t.Helper()
	c, err := w.sts.Credential(w.t.Context(), accessKeyID, token)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Caller
}

// assume assumes a role, which must succeed, and returns the credentials.
func (w *world) assume(who *aws.Caller, in stsapi.AssumeRoleInput) *stsapi.AssumeRoleOutput {
	w.t.Helper()
	out, err := w.call(who, &in)
	if err != nil {
		w.t.Fatal(err)
	}
	return out.(*stsapi.AssumeRoleOutput)
}

// session assumes a role, which must succeed, and returns the caller that the session is.
func (w *world) session(who *aws.Caller, in stsapi.AssumeRoleInput) *aws.Caller {
	w.t.Helper()
	c := w.assume(who, in).Credentials
	return w.caller(*c.AccessKeyId, *c.SessionToken)
}

func wantError(t testing.TB, err error, code, message string) {
	t.Helper()
	var wire *aws.Error
	if !errors.As(err, &wire) {
		t.Fatalf("error is %v, want %s", err, code)
	}
	if wire.Code != code || message != "" && wire.Message != message {
		t.Errorf("error is\n\t%s: %s, want\n\t%s: %s", wire.Code, wire.Message, code, message)
	}
}

// trusts is a trust policy that lets a principal, given as JSON, do actions, under conditions, also given as JSON.
func trusts(principal, conditions string, actions ...string) string {
	if len(actions) == 0 {
		actions = []string{"sts:AssumeRole"}
	}
	if conditions != "" {
		conditions = `,"Condition":` + conditions
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal +
		`,"Action":["` + strings.Join(actions, `","`) + `"]` + conditions + `}]}`
}

const (
	rootA     = `{"AWS":"arn:aws:iam::111122223333:root"}`
	rootB     = `{"AWS":"arn:aws:iam::444455556666:root"}`
	mayAssume = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`
	mayAll    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	onlyList  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}`
)

func assuming(arn string) stsapi.AssumeRoleInput {
	return stsapi.AssumeRoleInput{RoleArn: &arn, RoleSessionName: new("work")}
}

// TestNamesMatchModel compares the table with the model.
func TestNamesMatchModel(t *testing.T) {
	ops := newWorld(t).sts.Ops()
	for name, op := range ops.Table {
		if op.In.Name() != name+"Input" || op.Out.Name() != name+"Output" {
			t.Errorf("%s takes %v and gives %v", name, op.In, op.Out)
		}
	}
	for name := range ops.Refused {
		if _, ok := ops.Table[name]; ok || !strings.Contains(string(ops.Model), `"`+name+`"`) {
			t.Errorf("%s is not refused or not in the model", name)
		}
	}
}

// deleteRole deletes a role with its inline policy.
func (w *world) deleteRole(account, name string) {
	w.t.Helper()
	w.root(account, &iamapi.DeleteRolePolicyInput{RoleName: &name, PolicyName: new("inline")})
	w.root(account, &iamapi.DeleteRoleInput{RoleName: &name})
}

// TestChangesNothing: STS stores nothing, and CloudTrail records its operations as read-only.
func TestChangesNothing(t *testing.T) {
	for name, op := range New(seal.Generate(), nil).Ops().Table {
		if !op.ReadOnly {
			t.Errorf("%s is recorded as a change", name)
		}
	}
}
