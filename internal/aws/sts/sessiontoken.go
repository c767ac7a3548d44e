package sts

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/policy"
)

const (
	defaultUserSession = 12 * time.Hour
	maxUserSession     = 36 * time.Hour
	maxRootSession     = time.Hour
)

// GetSessionToken makes temporary credentials of a user, or of the root user. With them, for want of multi-factor
// authentication, the caller may not call IAM, and of STS only AssumeRole and GetCallerIdentity.
func (s *Service) GetSessionToken(_ context.Context, c *aws.Call, in *stsapi.GetSessionTokenInput) (*stsapi.GetSessionTokenOutput, error) {
	duration := defaultUserSession
	if in.DurationSeconds != nil {
		duration = time.Duration(*in.DurationSeconds) * time.Second
	}
	switch {
	case duration < minDuration:
		return nil, durationConstraint(duration, "greater than or equal to", minDuration)
	case duration > maxUserSession:
		return nil, durationConstraint(duration, "less than or equal to", maxUserSession)
	}
	who := c.Caller
	now := c.Time.UTC().Truncate(time.Second)
	t := &token{Kind: userSession, Account: who.Account, Name: who.UserName, ID: who.ID, Issued: now.Unix()}
	if who.Kind == policy.Root {
		t.Kind, duration = rootSession, min(duration, maxRootSession)
	}
	t.Expires = now.Add(duration).Unix()
	credentials, err := s.issue(t)
	if err != nil {
		return nil, err
	}
	c.Note("issuedAccessKeyId", *credentials.AccessKeyId)
	return &stsapi.GetSessionTokenOutput{Credentials: credentials}, nil
}

// permitLongTerm lets users pass who come with a long-term credential. AWS asks for no permission either.
func permitLongTerm(_ context.Context, c *aws.Call, in *stsapi.GetSessionTokenInput) error {
	switch {
	case in.SerialNumber != nil:
		return notSupported("SerialNumber")
	case in.TokenCode != nil:
		return notSupported("TokenCode")
	case c.Caller.Temporary():
		return sessionCredentials(c.Operation)
	case c.Caller.Kind != policy.User && c.Caller.Kind != policy.Root:
		return unsigned()
	}
	c.Public()
	return nil
}
