package iam

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
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

const (
	here  = "111122223333"
	there = "444455556666"
)

// world is IAM behind a door, over a store in memory.
type world struct {
	t     testing.TB
	iam   *Service
	store *store.Observed
	cloud *aws.Cloud
}

func newWorld(t testing.TB) *world {
	s := store.Observe(mem.New())
	t.Cleanup(func() { _ = s.Close() })
	service := New(s, seal.Generate())
	return &world{t: t, iam: service, store: s, cloud: aws.NewCloud(service, noAudit{}, slog.New(slog.DiscardHandler), service)}
}

type noAudit struct{}

func (noAudit) Record(context.Context, *aws.Event) error { return nil }

// call invokes the operation that in is the input of.
func (w *world) call(who *aws.Caller, in any) (any, error) {
	operation := strings.TrimSuffix(reflect.TypeOf(in).Elem().Name(), "Input")
	call := &aws.Call{
		RequestID: "test", Service: "iam", Operation: operation, Region: "us-east-1", Time: time.Now(), Caller: who, Secure: true,
	}
	return w.cloud.Invoke(w.t.Context(), call, in)
}

// root invokes an operation as the root user of an account, which must succeed.
func (w *world) root(account string, in any) any {
	w.t.Helper()
	return w.as(aws.RootUser(account), in)
}

// as invokes an operation, which must succeed.
func (w *world) as(who *aws.Caller, in any) any {
	w.t.Helper()
	out, err := w.call(who, in)
	if err != nil {
		w.t.Fatalf("%T: %v", in, err)
	}
	return out
}

// fails invokes an operation as the root user, which must fail with the code and, unless it is empty, the message.
func (w *world) fails(account string, in any, code, message string) {
	w.t.Helper()
	_, err := w.call(aws.RootUser(account), in)
	wantError(w.t, err, code, message)
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

// Documents for tests.
const (
	allowAll   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	allowRead  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}`
	trustHere  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`
	trustTasks = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

func (w *world) makeRole(account, name string) *iamapi.Role {
	w.t.Helper()
	return w.root(account, &iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(trustHere)}).(*iamapi.CreateRoleOutput).Role
}

func (w *world) makeUser(account, name string) *iamapi.User {
	w.t.Helper()
	return w.root(account, &iamapi.CreateUserInput{UserName: &name}).(*iamapi.CreateUserOutput).User
}

func (w *world) makePolicy(account, name, document string) string {
	w.t.Helper()
	out := w.root(account, &iamapi.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})
	return *out.(*iamapi.CreatePolicyOutput).Policy.Arn
}

// makeKey gives a user an access key and returns its id.
func (w *world) makeKey(account, userName string) string {
	w.t.Helper()
	out := w.root(account, &iamapi.CreateAccessKeyInput{UserName: &userName}).(*iamapi.CreateAccessKeyOutput)
	return *out.AccessKey.AccessKeyId
}

// user is the caller that a user's access key stands for.
func (w *world) user(accessKeyID string) *aws.Caller {
	w.t.Helper()
	cred, err := w.iam.Credential(w.t.Context(), accessKeyID)
	if err != nil {
		w.t.Fatal(err)
	}
	return cred.Caller
}

// TestEveryOperationAsksFirst calls every operation as a user without policies: none may succeed.
func TestEveryOperationAsksFirst(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "nobody")
	who := w.user(w.makeKey(here, "nobody"))
	for name, op := range w.iam.Ops().Table {
		in := reflect.New(op.In)
		if f := in.Elem().FieldByName("PolicyArn"); f.IsValid() {
			f.Set(reflect.ValueOf(new("arn:aws:iam::aws:policy/AdministratorAccess")))
		}
		_, err := w.call(who, in.Interface())
		var wire *aws.Error
		if !errors.As(err, &wire) || wire.Code != "AccessDenied" {
			t.Errorf("%s: %v, want AccessDenied", name, err)
		}
	}
}

// TestEveryOperationTakesTheRootUser calls every operation as the root user: none may be denied or fail by our fault.
func TestEveryOperationTakesTheRootUser(t *testing.T) {
	w := newWorld(t)
	for name, op := range w.iam.Ops().Table {
		_, err := w.call(aws.RootUser(here), reflect.New(op.In).Interface())
		var wire *aws.Error
		if errors.As(err, &wire) && (wire.Code == "AccessDenied" || wire.Code == "InternalFailure") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNamesMatchModel compares the table with the model: no operation may be misspelt, and each has the model's shapes.
func TestNamesMatchModel(t *testing.T) {
	ops := New(store.Observe(mem.New()), seal.Generate()).Ops()
	for name, op := range ops.Table {
		if op.In.Name() != name+"Input" || op.Out.Name() != name+"Output" {
			t.Errorf("%s takes %v and gives %v", name, op.In, op.Out)
		}
	}
	for name := range ops.Refused {
		if _, ok := ops.Table[name]; ok {
			t.Errorf("%s is both there and refused", name)
		}
		if !strings.Contains(string(ops.Model), `"`+name+`"`) {
			t.Errorf("%s is not in the model", name)
		}
	}
}

// records are the keys of all records in the store.
func (w *world) records() (keys []string) {
	err := w.store.View(w.t.Context(), func(r store.Reader) error {
		from, to := store.Prefix()
		for e, err := range r.Scan(from, to) {
			if err != nil {
				return err
			}
			keys = append(keys, e.Key)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// TestMadeAnewMeanwhile authorises calls for what is deleted, and made anew by the same name, before they run.
func TestMadeAnewMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	arn := w.makePolicy(here, "P", allowRead)
	authorised := func(operation string, require rule, a *arguments) *aws.Call {
		c := &aws.Call{Service: "iam", Operation: operation, Time: time.Now(), Caller: aws.RootUser(here)}
		if err := require(t.Context(), c, a); err != nil {
			t.Fatal(err)
		}
		return c
	}
	role1 := authorised("PutRolePolicy", w.iam.limits(role), &arguments{RoleName: new("R")})
	role2 := authorised("DeleteRole", w.iam.on(role), &arguments{RoleName: new("R")})
	policy1 := authorised("CreatePolicyVersion", w.iam.onManaged, &arguments{PolicyArn: &arn})
	w.root(here, &iamapi.DeleteRoleInput{RoleName: new("R")})
	w.root(here, &iamapi.DeletePolicyInput{PolicyArn: &arn})
	w.makeRole(here, "R")
	w.makePolicy(here, "P", allowRead)

	_, err := w.iam.PutRolePolicy(t.Context(), role1, &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("p"), PolicyDocument: new(allowAll)})
	wantError(t, err, "NoSuchEntityException", "The role with name R cannot be found.")
	_, err = w.iam.DeleteRole(t.Context(), role2, &iamapi.DeleteRoleInput{RoleName: new("R")})
	wantError(t, err, "NoSuchEntityException", "The role with name R cannot be found.")
	_, err = w.iam.CreatePolicyVersion(t.Context(), policy1, &iamapi.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(allowAll)})
	wantError(t, err, "NoSuchEntityException", "Policy "+arn+" was not found.")
}
