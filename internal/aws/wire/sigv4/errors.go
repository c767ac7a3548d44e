package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// Error is a refusal in AWS's words. Code is the bare code of the Query protocols, such as "SignatureDoesNotMatch"; the
// JSON protocols say InvalidSignatureException for that one and append "Exception" to the others.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return "sigv4: " + e.Code + ": " + e.Message }

// Codes. Those of the second group are S3's.
const (
	codeMissing    = "MissingAuthenticationToken"
	codeIncomplete = "IncompleteSignature"
	codeMismatch   = "SignatureDoesNotMatch"
	codeQuery      = "MalformedQueryString"
	codeTooLarge   = "RequestHeaderSectionTooLarge"

	codeQueryAuth      = "AuthorizationQueryParametersError"
	codeDenied         = "AccessDenied"
	codeSkewed         = "RequestTimeTooSkewed"
	codeHashMismatch   = "XAmzContentSHA256Mismatch"
	codeInvalidArg     = "InvalidArgument"
	codeInvalidRequest = "InvalidRequest"
	codeNotImplemented = "NotImplemented"
)

var (
	errMissing  = &Error{codeMissing, "Request is missing Authentication Token"}
	errMismatch = &Error{codeMismatch, "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
	errBoth = &Error{codeMismatch,
		"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}
	errHost     = &Error{codeMismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	errQuery    = &Error{codeQuery, "The query string contains a syntax error."}
	errTooLarge = &Error{codeTooLarge, "Your request header section exceeds the maximum allowed size."}

	errNotANumber  = &Error{codeQueryAuth, "X-Amz-Expires should be a number"}
	errNegative    = &Error{codeQueryAuth, "X-Amz-Expires must be non-negative"}
	errBeyondAWeek = &Error{codeQueryAuth, "X-Amz-Expires must be less than a week (in seconds); " +
		"that is, the given X-Amz-Expires must be less than 604800 seconds"}

	errS3Expired  = &Error{codeDenied, "Request has expired"}
	errS3Skewed   = &Error{codeSkewed, "The difference between the request time and the current time is too large."}
	errS3Hash     = &Error{codeHashMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed."}
	errS3NoHash   = &Error{codeInvalidRequest, "Missing required header for this request: x-amz-content-sha256"}
	errS3BadHash  = &Error{codeInvalidArg, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value."}
	errS3Chunked  = &Error{codeNotImplemented, "A header you provided implies functionality that is not implemented"}
	errTokenTwice = duplicate("X-Amz-Security-Token")
	errHashTwice  = duplicate("X-Amz-Content-Sha256")
)

func duplicate(name string) *Error {
	return &Error{codeIncomplete, "Request contains '" + name + "' more than once."}
}

func unsignedHeader(name string) *Error {
	return &Error{codeMismatch, "'" + name + "' must be a 'SignedHeader' in the AWS Authorization."}
}

func badDate(value string) *Error {
	return &Error{codeIncomplete, "Date must be in ISO-8601 'basic format'. Got '" + excerpt(value) +
		"'. See http://en.wikipedia.org/wiki/ISO_8601"}
}

func badAlgorithm(value string) *Error {
	return &Error{codeIncomplete, "Unsupported AWS 'algorithm': '" + excerpt(value) + "' (only " + algorithm + " for now). "}
}

func badCredential(value string) *Error {
	return &Error{codeIncomplete, "Credential must have exactly 5 slash-delimited elements, " +
		"e.g. keyid/date/region/service/term, got (hashed with SHA-256 and encoded with Base64) '" + digest(value) + "'"}
}

func badPair(header string) *Error {
	return &Error{codeIncomplete, "Invalid key=value pair (missing equal-sign) in Authorization header " +
		"(hashed with SHA-256 and encoded with Base64): '" + digest(header) + "'."}
}

// missingParts lists what an Authorization header lacks, in AWS's order.
func missingParts(header string, parts ...string) *Error {
	return &Error{codeIncomplete, strings.Join(parts, " ") +
		" (Hashed with SHA-256 and encoded with Base64) Authorization=" + digest(header)}
}

func expired(signed, now time.Time, lifetime time.Duration) *Error {
	return &Error{codeMismatch, "Signature expired: " + signed.Format(basicFormat) + " is now earlier than " +
		now.Add(-lifetime).Format(basicFormat) + " (" + now.Format(basicFormat) + " - " + spell(lifetime) + ")"}
}

func notYetCurrent(signed, now time.Time) *Error {
	return &Error{codeMismatch, "Signature not yet current: " + signed.Format(basicFormat) + " is still later than " +
		now.Add(maxSkew).Format(basicFormat) + " (" + now.Format(basicFormat) + " + " + spell(maxSkew) + ")"}
}

// digest stands for a value that must not be repeated.
func digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// excerpt bounds what is repeated of a value that holds no secret.
func excerpt(value string) string {
	const limit = 64
	if len(value) <= limit {
		return value
	}
	return strings.ToValidUTF8(value[:limit], "") + "..."
}
