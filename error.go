package keyhold

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// What can go wrong, for errors.Is. The details, with AWS's own error, are in *Error.
var (
	// ErrDenied says that AWS refused the caller: no policy allows the call, one denies it, or the credentials are not
	// accepted. It is not retried.
	ErrDenied = errors.New("access denied")
	// ErrThrottled says that AWS still throttled the call after the SDK's retries.
	ErrThrottled = errors.New("throttled")
	// ErrTenantUnknown says that there is no key under the tenant's alias.
	ErrTenantUnknown = errors.New("tenant has no key")
	// ErrKeyDisabled says that the tenant's key exists and is not in use: disabled, or pending deletion.
	ErrKeyDisabled = errors.New("the tenant's key is disabled")
	// ErrCiphertext says that the ciphertext does not open: it was changed, or belongs to another tenant, service or
	// encryption context.
	ErrCiphertext = errors.New("ciphertext does not open for this tenant, service and context")
	// ErrTooLarge says that the plaintext is longer than MaxPlaintext.
	ErrTooLarge = errors.New("plaintext is larger than 4096 bytes")
	// ErrEmpty says that there is no plaintext: KMS encrypts one byte at least.
	ErrEmpty = errors.New("plaintext is empty")
	// ErrInvalidContext says that WithContext names a pair that is reserved.
	ErrInvalidContext = errors.New("invalid encryption context")
	// ErrInvalidTenant says that a text is not a tenant id.
	ErrInvalidTenant = errors.New("invalid tenant id")
)

// Error says which call failed, for which tenant and how. It holds no plaintext, ciphertext or credentials. The error
// of the AWS SDK below it is reached by errors.As, for instance as smithy.APIError.
type Error struct {
	Op        string   // the method of Client, such as EncryptTenantData
	Tenant    TenantID // as the caller gave it
	Code      string   // AWS's error code, such as AccessDeniedException; empty if AWS did not answer
	RequestID string   // AWS's request id, to be found in the audit trail; empty if AWS did not answer
	Err       error
}

// Error implements error.
func (e *Error) Error() string {
	tenant := string(e.Tenant)
	if !e.Tenant.valid() {
		tenant = fmt.Sprintf("%.64q", tenant) // it may hold anything, and errors end in logs
	}
	text := "keyhold: " + e.Op + " for tenant " + tenant + ": "
	if kind := kindOf(e.Code); kind != nil {
		text += kind.Error() + ": "
	}
	return text + e.Err.Error()
}

// Unwrap returns the error of the AWS SDK, or the reason why AWS was not called.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinel errors of this package with AWS's error code.
func (e *Error) Is(target error) bool {
	kind := kindOf(e.Code)
	return kind != nil && target == kind
}

// failed wraps err; AWS's code and request id are taken from it.
func failed(op string, tenant TenantID, err error) error {
	e := &Error{Op: op, Tenant: tenant, Code: codeOf(err), Err: err}
	var answered interface{ ServiceRequestID() string }
	if errors.As(err, &answered) {
		e.RequestID = answered.ServiceRequestID()
	}
	return e
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func kindOf(code string) error {
	switch code {
	case "":
		return nil
	case "NotFoundException":
		return ErrTenantUnknown
	case "DisabledException", "KMSInvalidStateException":
		return ErrKeyDisabled
	case "InvalidCiphertextException", "IncorrectKeyException":
		return ErrCiphertext
	case "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return ErrDenied
	}
	if deniedCode(code) || staleCode(code) {
		return ErrDenied
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return ErrThrottled
	}
	return nil
}

// deniedCode tells whether policies decided against the caller.
func deniedCode(code string) bool {
	return code == "AccessDenied" || code == "AccessDeniedException"
}

// staleCode tells whether AWS does not, or no longer, accept the session's token.
func staleCode(code string) bool {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId":
		return true
	}
	return false
}
