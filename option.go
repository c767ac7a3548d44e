package keyhold

import (
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// The limits of an AWS role session's duration.
const (
	minSessionDuration = 15 * time.Minute
	maxSessionDuration = 12 * time.Hour
)

// An Option configures a Client.
type Option func(*settings)

type settings struct {
	account    string
	roleARN    string
	service    string
	region     string
	duration   time.Duration
	window     time.Duration
	maxTenants int
}

// WithAccount names the central account, which owns the tenants' keys: the 12 digits of its id. The role is then
// ServiceARole of that account in the partition "aws".
func WithAccount(id string) Option { return func(s *settings) { s.account = id } }

// WithRoleARN names the role through which tenants' keys are used, where it is not ServiceARole of WithAccount.
func WithRoleARN(role string) Option { return func(s *settings) { s.roleARN = role } }

// WithService names the service for the encryption context, so that one service's data does not open in another. It
// is required and must stay the same for the life of the data.
func WithService(name string) Option { return func(s *settings) { s.service = name } }

// WithRegion names the region of the tenants' keys. The default is that of the aws.Config.
func WithRegion(region string) Option { return func(s *settings) { s.region = region } }

// WithSessionDuration sets how long the credentials for a tenant live: 15 minutes to 12 hours. The default is one hour,
// the longest that AWS grants to a caller who itself uses a role, as services do; the longer, the longer an outage of
// STS goes unnoticed.
func WithSessionDuration(d time.Duration) Option { return func(s *settings) { s.duration = d } }

// WithRefreshWindow sets how long before their end credentials are renewed, while they stay in use. Each session
// begins up to a quarter of it earlier, by chance, so that tenants that came together do not renew together. The
// default is a quarter of the session's duration; the most is half of it.
func WithRefreshWindow(d time.Duration) Option { return func(s *settings) { s.window = d } }

// WithMaxTenants bounds how many tenants' credentials are kept; beyond it those not used for longest go. The default
// is 10,000, about 20 MB.
func WithMaxTenants(n int) Option { return func(s *settings) { s.maxTenants = n } }

// check fills in the defaults and refuses what cannot work.
func (s *settings) check() error {
	if s.duration == 0 {
		s.duration = time.Hour
	}
	if s.window == 0 {
		s.window = s.duration / 4
	}
	if s.maxTenants == 0 {
		s.maxTenants = 10_000
	}
	switch {
	case s.service == "":
		return errors.New("no service name: use WithService")
	case s.region == "":
		return errors.New("no region: set it in the aws.Config or use WithRegion")
	case s.duration < minSessionDuration || s.duration > maxSessionDuration:
		return fmt.Errorf("session duration %v is not between %v and %v", s.duration, minSessionDuration, maxSessionDuration)
	case s.window < 0 || s.window > s.duration/2:
		return fmt.Errorf("refresh window %v is not between 0 and half of the session duration %v", s.window, s.duration)
	case s.maxTenants < 0:
		return fmt.Errorf("cannot keep %d tenants", s.maxTenants)
	}
	return s.checkRole()
}

func (s *settings) checkRole() error {
	if s.roleARN == "" {
		if !isAccount(s.account) {
			return errors.New("no role: use WithAccount with the 12 digits of the central account, or WithRoleARN")
		}
		s.roleARN = "arn:aws:iam::" + s.account + ":role/" + ServiceARole
		return nil
	}
	role, err := arn.Parse(s.roleARN)
	if err != nil || role.Service != "iam" || !isAccount(role.AccountID) || len(role.Resource) <= len("role/") || role.Resource[:len("role/")] != "role/" {
		return fmt.Errorf("%q is not the ARN of a role", s.roleARN)
	}
	return nil
}

func isAccount(id string) bool {
	if len(id) != 12 {
		return false
	}
	for _, c := range []byte(id) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
