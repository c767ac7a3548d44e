package httpapi

import (
	"errors"
	"net/http"

	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// statuses is the HTTP status of each code.
var statuses = map[control.Code]int{
	control.Invalid:         http.StatusUnprocessableEntity,
	control.Unauthenticated: http.StatusUnauthorized,
	control.Denied:          http.StatusForbidden,
	control.NotFound:        http.StatusNotFound,
	control.Conflict:        http.StatusConflict,
	control.Limit:           http.StatusTooManyRequests,
	control.Unavailable:     http.StatusServiceUnavailable,
	control.Internal:        http.StatusInternalServerError,
}

// refusal is a fault of the HTTP request itself, which the control plane never sees.
type refusal struct {
	status int
	detail string
}

// Error implements error.
func (e *refusal) Error() string { return e.detail }

// code is the nearest code of the control plane.
func (e *refusal) code() control.Code {
	switch e.status {
	case http.StatusNotFound:
		return control.NotFound
	case http.StatusForbidden, http.StatusMisdirectedRequest:
		return control.Denied
	}
	return control.Invalid
}

// inQuery marks that the fields of an invalid request are parameters of its query.
type inQuery struct{ error }

// Unwrap returns the error itself.
func (e inQuery) Unwrap() error { return e.error }

// problemOf is what the caller sees of an error. Of one that nobody made for callers they see the request id alone.
func problemOf(err error, requestID string) *v1.Problem {
	p := &v1.Problem{Type: "about:blank", RequestID: requestID}
	var refused *refusal
	var e *control.Error
	switch {
	case errors.As(err, &refused):
		p.Status, p.Code, p.Detail = refused.status, string(refused.code()), refused.detail
	case errors.As(err, &e):
		p.Status, p.Code, p.Detail = statuses[e.Code], string(e.Code), e.Detail
		p.Errors = fieldErrors(err, e.Fields)
	default:
		p.Status, p.Code, p.Detail = http.StatusInternalServerError, string(control.Internal), "The server failed."
	}
	p.Title = http.StatusText(p.Status)
	return p
}

func fieldErrors(err error, fields []control.FieldError) []v1.FieldError {
	var query inQuery
	parameters := errors.As(err, &query)
	var out []v1.FieldError
	for _, f := range fields {
		e := v1.FieldError{Pointer: "#/" + pointerToken(f.Field), Detail: f.Detail}
		if parameters {
			e = v1.FieldError{Parameter: f.Field, Detail: f.Detail}
		}
		out = append(out, e)
	}
	return out
}
