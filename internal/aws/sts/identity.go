package sts

import (
	"context"

	"github.com/keyhold/keyhold/internal/aws"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/policy"
)

// GetCallerIdentity tells the caller who it is. No policy can forbid it.
func (s *Service) GetCallerIdentity(_ context.Context, c *aws.Call, _ *stsapi.GetCallerIdentityInput) (*stsapi.GetCallerIdentityOutput, error) {
	who := c.Caller
	return &stsapi.GetCallerIdentityOutput{Account: &who.Account, Arn: &who.ARN, UserId: &who.UserID}, nil
}

// permitSigned lets every caller pass who is somebody.
func permitSigned(_ context.Context, c *aws.Call, _ *stsapi.GetCallerIdentityInput) error {
	if c.Caller.Kind == policy.Anonymous || c.Caller.Kind == policy.Service {
		return unsigned()
	}
	c.Public()
	return nil
}
