package iam

import (
	"fmt"
	"sync"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/policy"
)

func allow(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// sessionOf is a session of a role as it is now.
func (w *world) sessionOf(account, name string) *aws.Caller {
	w.t.Helper()
	r, err := w.iam.Role(w.t.Context(), account, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return &aws.Caller{
		Principal: policy.Principal{
			Kind: policy.RoleSession, Account: account, ARN: "arn:aws:sts::" + account + ":assumed-role/" + name + "/s", Issuer: r.ARN, ID: r.ID,
		},
		RoleName: name, SessionName: "s", UserID: r.ID + ":s",
	}
}

// may tells whether the caller's own policies allow an action.
func (w *world) may(who *aws.Caller, action string) bool {
	w.t.Helper()
	var set policy.Set
	if err := w.iam.Policies(w.t.Context(), who, &set); err != nil {
		w.t.Fatal(err)
	}
	req := policy.Request{Principal: &who.Principal, Action: action, Resource: "*", Account: who.Account}
	return policy.Evaluate(&req, &set).Effect == policy.Allow
}

// TestPolicyThatNoSessionMayHave attaches a policy whose ARN is not complete, which only session policies must be.
func TestPolicyThatNoSessionMayHave(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "u")
	arn := w.makePolicy(here, "P", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":["*","arn:aws:iam"]}]}`)
	w.root(here, &iamapi.AttachUserPolicyInput{UserName: new("u"), PolicyArn: &arn})
	w.as(w.user(w.makeKey(here, "u")), &iamapi.ListUsersInput{})
	_, err := w.iam.ManagedPolicy(t.Context(), here, arn)
	wantError(t, err, noSuchEntityCode, "")
}

// TestChangesShowAtOnce changes what binds a user in every way there is.
func TestChangesShowAtOnce(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "u")
	w.root(here, &iamapi.CreateGroupInput{GroupName: new("g")})
	who := w.user(w.makeKey(here, "u"))
	arn := w.makePolicy(here, "P", allow("kms:Encrypt"))
	read := new("arn:aws:iam::aws:policy/IAMReadOnlyAccess")
	steps := []struct {
		change any
		may    string // kms:Encrypt, sqs:SendMessage, iam:GetRole: x if allowed
	}{
		{nil, "---"},
		{&iamapi.AttachUserPolicyInput{UserName: new("u"), PolicyArn: &arn}, "x--"},
		{&iamapi.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(allow("sqs:*")), SetAsDefault: new(true)}, "-x-"},
		{&iamapi.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")}, "x--"},
		{&iamapi.PutUserPolicyInput{UserName: new("u"), PolicyName: new("i"), PolicyDocument: new(allow("sqs:*"))}, "xx-"},
		{&iamapi.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: read}, "xx-"},
		{&iamapi.AddUserToGroupInput{GroupName: new("g"), UserName: new("u")}, "xxx"},
		{&iamapi.PutUserPermissionsBoundaryInput{UserName: new("u"), PermissionsBoundary: &arn}, "x--"},
		{&iamapi.DeleteUserPermissionsBoundaryInput{UserName: new("u")}, "xxx"},
		{&iamapi.DetachUserPolicyInput{UserName: new("u"), PolicyArn: &arn}, "-xx"},
		{&iamapi.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: &arn}, "xxx"},
		{&iamapi.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: new("v2")}, "-xx"},
		{&iamapi.DeleteUserPolicyInput{UserName: new("u"), PolicyName: new("i")}, "-xx"},
		{&iamapi.PutGroupPolicyInput{GroupName: new("g"), PolicyName: new("i"), PolicyDocument: new(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:*","Resource":"*"}]}`)}, "--x"},
		{&iamapi.UpdateGroupInput{GroupName: new("g"), NewGroupName: new("h")}, "--x"},
		{&iamapi.DeleteGroupPolicyInput{GroupName: new("h"), PolicyName: new("i")}, "-xx"},
		{&iamapi.RemoveUserFromGroupInput{GroupName: new("h"), UserName: new("u")}, "---"},
	}
	for i, step := range steps {
		if step.change != nil {
			w.root(here, step.change)
		}
		got := ""
		for _, action := range []string{"kms:Encrypt", "sqs:SendMessage", "iam:GetRole"} {
			got += map[bool]string{true: "x", false: "-"}[w.may(who, action)]
		}
		if got != step.may {
			t.Fatalf("after step %d, %T: %s, want %s", i, step.change, got, step.may)
		}
	}
}

// TestWhoIsGone: credentials of a user or role that is gone find no policies, also if another has its name.
func TestWhoIsGone(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	w.makeUser(here, "u")
	key := w.makeKey(here, "u")
	callers := []*aws.Caller{w.sessionOf(here, "R"), w.user(key)}
	refused := func() {
		t.Helper()
		for _, who := range callers {
			wantError(t, w.iam.Policies(t.Context(), who, &policy.Set{}), "InvalidClientTokenId", "")
		}
	}
	for _, who := range callers {
		if err := w.iam.Policies(t.Context(), who, &policy.Set{}); err != nil {
			t.Fatal(err)
		}
	}
	w.root(here, &iamapi.DeleteAccessKeyInput{UserName: new("u"), AccessKeyId: &key})
	w.root(here, &iamapi.DeleteUserInput{UserName: new("u")})
	w.root(here, &iamapi.DeleteRoleInput{RoleName: new("R")})
	refused()
	w.makeRole(here, "R")
	w.makeUser(here, "u")
	refused()
	for _, who := range []*aws.Caller{aws.RootUser(here), aws.ServicePrincipal("sqs.amazonaws.com"), aws.Anonymous()} {
		set := policy.Set{}
		if err := w.iam.Policies(t.Context(), who, &set); err != nil || set.Identity != nil {
			t.Errorf("%s: %v", who.ARN, err)
		}
	}
}

func TestManagedPolicyForSessions(t *testing.T) {
	w := newWorld(t)
	arn := w.makePolicy(here, "P", allowRead)
	p, err := w.iam.ManagedPolicy(t.Context(), here, arn)
	if err != nil || p.String() != allowRead || p.Kind() != policy.Session {
		t.Errorf("%v, %v", p, err)
	}
	for _, bad := range []struct{ account, arn string }{
		{there, arn}, {here, "arn:aws:iam::111122223333:policy/x/P"}, {here, "arn:aws:iam::aws:policy/None"},
		{here, "P"}, {here, "arn:aws:iam::111122223333:policy/p"}, {here, "arn:aws:iam::111122223333:role/P"},
	} {
		_, err := w.iam.ManagedPolicy(t.Context(), bad.account, bad.arn)
		wantError(t, err, "NoSuchEntityException", "")
	}
}

// TestConcurrency reads what binds a role while it changes: each reader sees one of the states that there were.
func TestConcurrency(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	arn := w.makePolicy(here, "P", allowRead)
	who := w.sessionOf(here, "R")
	var workers sync.WaitGroup
	for i := range 4 {
		workers.Go(func() {
			for n := range 50 {
				var in any
				switch (i + n) % 4 {
				case 0:
					in = &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn}
				case 1:
					in = &iamapi.DetachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn}
				case 2:
					in = &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new(fmt.Sprint(n % 3)), PolicyDocument: new(allowAll)}
				case 3:
					in = &iamapi.CreatePolicyInput{PolicyName: new("P"), PolicyDocument: new(allowRead)}
					_, _ = w.call(aws.RootUser(here), &iamapi.DeletePolicyInput{PolicyArn: &arn})
				}
				_, err := w.call(aws.RootUser(here), in)
				if wire, ok := err.(*aws.Error); ok && wire.Code == "InternalFailure" {
					t.Errorf("%T: %v", in, err)
				}
			}
		})
		workers.Go(func() {
			for range 500 {
				if err := w.iam.Policies(t.Context(), who, &policy.Set{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
}

// TestNoAllocation: the way of every request allocates nothing in the directory.
func TestNoAllocation(t *testing.T) {
	w := newWorld(t)
	who, key := w.scene()
	if n := testing.AllocsPerRun(100, func() {
		var set policy.Set
		if err := w.iam.Policies(t.Context(), who, &set); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("Policies allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := w.iam.Credential(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("Credential allocates %v times", n)
	}
}

// scene is a session of a role with an inline policy, a managed one and a boundary, and a user's access key.
func (w *world) scene() (*aws.Caller, string) {
	arn := w.makePolicy(here, "P", allowRead)
	w.makeRole(here, "R")
	w.root(here, &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("i"), PolicyDocument: new(allowAll)})
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.root(here, &iamapi.PutRolePermissionsBoundaryInput{RoleName: new("R"), PermissionsBoundary: &arn})
	w.makeUser(here, "u")
	return w.sessionOf(here, "R"), w.makeKey(here, "u")
}

func BenchmarkPolicies(b *testing.B) {
	w := newWorld(b)
	who, _ := w.scene()
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		var set policy.Set
		if err := w.iam.Policies(ctx, who, &set); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCredential(b *testing.B) {
	w := newWorld(b)
	_, key := w.scene()
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.iam.Credential(ctx, key); err != nil {
			b.Fatal(err)
		}
	}
}
