package aws

import "net/http"

// Error is an error of the AWS wire: what a caller sees. Drawers make theirs in errors.go; those that every service
// shares are made here.
//
// Code is the name of the error's shape in the official model, or for the shared ones the bare code without the
// suffix that some protocols add: wire maps AccessDenied to AccessDeniedException over JSON. The HTTP status belongs
// to the protocol and the model; Status is only for errors that no model lists.
type Error struct {
	Code    string
	Message string
	Status  int            // 0: the model's or the protocol's
	Members map[string]any // further members of the error's shape, by their model names
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// AccessDenied says that no policy allows the call, or that one denies it.
func AccessDenied(message string) *Error {
	return &Error{Code: "AccessDenied", Message: message, Status: http.StatusForbidden}
}

// InternalFailure says that the fault is ours; what it was stands in the log under the request id.
func InternalFailure() *Error {
	return &Error{
		Code: "InternalFailure", Status: http.StatusInternalServerError,
		Message: "The request processing has failed because of an unknown error, exception or failure.",
	}
}

// ValidationError says that an argument breaks a constraint of the model or of AWS's documentation.
func ValidationError(message string) *Error {
	return &Error{Code: "ValidationError", Message: message, Status: http.StatusBadRequest}
}

// InvalidClientTokenID says that the access key id or session token is unknown, deleted or inactive.
func InvalidClientTokenID() *Error {
	return &Error{
		Code: "InvalidClientTokenId", Status: http.StatusForbidden,
		Message: "The security token included in the request is invalid.",
	}
}

// ExpiredToken says that temporary credentials have expired.
func ExpiredToken() *Error {
	return &Error{
		Code: "ExpiredToken", Status: http.StatusForbidden,
		Message: "The security token included in the request is expired",
	}
}
