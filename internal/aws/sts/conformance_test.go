package sts_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	embedded "github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/iam"
	drawer "github.com/keyhold/keyhold/internal/aws/sts"
	"github.com/keyhold/keyhold/internal/aws/wire"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

const (
	account = "111122223333"
	roleARN = "arn:aws:iam::111122223333:role/R"
	keyID   = "AKIAKEYHOLDLOCAL0001"
	secret  = "local-secret"
	trust   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	list    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}`
)

// newEndpoint makes STS, with a user and a role, as the SDK's clients see it.
func newEndpoint(t *testing.T) http.Handler {
	s := store.Observe(mem.New())
	t.Cleanup(func() { _ = s.Close() })
	root := seal.Generate()
	principals := iam.New(s, root)
	service := drawer.New(root, principals)
	quiet := slog.New(slog.DiscardHandler)
	cloud := embedded.NewCloud(principals, noAudit{}, quiet, principals, service)
	for _, step := range []struct {
		operation string
		in        any
	}{
		{"CreateUser", &iamapi.CreateUserInput{UserName: aws.String("admin")}},
		{"CreateRole", &iamapi.CreateRoleInput{RoleName: aws.String("R"), AssumeRolePolicyDocument: aws.String(trust)}},
	} {
		call := &embedded.Call{Service: "iam", Operation: step.operation, Region: "us-east-1", Caller: embedded.RootUser(account)}
		if _, err := cloud.Invoke(t.Context(), call, step.in); err != nil {
			t.Fatal(err)
		}
	}
	if err := principals.ImportAccessKey(t.Context(), account, "admin", keyID, secret); err != nil {
		t.Fatal(err)
	}
	codec, err := wire.NewCodec(cloud.Services()...)
	if err != nil {
		t.Fatal(err)
	}
	return wire.NewHandler(codec, cloud, service, quiet)
}

type noAudit struct{}

func (noAudit) Record(context.Context, *embedded.Event) error { return nil }

func client(h http.Handler, p aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String("https://sts.keyhold.internal"), RetryMaxAttempts: 1, Credentials: p,
		HTTPClient: &http.Client{Transport: wire.Transport(h)},
	})
}

func TestConformanceAssumeRole(t *testing.T) {
	h := newEndpoint(t)
	admin := client(h, credentials.NewStaticCredentialsProvider(keyID, secret, ""))
	out, err := admin.AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(roleARN), RoleSessionName: aws.String("work"), DurationSeconds: aws.Int32(900), Policy: aws.String(list),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}, TransitiveTagKeys: []string{"k"},
		PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(*out.Credentials.Expiration); d < 14*time.Minute || d > 15*time.Minute {
		t.Errorf("answer is %+v", out)
	}
	c := out.Credentials
	session := client(h, credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken))
	who, err := session.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:sts::111122223333:assumed-role/R/work" || *who.UserId != *out.AssumedRoleUser.AssumedRoleId {
		t.Errorf("%v: %+v", err, who)
	}
	_, err = session.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("work")})
	want(t, err, "AccessDenied", "User: arn:aws:sts::111122223333:assumed-role/R/work is not authorized to perform: sts:AssumeRole on resource: "+roleARN)
	_, err = session.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	want(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
}

func TestConformanceErrors(t *testing.T) {
	h := newEndpoint(t)
	admin := client(h, credentials.NewStaticCredentialsProvider(keyID, secret, ""))
	in := func(change func(*sts.AssumeRoleInput)) *sts.AssumeRoleInput {
		in := &sts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("work")}
		change(in)
		return in
	}
	for code, in := range map[string]*sts.AssumeRoleInput{
		"MalformedPolicyDocument": in(func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{}") }),
		"ValidationError":         in(func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }),
		"InvalidParameterValue":   in(func(in *sts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"none"} }),
		"AccessDenied":            in(func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("alice") }),
	} {
		_, err := admin.AssumeRole(t.Context(), in)
		want(t, err, code, "")
	}
	forged := client(h, credentials.NewStaticCredentialsProvider("ASIAAAAAAAAAAAAAAAAA", secret, "Zm9yZ2Vk"))
	_, err := forged.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	want(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	out, err := admin.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	wrong := client(h, credentials.NewStaticCredentialsProvider(*c.AccessKeyId, secret, *c.SessionToken))
	_, err = wrong.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	want(t, err, "SignatureDoesNotMatch", "")
}

// TestConformanceProvider lets the SDK's own provider assume the role.
func TestConformanceProvider(t *testing.T) {
	h := newEndpoint(t)
	admin := client(h, credentials.NewStaticCredentialsProvider(keyID, secret, ""))
	provider := stscreds.NewAssumeRoleProvider(admin, roleARN, func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "provided" })
	who, err := client(h, aws.NewCredentialsCache(provider)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:sts::111122223333:assumed-role/R/provided" {
		t.Errorf("%v: %+v", err, who)
	}
}

func want(t *testing.T, err error, code, message string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != code || message != "" && api.ErrorMessage() != message {
		t.Errorf("error is %v, want %s: %s", err, code, message)
	}
}
