package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/keyhold/keyhold/internal/aws"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
)

// userAgent is what calls from inside send.
const userAgent = "keyhold.internal"

// newCall makes a call from inside.
func newCall(who *aws.Caller, service, operation, region string) *aws.Call {
	return &aws.Call{
		RequestID: rand.Text(), Service: service, Operation: operation, Region: region, Time: time.Now(),
		Caller: who, UserAgent: userAgent, Secure: true,
	}
}

// iam calls an operation of IAM as who.
func (s *Server) iam(ctx context.Context, who *aws.Caller, operation string, in any) (any, error) {
	return s.cloud.Invoke(ctx, newCall(who, "iam", operation, s.cfg.Region), in)
}

// task gives the credentials of a role to a task that runs under it, as the container service of AWS does: it assumes
// the role as a service principal, which the role's trust policy must allow. It implements awssdk.CredentialsProvider.
type task struct {
	server  *Server
	account string
	role    string
	session string
}

// taskService is the service principal that runs tasks.
const taskService = "ecs-tasks.amazonaws.com"

// Retrieve implements awssdk.CredentialsProvider.
func (t task) Retrieve(ctx context.Context) (awssdk.Credentials, error) {
	call := newCall(aws.ServicePrincipal(taskService), "sts", "AssumeRole", t.server.cfg.Region)
	call.SourceAccount = t.account
	call.SourceARN = aws.ARN{Partition: aws.Partition, Service: "ecs", Region: t.server.cfg.Region, Account: t.account, Resource: "task/" + t.session}.String()
	out, err := t.server.cloud.Invoke(ctx, call, &stsapi.AssumeRoleInput{
		RoleArn: awssdk.String(roleARN(t.account, t.role)), RoleSessionName: &t.session,
	})
	if err != nil {
		return awssdk.Credentials{}, fmt.Errorf("credentials of %s: %w", t.role, err)
	}
	c := out.(*stsapi.AssumeRoleOutput).Credentials
	return awssdk.Credentials{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken,
		CanExpire: true, Expires: *c.Expiration, AccountID: t.account,
	}, nil
}

func roleARN(account, name string) string {
	return aws.ARN{Partition: aws.Partition, Service: "iam", Account: account, Resource: "role/" + name}.String()
}
