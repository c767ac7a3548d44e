package keyhold

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// newSession makes the session of a tenant: ServiceARole, narrowed to the tenant's key.
func (c *Client) newSession(cfg aws.Config, id TenantID) *session {
	s := &session{window: c.settings.window, retryer: newRetryer(cfg)}
	s.assume = func(ctx context.Context) (aws.Credentials, error) {
		out, err := c.sts.AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn:         aws.String(c.settings.roleARN),
			RoleSessionName: aws.String(id.SessionName()),
			Policy:          aws.String(SessionPolicy(id)),
			DurationSeconds: aws.Int32(int32(c.settings.duration.Seconds())),
		}, func(o *sts.Options) { o.Retryer = s.retryer })
		if err != nil {
			return aws.Credentials{}, err
		}
		if out.Credentials == nil || out.Credentials.Expiration == nil {
			return aws.Credentials{}, errors.New("AssumeRole answered without credentials or their expiration")
		}
		return aws.Credentials{
			AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
			SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
			SessionToken:    aws.ToString(out.Credentials.SessionToken),
			CanExpire:       true,
			Expires:         *out.Credentials.Expiration,
			Source:          "keyhold",
		}, nil
	}
	return s
}

// newRetryer makes the retryer that the SDK would make for cfg. The SDK's own would be one for all tenants.
func newRetryer(cfg aws.Config) aws.Retryer {
	switch {
	case cfg.Retryer != nil:
		return withMaxAttempts(cfg.Retryer(), cfg.RetryMaxAttempts)
	case cfg.RetryMode == aws.RetryModeAdaptive:
		return withMaxAttempts(retry.NewAdaptiveMode(), cfg.RetryMaxAttempts)
	}
	return withMaxAttempts(retry.NewStandard(), cfg.RetryMaxAttempts)
}

func withMaxAttempts(r aws.Retryer, n int) aws.Retryer {
	if n == 0 {
		return r
	}
	return retry.AddWithMaxAttempts(r, n)
}
