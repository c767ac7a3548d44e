package main

import (
	"errors"
	"net"

	"github.com/keyhold/keyhold"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/server"
)

// The exit codes of every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitDenied      = 3
	exitNotFound    = 4
	exitConflict    = 5
	exitUnreachable = 6
)

// usageError is a command line that could not be taken.
type usageError struct{ error }

// errSilent ends a command that has said all there is to say.
var errSilent = errors.New("failed")

// exitCode is the exit code that goes with an error.
func exitCode(err error) int {
	var usage usageError
	var config *server.ConfigError
	var problem *v1.Problem
	var network *net.OpError
	var unreachable unreachableError
	switch {
	case errors.As(err, &usage), errors.As(err, &config), errors.Is(err, keyhold.ErrInvalidTenant), errors.Is(err, keyhold.ErrTooLarge),
		errors.Is(err, keyhold.ErrEmpty), errors.Is(err, keyhold.ErrInvalidContext):
		return exitUsage
	case errors.Is(err, keyhold.ErrDenied):
		return exitDenied
	case errors.Is(err, keyhold.ErrTenantUnknown):
		return exitNotFound
	case errors.As(err, &problem):
		return problemCode(problem.Status)
	case errors.As(err, &network) && network.Op != "listen", errors.As(err, &unreachable):
		return exitUnreachable
	}
	return exitFailed
}

// problemCode is the exit code that goes with a status of the API.
func problemCode(status int) int {
	switch status {
	case 400, 413, 415, 422:
		return exitUsage
	case 401, 403:
		return exitDenied
	case 404:
		return exitNotFound
	case 409:
		return exitConflict
	case 502, 503, 504:
		return exitUnreachable
	}
	return exitFailed
}
