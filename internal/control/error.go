package control

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// Code is the kind of an Error.
type Code string

// The codes of errors.
const (
	Invalid         Code = "invalid"         // the request breaks a rule; Fields says which
	Unauthenticated Code = "unauthenticated" // it is not known who asks
	Denied          Code = "denied"          // who asks may not
	NotFound        Code = "not_found"       // there is no such thing
	Conflict        Code = "conflict"        // the state of things stands against it
	Limit           Code = "limit"           // a quota is used up
	Unavailable     Code = "unavailable"     // not now; the same request may succeed later
	Internal        Code = "internal"        // the fault is ours
)

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string // its name in the JSON form, such as name
	Detail string
}

// Error is what the control plane answers when it does not do what was asked.
type Error struct {
	Code   Code
	Detail string // a sentence for who asked
	Fields []FieldError
	Err    error // the cause, for the log and not for who asked; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Detail + " (" + e.Err.Error() + ")"
	}
	return e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func conflict(detail string) *Error { return &Error{Code: Conflict, Detail: detail} }

func invalid(fields ...FieldError) *Error {
	return &Error{Code: Invalid, Detail: "The request has invalid values.", Fields: fields}
}

// asError makes an *Error of any error: AWS's errors by their codes, the others internal.
func asError(err error) error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Code: Unavailable, Detail: "The time for the request was up; what was begun is finished later.", Err: err}
	}
	if e := (*smithy.OperationError)(nil); errors.As(err, &e) {
		return fromAWS(strings.ToLower(e.Service())+":"+e.Operation(), err)
	}
	return &Error{Code: Internal, Detail: "The control plane failed.", Err: err}
}

// fromAWS explains the failure of an operation of AWS such as kms:CreateKey.
func fromAWS(operation string, err error) *Error {
	var api smithy.APIError
	answered := errors.As(err, &api)
	switch code := awsCode(err); {
	case !answered || api.ErrorFault() == smithy.FaultServer || strings.HasPrefix(code, "KMSInternal"):
		return &Error{Code: Unavailable, Detail: "AWS did not carry out " + operation + "; try again later.", Err: err}
	case code == "AccessDeniedException" || code == "AccessDenied":
		return &Error{Code: Denied, Detail: "AWS does not allow the control plane " + operation + ".", Err: err}
	case code == "KMSInvalidStateException" || code == "DisabledException":
		return &Error{Code: Conflict, Detail: "The tenant's key is in a state that does not allow " + operation + ".", Err: err}
	case code == "LimitExceededException":
		return &Error{Code: Limit, Detail: "A quota of the central account is used up, says " + operation + ".", Err: err}
	case throttled(code):
		return &Error{Code: Unavailable, Detail: "AWS throttles " + operation + "; try again later.", Err: err}
	}
	return &Error{Code: Internal, Detail: "AWS refused " + operation + ".", Err: err}
}

func awsCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func throttled(code string) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok
}
