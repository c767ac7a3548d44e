package sts

import (
	"context"

	"github.com/keyhold/keyhold/internal/aws"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/policy"
)

// Principals is what STS needs to know of roles, users and policies. Errors of the wire (*aws.Error) say that there is no
// such thing. An answer is the same pointer until the thing changes, and must not be changed.
type Principals interface {
	// Role finds a role by its name without a path.
	Role(ctx context.Context, account, name string) (*aws.Role, error)
	// User finds a user as the caller it is with a long-term credential, save for the credential's id.
	User(ctx context.Context, account, name string) (*aws.Caller, error)
	// ManagedPolicy finds a managed policy of the account or of AWS, compiled as a session policy.
	ManagedPolicy(ctx context.Context, account, arn string) (*policy.Policy, error)
	// Credential finds a long-term credential.
	Credential(ctx context.Context, accessKeyID string) (*aws.Credential, error)
}

// Service is STS. It may be used by several goroutines at once.
type Service struct {
	root       *seal.Root
	principals Principals
	sessions   *cache
}

// New makes the service. Sessions are sealed under root.
func New(root *seal.Root, principals Principals) *Service {
	return &Service{root: root, principals: principals, sessions: newCache(cacheBytes)}
}

// Ops implements aws.Service.
func (s *Service) Ops() aws.Ops {
	return aws.Ops{Service: "sts", Model: stsapi.Model, Refused: refused, Table: map[string]aws.Op{
		// Needs sts:AssumeRole on the role, with its trust policy; sts:TagSession if the session has tags of its own or
		// inherits some, sts:SetSourceIdentity if it has a source identity. Condition keys: see conditions.
		"AssumeRole": aws.Do(s.AssumeRole, s.permitAssumeRole).
			Read().But("SerialNumber, TokenCode and ProvidedContexts are refused; PackedPolicySize is a measure of our own"),
		// These two need no permission.
		"GetCallerIdentity": aws.Do(s.GetCallerIdentity, permitSigned).Read(),
		"GetSessionToken":   aws.Do(s.GetSessionToken, permitLongTerm).Read().But("SerialNumber and TokenCode are refused"),
	}}
}

// refused gives the reasons for operations that are left out on purpose.
var refused = map[string]string{
	"AssumeRoleWithSAML": "there is no federation by SAML",
	"AssumeRoot":         "there is no central management of root users",
	"GetAccessKeyInfo":   "access key ids of sessions are not stored and do not hold their account",
}

var _ aws.Service = (*Service)(nil)
