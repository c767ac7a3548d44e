package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/aws/wire"
)

// The principals that a local server hands out credentials for. Tenants follow as "tenant:<id>".
const (
	AsAdmin    = "admin"     // the local administrator: an IAM user of account A
	AsControl  = "control"   // KeyholdControlRole of account A
	AsServiceB = "service-b" // ServiceBRole of account B
	AsTenant   = "tenant:"   // ServiceARole of account A, narrowed to one tenant, assumed by ServiceBRole
)

// ErrUnknownPrincipal says that a name is none of the above.
var ErrUnknownPrincipal = errors.New("expected admin, control, service-b or tenant:<id>")

// inProcess is the endpoint of clients that call the server without a socket. Nothing resolves this name.
const inProcess = "http://keyhold.internal"

// AWSConfig is the configuration of an AWS client that calls this server in process, as one of the principals.
func (s *Server) AWSConfig(as string) (awssdk.Config, error) {
	p, err := s.provider(as)
	if err != nil {
		return awssdk.Config{}, err
	}
	return awssdk.Config{
		Region: s.cfg.Region, BaseEndpoint: awssdk.String(inProcess),
		HTTPClient:  &http.Client{Transport: wire.Transport(s.aws)},
		Credentials: awssdk.NewCredentialsCache(p),
	}, nil
}

// Credentials are new credentials of a principal. The local administrator's are long-term.
func (s *Server) Credentials(ctx context.Context, as string) (awssdk.Credentials, error) {
	p, err := s.provider(as)
	if err != nil {
		return awssdk.Credentials{}, err
	}
	return p.Retrieve(ctx)
}

func (s *Server) provider(as string) (awssdk.CredentialsProvider, error) {
	switch as {
	case AsAdmin:
		return credentials.NewStaticCredentialsProvider(s.admin.AccessKeyID, s.admin.SecretAccessKey, ""), nil
	case AsControl:
		return task{s, s.cfg.CentralAccount, keyhold.KeyholdControlRole, "control"}, nil
	case AsServiceB:
		return task{s, s.cfg.ServiceAccount, keyhold.ServiceBRole, "service-b"}, nil
	}
	id, ok := strings.CutPrefix(as, AsTenant)
	if !ok {
		return nil, ErrUnknownPrincipal
	}
	tenant, err := keyhold.ParseTenantID(id)
	if err != nil {
		return nil, err
	}
	return tenantSession{s, tenant}, nil
}

// tenantSession takes the way that a service takes: ServiceBRole assumes ServiceARole with the tenant's session policy.
type tenantSession struct {
	server *Server
	tenant keyhold.TenantID
}

// Retrieve implements awssdk.CredentialsProvider.
func (t tenantSession) Retrieve(ctx context.Context) (awssdk.Credentials, error) {
	cfg, err := t.server.AWSConfig(AsServiceB)
	if err != nil {
		return awssdk.Credentials{}, err
	}
	out, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{
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
