package main

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/keyhold/keyhold"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/server"
)

// TestExitCode holds the documented exit codes.
func TestExitCode(t *testing.T) {
	_, config := server.New(t.Context(), server.Config{Memory: true, Region: "nowhere"})
	for _, c := range []struct {
		err  error
		want int
	}{
		{errors.New("any"), exitFailed},
		{&net.OpError{Op: "listen", Err: errors.New("permission denied")}, exitFailed}, // of serve itself
		{keyhold.ErrCiphertext, exitFailed},
		{usageError{errors.New("a flag")}, exitUsage},
		{config, exitUsage},
		{keyhold.ErrTooLarge, exitUsage},
		{&v1.Problem{Status: 400}, exitUsage},
		{keyhold.ErrDenied, exitDenied},
		{&v1.Problem{Status: 401}, exitDenied},
		{keyhold.ErrTenantUnknown, exitNotFound},
		{&v1.Problem{Status: 404}, exitNotFound},
		{&v1.Problem{Status: 409}, exitConflict},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, exitUnreachable},
		{&v1.Problem{Status: 503}, exitUnreachable},
	} {
		if got := exitCode(fmt.Errorf("wrapped: %w", c.err)); got != c.want {
			t.Errorf("%v ends with %d, want %d", c.err, got, c.want)
		}
	}
}
