package iam_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	embedded "github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	drawer "github.com/keyhold/keyhold/internal/aws/iam"
	"github.com/keyhold/keyhold/internal/aws/wire"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

const (
	account = "111122223333"
	trust   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	all     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// endpoint is IAM as the SDK's clients see it.
type endpoint struct {
	t       *testing.T
	handler http.Handler
}

// newEndpoint makes an endpoint with the administrator's client.
func newEndpoint(t *testing.T) (*endpoint, *iam.Client) {
	s := store.Observe(mem.New())
	t.Cleanup(func() { _ = s.Close() })
	service := drawer.New(s, seal.Generate())
	cloud := embedded.NewCloud(service, noAudit{}, slog.New(slog.DiscardHandler), service)
	root(t, cloud, "CreateUser", &iamapi.CreateUserInput{UserName: aws.String("admin")})
	root(t, cloud, "AttachUserPolicy", &iamapi.AttachUserPolicyInput{
		UserName: aws.String("admin"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess"),
	})
	if err := service.ImportAccessKey(t.Context(), account, "admin", "AKIAKEYHOLDLOCAL0001", "local-secret"); err != nil {
		t.Fatal(err)
	}
	codec, err := wire.NewCodec(cloud.Services()...)
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{t, wire.NewHandler(codec, cloud, longTerm{service}, slog.New(slog.DiscardHandler))}
	return e, e.client("AKIAKEYHOLDLOCAL0001", "local-secret")
}

func root(t *testing.T, cloud *embedded.Cloud, operation string, in any) {
	t.Helper()
	call := &embedded.Call{Service: "iam", Operation: operation, Region: "us-east-1", Caller: embedded.RootUser(account)}
	if _, err := cloud.Invoke(t.Context(), call, in); err != nil {
		t.Fatal(err)
	}
}

type noAudit struct{}

func (noAudit) Record(context.Context, *embedded.Event) error { return nil }

// longTerm knows long-term credentials only.
type longTerm struct{ iam *drawer.Service }

func (l longTerm) Credential(ctx context.Context, id, _ string) (*embedded.Credential, error) {
	return l.iam.Credential(ctx, id)
}

func (e *endpoint) client(id, secret string) *iam.Client {
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("https://iam.keyhold.internal"), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
		HTTPClient:  &http.Client{Transport: wire.Transport(e.handler)},
	})
}

func TestConformanceRoles(t *testing.T) {
	_, c := newEndpoint(t)
	ctx := t.Context()
	made, err := c.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("R"), Path: aws.String("/svc/"), AssumeRolePolicyDocument: aws.String(trust), Description: aws.String("a & b"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("R")})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Role.Arn != "arn:aws:iam::111122223333:role/svc/R" || *got.Role.RoleId != *made.Role.RoleId || *got.Role.Description != "a & b" ||
		len(got.Role.Tags) != 1 || *got.Role.MaxSessionDuration != 3600 {
		t.Errorf("role is %+v", got.Role)
	}
	if document, err := url.QueryUnescape(*got.Role.AssumeRolePolicyDocument); err != nil || document != trust {
		t.Errorf("trust policy is %s", *got.Role.AssumeRolePolicyDocument)
	}
	_, err = c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("R"), AssumeRolePolicyDocument: aws.String(trust)})
	want[*types.EntityAlreadyExistsException](t, err, "EntityAlreadyExists")
	_, err = c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("none")})
	want[*types.NoSuchEntityException](t, err, "NoSuchEntity")
	_, err = c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("R"), PolicyDocument: aws.String("{}")})
	want[*types.MalformedPolicyDocumentException](t, err, "MalformedPolicyDocument")
	for range 2 {
		if _, err = c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("R"), PolicyName: aws.String("i"), PolicyDocument: aws.String(all)}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("R")})
	want[*types.DeleteConflictException](t, err, "DeleteConflict")
	if _, err = c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("R"), PolicyName: aws.String("i")}); err != nil {
		t.Fatal(err)
	}
	if _, err = c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("R")}); err != nil {
		t.Fatal(err)
	}
}

func TestConformancePages(t *testing.T) {
	_, c := newEndpoint(t)
	ctx := t.Context()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if _, err := c.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	users, pages := 0, 0
	for p := iam.NewListUsersPaginator(c, &iam.ListUsersInput{MaxItems: aws.Int32(2)}); p.HasMorePages(); pages++ {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		users += len(out.Users)
	}
	if users != 6 || pages != 3 {
		t.Errorf("%d users on %d pages", users, pages)
	}
}

func TestConformancePolicies(t *testing.T) {
	_, c := newEndpoint(t)
	ctx := t.Context()
	made, err := c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("P"), PolicyDocument: aws.String(all)})
	if err != nil {
		t.Fatal(err)
	}
	arn := made.Policy.Arn
	if _, err := c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(all), SetAsDefault: true}); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	if err != nil || *got.Policy.DefaultVersionId != "v2" || !got.Policy.IsAttachable {
		t.Errorf("%v: %+v", err, got)
	}
	versions, err := c.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn})
	if err != nil || len(versions.Versions) != 2 || !versions.Versions[0].IsDefaultVersion {
		t.Errorf("%v: %+v", err, versions)
	}
	_, err = c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("admin"), PolicyArn: aws.String("arn:aws:iam::111122223333:policy/none")})
	want[*types.NoSuchEntityException](t, err, "NoSuchEntity")
	attached, err := c.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: aws.String("admin")})
	if err != nil || len(attached.AttachedPolicies) != 1 {
		t.Errorf("%v: %+v", err, attached)
	}
	entities, err := c.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: attached.AttachedPolicies[0].PolicyArn})
	if err != nil || len(entities.PolicyUsers) != 1 {
		t.Errorf("%v: %+v", err, entities)
	}
}

func TestConformanceAccessKeys(t *testing.T) {
	e, c := newEndpoint(t)
	ctx := t.Context()
	if _, err := c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("alice")}); err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("alice")})
	if err != nil {
		t.Fatal(err)
	}
	alice := e.client(*made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey)
	_, err = alice.GetUser(ctx, &iam.GetUserInput{})
	want[*smithy.GenericAPIError](t, err, "AccessDenied")
	if _, err := c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("alice"), PolicyName: aws.String("p"), PolicyDocument: aws.String(all)}); err != nil {
		t.Fatal(err)
	}
	if got, err := alice.GetUser(ctx, &iam.GetUserInput{}); err != nil || *got.User.UserName != "alice" {
		t.Errorf("%v: %+v", err, got)
	}
	in := &iam.UpdateAccessKeyInput{UserName: aws.String("alice"), AccessKeyId: made.AccessKey.AccessKeyId, Status: types.StatusTypeInactive}
	if _, err := c.UpdateAccessKey(ctx, in); err != nil {
		t.Fatal(err)
	}
	_, err = alice.GetUser(ctx, &iam.GetUserInput{})
	want[*smithy.GenericAPIError](t, err, "InvalidClientTokenId")
	_, err = c.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: made.AccessKey.AccessKeyId})
	want[*smithy.GenericAPIError](t, err, "InvalidAction")
}

// want checks an error's type and code as the SDK read them.
func want[E error](t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if _, ok := errors.AsType[E](err); !ok || !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("error is %v, want %s", err, code)
	}
}
