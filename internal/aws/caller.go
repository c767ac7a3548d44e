package aws

import (
	"fmt"
	"sync"
	"time"

	"github.com/keyhold/keyhold/policy"
)

// Caller is who makes a call.
type Caller struct {
	policy.Principal

	UserID         string            // aws:userid: AIDA…, AROA…:session, or the account for root
	UserName       string            // IAM users only
	RoleName       string            // role sessions only: the role's name without its path
	SessionName    string            // role sessions only
	AccessKeyID    string            // empty for a service principal and for calls from inside
	Tags           map[string]string // aws:PrincipalTag: the entity's tags, overridden by the session's
	TransitiveTags []string          // session tags that a chained session inherits
	SourceIdentity string
	IssuedAt       time.Time // role sessions and session tokens: when the credentials were issued; else zero
	MFA            bool

	// Sessions are the session policies; HasSession is false where none were passed.
	Sessions   []*policy.Policy
	HasSession bool

	memo *memo
}

// memo is what was once rendered of a caller.
type memo struct {
	of    *Caller // the copy of the caller that it is of
	once  sync.Once
	value []byte
}

// Keep prepares a caller that will make many calls to be rendered once. The caller must not change any more.
func (c *Caller) Keep() { c.memo = &memo{of: c} }

// Rendered returns what render makes of the caller: of one that Keep was called for, it is made once. There is one
// rendering, which is the audit trail's.
func (c *Caller) Rendered(render func(*Caller) []byte) []byte {
	m := c.memo
	if m == nil || m.of != c {
		return render(c)
	}
	m.once.Do(func() { m.value = render(c) })
	return m.value
}

// Temporary tells whether the caller's credentials are temporary.
func (c *Caller) Temporary() bool { return !c.IssuedAt.IsZero() }

// RootUser is the root user of an account.
func RootUser(account string) *Caller {
	return &Caller{
		Principal: policy.Principal{Kind: policy.Root, Account: account, ARN: ARN{Partition, "iam", "", account, "root"}.String(), ID: account},
		UserID:    account,
	}
}

// ServicePrincipal is an AWS service that calls on its own behalf, such as ecs-tasks.amazonaws.com.
func ServicePrincipal(name string) *Caller {
	return &Caller{Principal: policy.Principal{Kind: policy.Service, ARN: name}}
}

// Anonymous is a caller who sent no signature.
func Anonymous() *Caller { return &Caller{UserID: "anonymous"} }

// Role is what others than IAM need to know of a role.
type Role struct {
	Account, Name, Path string
	ARN                 string
	ID                  string // AROA…, never used again for another role
	Trust               *policy.Policy
	MaxSession          time.Duration
	Tags                map[string]string
}

// Secret is a secret access key. It prints as redacted.
type Secret struct{ v func() string } // a function, since fmt does not call Format on what is in unexported fields

// NewSecret holds v.
func NewSecret(v string) Secret { return Secret{func() string { return v }} }

// Reveal returns the secret itself. Its result must not be logged, formatted or put in an error.
func (s Secret) Reveal() string {
	if s.v == nil {
		return ""
	}
	return s.v()
}

// Format implements fmt.Formatter, so that no verb prints the secret.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// MarshalText implements encoding.TextMarshaler and hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Credential is what an access key id, with its session token if it has one, stands for.
type Credential struct {
	Secret  Secret
	Caller  *Caller
	Expires time.Time // zero: never

	once    sync.Once
	signing any
}

// Signing returns what derive made of the secret. derive runs once; its result lives as long as the credential, so
// that derived signing keys go when the credential goes.
func (c *Credential) Signing(derive func(secret string) any) any {
	c.once.Do(func() { c.signing = derive(c.Secret.Reveal()) })
	return c.signing
}
