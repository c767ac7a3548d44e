package sigv4

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Limits and names of the protocol.
const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	maxSkew     = 15 * time.Minute
	maxLifetime = 7 * 24 * time.Hour // of a presigned S3 URL

	maxAuthorization = 8 << 10   // bytes of an Authorization header
	maxQuery         = 64 << 10  // bytes of a query
	maxParams        = 1000      // parameters of a query
	maxCanonical     = 128 << 10 // bytes of a canonical request
)

// Signature is what a request says about its own signature. Nothing in it is proven before Verify returns nil.
type Signature struct {
	AccessKeyID string
	Date        string // of the credential scope: yyyymmdd
	Region      string
	Service     string // as AWS names it for signing, such as "kms"

	// SessionToken is empty for long-term credentials. Verify proves that it was signed, not that it belongs to the
	// access key: compare it with the credential's, in constant time.
	SessionToken string `json:"-"`

	SignedHeaders string        // names in lower case, sorted, joined by ';'
	Presigned     bool          // signed in the query, not in the Authorization header
	Time          time.Time     // when it was signed, in UTC
	Expires       time.Duration // how long a presigned request asks to be valid; 15 minutes if it does not say
	PayloadHash   string        // the X-Amz-Content-Sha256 that was sent, or ""

	timestamp  string // Time in the basic format, as signed
	scope      string // date/region/service/aws4_request
	signature  string // hexadecimal, as sent
	scopeFault string // what is wrong in the scope whatever the service, in AWS's words
}

// Format prints the signature without its session token.
func (s Signature) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// String names the access key and the scope.
func (s Signature) String() string { return "sigv4.Signature(" + s.AccessKeyID + "/" + s.scope + ")" }

// LogValue keeps the session token out of structured logs.
func (s Signature) LogValue() slog.Value { return slog.StringValue(s.String()) }

// CheckScope says whether the request was signed for service (the signing name, such as "kms"), for a region whose name
// has the form of one, on the day of its date, and with the right terminator. All that is wrong is named at once.
func (s *Signature) CheckScope(service string) error {
	text := s.scopeFault
	if s.Service != service {
		text = "Credential should be scoped to correct service: '" + service + "'. " + text
	}
	if !regionForm(s.Region) {
		text = "Credential should be scoped to a valid region. " + text
	}
	if text == "" {
		return nil
	}
	return &Error{codeMismatch, text}
}

// setCredential takes keyid/date/region/service/term apart. The timestamp must be known.
func (s *Signature) setCredential(credential string) error {
	keyID, scope, _ := strings.Cut(credential, "/")
	date, rest, _ := strings.Cut(scope, "/")
	region, rest, _ := strings.Cut(rest, "/")
	service, term, ok := strings.Cut(rest, "/")
	if !ok || keyID == "" || strings.Contains(term, "/") {
		return badCredential(credential)
	}
	s.AccessKeyID, s.Date, s.Region, s.Service, s.scope = keyID, date, region, service, scope
	if term != terminator {
		s.scopeFault = "Credential should be scoped with a valid terminator: '" + terminator + "', not '" + excerpt(term) + "'. "
	}
	if day := s.timestamp[:len("yyyymmdd")]; date != day {
		s.scopeFault += "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			excerpt(date) + "' != '" + day + "', from '" + s.timestamp + "'."
	}
	return nil
}

// regionForm says whether name looks like us-east-1, us-gov-west-1 or eusc-de-east-1.
func regionForm(name string) bool {
	const shortest, longest = len("us-east-1"), 32
	if len(name) < shortest || len(name) > longest || name[0] == '-' || strings.Contains(name, "--") {
		return false
	}
	last := len(name) - 1
	for i := range last {
		if c := name[i]; c != '-' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return name[last-1] == '-' && name[last] >= '1' && name[last] <= '9' && strings.Count(name, "-") >= 2
}
