package keyhold

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	// MaxPlaintext is the most that EncryptTenantData encrypts, in bytes: the limit of kms:Encrypt.
	MaxPlaintext = 4096
	// maxCiphertext is the most that kms:Decrypt accepts, in bytes.
	maxCiphertext = 6144
)

// Client encrypts and decrypts tenants' data for one service. It is safe for concurrent use; a service needs one.
type Client struct {
	kms      *kms.Client
	sts      *sts.Client
	settings settings
	sessions *sessions
}

// New makes a Client. cfg holds the credentials of the service itself (ServiceBRole), which must be allowed to assume
// the role of WithAccount or WithRoleARN. New calls nothing.
func New(cfg aws.Config, opts ...Option) (*Client, error) {
	s := settings{region: cfg.Region}
	for _, opt := range opts {
		opt(&s)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("keyhold: %w", err)
	}
	cfg = cfg.Copy()
	if cfg.Region == "" {
		cfg.Region = s.region
	}
	c := &Client{
		kms:      kms.NewFromConfig(cfg, func(o *kms.Options) { o.Region = s.region }),
		sts:      sts.NewFromConfig(cfg),
		settings: s,
	}
	c.sessions = newSessions(s.maxTenants, func(id TenantID) *session { return c.newSession(cfg, id) })
	return c, nil
}

// EncryptTenantData encrypts 1 to MaxPlaintext bytes under the key of a tenant. The result opens only with
// DecryptTenantData for the same tenant, service and context. Errors are *Error.
func (c *Client) EncryptTenantData(ctx context.Context, tenant TenantID, plaintext []byte, opts ...DataOption) ([]byte, error) {
	const op = "EncryptTenantData"
	switch {
	case len(plaintext) == 0:
		return nil, failed(op, tenant, ErrEmpty)
	case len(plaintext) > MaxPlaintext:
		return nil, failed(op, tenant, ErrTooLarge)
	}
	var out *kms.EncryptOutput
	err := c.call(ctx, tenant, opts, func(bound map[string]string, as func(*kms.Options)) (err error) {
		out, err = c.kms.Encrypt(ctx, &kms.EncryptInput{
			KeyId: aws.String(tenant.Alias()), Plaintext: plaintext, EncryptionContext: bound,
		}, as)
		return err
	})
	if err != nil {
		return nil, failed(op, tenant, err)
	}
	return out.CiphertextBlob, nil
}

// DecryptTenantData opens what EncryptTenantData returned for the same tenant, service and context. Errors are *Error.
func (c *Client) DecryptTenantData(ctx context.Context, tenant TenantID, ciphertext []byte, opts ...DataOption) ([]byte, error) {
	const op = "DecryptTenantData"
	if len(ciphertext) == 0 || len(ciphertext) > maxCiphertext {
		return nil, failed(op, tenant, ErrCiphertext)
	}
	var out *kms.DecryptOutput
	err := c.call(ctx, tenant, opts, func(bound map[string]string, as func(*kms.Options)) (err error) {
		// The alias goes with every call: it is what the policies decide on, and it pins the key.
		out, err = c.kms.Decrypt(ctx, &kms.DecryptInput{
			KeyId: aws.String(tenant.Alias()), CiphertextBlob: ciphertext, EncryptionContext: bound,
		}, as)
		return err
	})
	if err != nil {
		return nil, failed(op, tenant, err)
	}
	return out.Plaintext, nil
}

// Forget drops the credentials that are kept for a tenant, for instance when it is suspended or leaves. Calls that
// begin later need new ones.
func (c *Client) Forget(tenant TenantID) { c.sessions.forget(tenant) }

// call runs do as the tenant's session, and once more with new credentials if AWS no longer accepts those in hand, as
// when all sessions of the role were revoked.
func (c *Client) call(ctx context.Context, tenant TenantID, opts []DataOption, do func(map[string]string, func(*kms.Options)) error) error {
	if !tenant.valid() {
		return ErrInvalidTenant
	}
	bound, err := encryptionContext(tenant, c.settings.service, opts)
	if err != nil {
		return err
	}
	s := c.sessions.of(tenant)
	for renewed := false; ; renewed = true {
		l, err := s.get(ctx)
		if err != nil {
			return err
		}
		err = do(bound, func(o *kms.Options) { o.Credentials, o.Retryer = l, s.retryer })
		if err == nil || renewed || !staleCode(codeOf(err)) {
			return err
		}
		s.drop(l)
	}
}
