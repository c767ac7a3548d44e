package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/server"
)

type serveCmd struct {
	Data           string `help:"Data directory, by default ${default}." default:"${data}" env:"KEYHOLD_DATA" placeholder:"DIR"`
	Memory         bool   `help:"Keep all state in memory; the data directory gets nothing but the endpoints and local credentials."`
	Listen         string `help:"Address of the AWS endpoint, by default ${default}." default:"127.0.0.1:4566" placeholder:"HOST:PORT"`
	APIListen      string `name:"api-listen" help:"Address of the /v1 API, by default ${default}." default:"127.0.0.1:4567" placeholder:"HOST:PORT"`
	Region         string `help:"Home region." default:"us-east-1"`
	CentralAccount string `help:"Account A, which owns the tenants' keys: 12 digits, by default ${default}." default:"111122223333" placeholder:"ACCOUNT"`
	ServiceAccount string `help:"Account B, whose services handle tenants' data: 12 digits, by default ${default}; may be account A." default:"444455556666" placeholder:"ACCOUNT"`
	AdminKey       string `help:"Fixed credentials of the local administrator, for tests (loopback only)." env:"KEYHOLD_ADMIN_KEY" placeholder:"ID:SECRET"`
	RootKey        string `help:"Source of the root key: file (root.key in the data directory), env (KEYHOLD_ROOT_KEY) or passphrase (KEYHOLD_PASSPHRASE, else asked for)." enum:"file,env,passphrase" default:"file"`
	CPUProfile     string `name:"cpuprofile" hidden:"" help:"Write a CPU profile until the server ends." placeholder:"FILE"`
	TLSCert        string `name:"tls-cert" help:"PEM file of a certificate; needed to listen beyond this machine." type:"existingfile" placeholder:"FILE"`
	TLSKey         string `name:"tls-key" help:"PEM file of the certificate's key." type:"existingfile" placeholder:"FILE"`
}

// gcPercent trades memory for time. What lives long is small (caches, bounded), so that at Go's default of 100 the
// collector would run every few hundred requests.
const gcPercent = 400

// Run serves until the context ends.
func (c *serveCmd) Run(ctx context.Context, std stdio) error {
	cfg, err := c.config(std)
	if err != nil {
		return usageError{err}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if c.CPUProfile != "" {
		stop, err := profile(c.CPUProfile)
		if err != nil {
			return err
		}
		defer stop()
	}
	s, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	err = s.Serve(ctx, func(info server.Info) { printStart(std.out, info) })
	return errors.Join(err, s.Close())
}

// profile writes a CPU profile to a file until stop is called.
func profile(path string) (stop func(), err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}

func (c *serveCmd) config(std stdio) (server.Config, error) {
	cfg := server.Config{
		Data: c.Data, Memory: c.Memory, Listen: c.Listen, APIListen: c.APIListen, Region: c.Region,
		CentralAccount: c.CentralAccount, ServiceAccount: c.ServiceAccount,
		Token: aws.NewSecret(os.Getenv("KEYHOLD_TOKEN")), RootKey: server.RootKeySource(c.RootKey),
		TLSCert: c.TLSCert, TLSKey: c.TLSKey,
		Log: slog.New(slog.NewTextHandler(std.err, nil)),
	}
	if c.AdminKey != "" {
		id, secret, ok := strings.Cut(c.AdminKey, ":")
		if !ok {
			return cfg, errors.New("--admin-key wants ID:SECRET")
		}
		cfg.AdminKeyID, cfg.AdminSecret = id, aws.NewSecret(secret)
	}
	if cfg.RootKey != server.RootKeyPassphrase {
		return cfg, nil
	}
	phrase, err := passphrase(std)
	cfg.Passphrase = aws.NewSecret(phrase)
	return cfg, err
}

// passphrase takes the passphrase from the environment, or asks for it where there is somebody to ask.
func passphrase(std stdio) (string, error) {
	if p := os.Getenv("KEYHOLD_PASSPHRASE"); p != "" {
		return p, nil
	}
	f, ok := std.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New("--root-key passphrase: set KEYHOLD_PASSPHRASE, or start on a terminal")
	}
	_, _ = fmt.Fprint(std.err, "Passphrase of the root key: ")
	p, err := term.ReadPassword(int(f.Fd()))
	_, _ = fmt.Fprintln(std.err)
	if err != nil || len(p) == 0 {
		return "", errors.New("no passphrase given")
	}
	return string(p), nil
}

// printStart tells where everything is; its last line is "ready".
func printStart(w io.Writer, info server.Info) {
	data, flag := info.Data, ""
	if info.Data != defaultData() {
		flag = " --data " + shellQuote(info.Data)
	}
	if info.Memory {
		data = "in memory; local credentials in " + info.Data
	}
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	row := func(name, value string) { _, _ = fmt.Fprintf(t, "%s\t%s\n", name, value) }
	row("AWS endpoint", info.Endpoint)
	row("API", info.API)
	row("Data", data)
	row("Mode", "LOCAL: no call leaves this machine")
	row("Accounts", fmt.Sprintf("A %s (keys), B %s (services), region %s", info.CentralAccount, info.ServiceAccount, info.Region))
	if info.NewToken != "" {
		row("API token", info.NewToken+"   (shown this once)")
	}
	row("Next", "keyhold tenant create Acme --id acme"+flag)
	row("", `eval "$(keyhold env --as tenant:acme`+flag+`)"`)
	row("", "aws kms encrypt --key-id alias/customer-acme --plaintext c2VjcmV0")
	_ = t.Flush()
	_, _ = fmt.Fprintln(w, "ready")
}
