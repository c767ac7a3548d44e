package sts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
)

// Credential finds what an access key id stands for, with its session token if it has one. Its error is
// InvalidClientTokenId for what is unknown, altered or does not belong together, and ExpiredToken.
//
// An id of a session without its token is refused, and so is a long-term credential with a token.
func (s *Service) Credential(ctx context.Context, accessKeyID, sessionToken string) (*aws.Credential, error) {
	temporary := strings.HasPrefix(accessKeyID, temporaryID)
	if temporary != (sessionToken != "") {
		return nil, aws.InvalidClientTokenID()
	}
	if !temporary {
		return s.principals.Credential(ctx, accessKeyID)
	}
	o := s.sessions.get(sessionToken)
	if o == nil {
		opened, err := s.open(sessionToken, accessKeyID)
		if errors.Is(err, errToken) {
			return nil, aws.InvalidClientTokenID()
		}
		if err != nil {
			return nil, err
		}
		o = opened
	}
	if o.accessKeyID != accessKeyID {
		return nil, aws.InvalidClientTokenID()
	}
	if !time.Now().Before(o.expires) {
		s.sessions.drop(o)
		return nil, aws.ExpiredToken()
	}
	credential, err := s.credential(ctx, o)
	if err != nil {
		return nil, err
	}
	s.sessions.keep(o)
	return credential, nil
}
