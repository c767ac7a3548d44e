package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// stdio is where a command reads and writes: answers go to out, all else to err.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// cli is the command line.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run Keyhold: the embedded AWS and the /v1 API."`
	Env     envCmd     `cmd:"" help:"Print the endpoint and credentials for AWS clients: eval \"$$(keyhold env)\"."`
	Tenant  tenantCmd  `cmd:"" help:"Onboard, list, look at, off-board and restore tenants."`
	Encrypt encryptCmd `cmd:"" help:"Encrypt standard input under a tenant's key, at most 4096 bytes."`
	Decrypt decryptCmd `cmd:"" help:"Decrypt standard input with a tenant's key."`
	Policy  policyCmd  `cmd:"" help:"Try AWS policies."`
	Reset   resetCmd   `cmd:"" help:"Empty a local server of all but its seeded scene and credentials."`
	Demo    demoCmd    `cmd:"" help:"Play the two-tenant scene in memory and check every step."`
	Version versionCmd `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

type policyCmd struct {
	Simulate simulateCmd `cmd:"" help:"Decide scenarios: one JSON object per line on standard input, one decision per line on standard output."`
}

const exitHelp = `Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 denied, 4 not found, 5 conflict, 6 the server cannot be reached.`

// run runs one command and returns its exit code.
func run(ctx context.Context, args []string, std stdio) (code int) {
	exited := false
	parser, err := kong.New(&cli{},
		kong.Name("keyhold"), kong.Description("Every tenant its own key, and nobody else's.\n\n"+exitHelp),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(std.out, std.err), kong.Exit(func(c int) { exited, code = true, c }),
		kong.Vars{"data": defaultData(), "version": versionLine()},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std),
	)
	if err != nil {
		return fail(std, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		return fail(std, usageError{err})
	}
	return fail(std, command.Run())
}

// fail reports err, if there is one, and returns the exit code that goes with it.
func fail(std stdio, err error) int {
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, errSilent) {
		_, _ = fmt.Fprintln(std.err, "keyhold: "+strings.TrimPrefix(err.Error(), "keyhold: "))
	}
	return exitCode(err)
}
