package server

import (
	"context"
	"fmt"
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/aws/wire"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// inProcess is the endpoint of clients that call the server without a socket. Nothing resolves this name.
const inProcess = "http://keyhold.internal"

// AWSConfig is the configuration of an AWS client that calls this server in process, as a principal. Its credentials
// renew themselves.
func (s *Server) AWSConfig(as v1.As) awssdk.Config {
	return awssdk.Config{
		Region: s.cfg.Region, BaseEndpoint: awssdk.String(inProcess),
		HTTPClient:  &http.Client{Transport: wire.Transport(s.aws)},
		Credentials: awssdk.NewCredentialsCache(s.provider(as)),
	}
}

// Credentials are new credentials of a principal: the local administrator's are long-term, the others good for an hour.
func (s *Server) Credentials(ctx context.Context, as v1.As) (awssdk.Credentials, error) {
	return s.provider(as).Retrieve(ctx)
}

func (s *Server) provider(as v1.As) awssdk.CredentialsProvider {
	switch as.Role {
	case v1.AsAdmin:
		return awssdk.CredentialsProviderFunc(s.adminCredentials)
	case v1.AsControl:
		return task{s, s.cfg.CentralAccount, keyhold.KeyholdControlRole, "control"}
	case v1.AsServiceB:
		return task{s, s.cfg.ServiceAccount, keyhold.ServiceBRole, "service-b"}
	}
	return tenantSession{s, as.Tenant}
}

func (s *Server) adminCredentials(context.Context) (awssdk.Credentials, error) {
	return awssdk.Credentials{
		AccessKeyID: s.admin.AccessKeyID, SecretAccessKey: s.admin.SecretAccessKey, AccountID: s.cfg.CentralAccount,
	}, nil
}

// tenantSession takes the way that a service takes: ServiceBRole assumes ServiceARole with the tenant's session policy.
type tenantSession struct {
	server *Server
	tenant keyhold.TenantID
}

// Retrieve implements awssdk.CredentialsProvider.
func (t tenantSession) Retrieve(ctx context.Context) (awssdk.Credentials, error) {
	service := t.server.AWSConfig(v1.As{Role: v1.AsServiceB})
	out, err := sts.NewFromConfig(service).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn:         awssdk.String(roleARN(t.server.cfg.CentralAccount, keyhold.ServiceARole)),
		RoleSessionName: awssdk.String(t.tenant.SessionName()),
		Policy:          awssdk.String(keyhold.SessionPolicy(t.tenant)),
	})
	if err != nil {
		return awssdk.Credentials{}, fmt.Errorf("credentials of tenant %s: %w", t.tenant, err)
	}
	c := out.Credentials
	return awssdk.Credentials{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken,
		CanExpire: true, Expires: *c.Expiration, AccountID: t.server.cfg.CentralAccount,
	}, nil
}
