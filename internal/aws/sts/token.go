package sts

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/internal/seal"
)

// What a session is of.
const (
	roleSession = "role" // AssumeRole
	userSession = "user" // GetSessionToken
	rootSession = "root" // GetSessionToken, by the root user
)

// token is what a session token holds. On the wire it is sealed together with the access key id that goes with it.
type token struct {
	Version int    `json:"ver"` // tokenVersion
	Kind    string `json:"kind"`
	Account string `json:"acct"`
	Name    string `json:"name,omitempty"` // of the role or user
	ID      string `json:"id,omitempty"`   // unique id of the role or user
	Session string `json:"sess,omitempty"` // session name
	Issued  int64  `json:"iat"`            // Unix time in seconds
	Expires int64  `json:"exp"`            // Unix time in seconds
	Random  []byte `json:"rnd"`            // 16 bytes; the secret access key is derived from them

	Policy         string   `json:"pol,omitempty"`  // inline session policy
	PolicyARNs     []string `json:"arns,omitempty"` // managed session policies
	Tags           tags     `json:"tags,omitempty"` // session tags, passed and inherited
	Transitive     []string `json:"tran,omitempty"` // keys of tags that chained sessions inherit
	SourceIdentity string   `json:"src,omitempty"`
}

const (
	tokenVersion = 1
	// maxToken bounds session tokens on the wire, in bytes. The largest that is made has 2,048 characters of policies and 100
	// tags and stays below it.
	maxToken = 256 << 10

	temporaryID = "ASIA" // begins the access key ids of sessions

	tokenPurpose  = "sts session token"
	secretPurpose = "sts secret access key"
)

// errToken says that a session token is not one of ours. What is wrong with it is nobody's business.
var errToken = errors.New("sts: invalid session token")

// issue makes the credentials of a session.
func (s *Service) issue(t *token) (*stsapi.Credentials, error) {
	id := newAccessKeyID()
	t.Version, t.Random = tokenVersion, make([]byte, 16)
	_, _ = rand.Read(t.Random) // never fails
	sealed, err := s.sealToken(t, id)
	if err != nil {
		return nil, err
	}
	secret, err := s.secret(t, id)
	if err != nil {
		return nil, err
	}
	return &stsapi.Credentials{
		AccessKeyId: &id, SecretAccessKey: &secret, SessionToken: &sealed, Expiration: new(time.Unix(t.Expires, 0).UTC()),
	}, nil
}

// newAccessKeyID makes the access key id of a session: 80 random bits.
func newAccessKeyID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return temporaryID + base32.StdEncoding.EncodeToString(b[:])
}

// secret derives the secret access key of a session: 40 characters, 240 bits.
func (s *Service) secret(t *token, accessKeyID string) (string, error) {
	mac, err := s.root.MAC(secretPurpose, t.Random, []byte(accessKeyID))
	if err != nil {
		return "", fmt.Errorf("sts: secret access key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(mac[:30]), nil
}

// sealToken gives a token its wire form, which opens only with the access key id.
func (s *Service) sealToken(t *token, accessKeyID string) (string, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("sts: session token: %w", err)
	}
	sealed, err := s.root.Seal(tokenPurpose, plain, []byte(accessKeyID))
	if err != nil {
		return "", fmt.Errorf("sts: session token: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// openToken reads the wire form of a token. Its error is errToken if it is not one of ours, or goes with another access
// key id.
func (s *Service) openToken(wire, accessKeyID string) (*token, error) {
	if len(wire) > maxToken {
		return nil, errToken
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(wire)
	if err != nil || base64.StdEncoding.EncodedLen(len(sealed)) != len(wire) { // the decoder skips line breaks
		return nil, errToken
	}
	plain, err := s.root.Open(tokenPurpose, sealed, []byte(accessKeyID))
	if errors.Is(err, seal.ErrAuthentication) {
		return nil, errToken
	}
	if err != nil {
		return nil, fmt.Errorf("sts: session token: %w", err)
	}
	t := &token{}
	if err := json.Unmarshal(plain, t); err != nil || t.Version != tokenVersion {
		return nil, errToken // made by another version of ours
	}
	return t, nil
}
