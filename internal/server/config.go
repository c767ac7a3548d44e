package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strconv"

	"github.com/keyhold/keyhold/internal/aws"
)

// Defaults of a Config's fields.
const (
	DefaultListen         = "127.0.0.1:4566"
	DefaultAPIListen      = "127.0.0.1:4567"
	DefaultRegion         = "us-east-1"
	DefaultCentralAccount = "111122223333"
	DefaultServiceAccount = "444455556666"
)

// RootKeySource says where the root key comes from.
type RootKeySource string

// The sources of a root key.
const (
	RootKeyFile       RootKeySource = "file"       // <data>/root.key, made with mode 0600 on the first start
	RootKeyEnv        RootKeySource = "env"        // KEYHOLD_ROOT_KEY: 32 bytes, hex or base64
	RootKeyPassphrase RootKeySource = "passphrase" // Config.Passphrase, stretched with Argon2id
)

// Config says what a server is made of. The zero value of a field means its default.
type Config struct {
	Data   string // the data directory; may be empty if Memory is set
	Memory bool   // keep all state in memory; only the local credentials file is written, and only if Data is set

	Listen    string // address of the AWS endpoint
	APIListen string // address of the /v1 API
	Region    string

	CentralAccount string // account A
	ServiceAccount string // account B; may be the same

	AdminKeyID  string     // fixed credentials of the local administrator; empty: made on the first start
	AdminSecret aws.Secret // goes with AdminKeyID

	Token      aws.Secret // bearer token of /v1; unset: made on the first start
	RootKey    RootKeySource
	Passphrase aws.Secret

	TLSCert, TLSKey string // PEM files; needed to listen beyond loopback

	Log *slog.Logger
}

// minToken is the least length of a bearer token that is accepted from beyond loopback, in bytes.
const minToken = 24

var (
	accessKeyID = regexp.MustCompile(`^[A-Z0-9]{16,128}$`)
	secretKey   = regexp.MustCompile(`^[\x21-\x7e]{16,128}$`)
)

// ConfigError says what is wrong with a Config, by the names of the flags of 'keyhold serve'.
type ConfigError struct{ err error }

// Error implements error.
func (e *ConfigError) Error() string { return e.err.Error() }

// Unwrap returns the faults, joined.
func (e *ConfigError) Unwrap() error { return e.err }

// withDefaults fills in the defaults and validates.
func (c Config) withDefaults() (Config, error) {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&c.Listen, DefaultListen)
	set(&c.APIListen, DefaultAPIListen)
	set(&c.Region, DefaultRegion)
	set(&c.CentralAccount, DefaultCentralAccount)
	set(&c.ServiceAccount, DefaultServiceAccount)
	if c.RootKey == "" {
		c.RootKey = RootKeyFile
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, c.validate()
}

func (c Config) validate() error {
	var errs []error
	for flag, account := range map[string]string{"--central-account": c.CentralAccount, "--service-account": c.ServiceAccount} {
		if !aws.IsAccount(account) {
			errs = append(errs, fmt.Errorf("%s %q is not 12 digits", flag, account))
		}
	}
	if !aws.IsRegion(c.Region) {
		errs = append(errs, fmt.Errorf("--region %q is not the name of a region, such as us-east-1", c.Region))
	}
	if c.Data == "" && !c.Memory {
		errs = append(errs, errors.New("--data is missing: name a directory, or use --memory"))
	}
	switch c.RootKey {
	case RootKeyFile, RootKeyEnv, RootKeyPassphrase:
	default:
		errs = append(errs, fmt.Errorf("--root-key %q is none of file, env, passphrase", c.RootKey))
	}
	if c.Memory && c.RootKey != RootKeyFile {
		errs = append(errs, errors.New("--root-key is for a data directory: --memory makes a key that dies with it"))
	}
	if c.AdminKeyID != "" && (!accessKeyID.MatchString(c.AdminKeyID) || !secretKey.MatchString(c.AdminSecret.Reveal())) {
		errs = append(errs, errors.New("--admin-key wants ID:SECRET, where ID is 16 to 128 capital letters and digits and SECRET 16 to 128 printable characters"))
	}
	errs = append(errs, c.validateListen("--listen", c.Listen), c.validateListen("--api-listen", c.APIListen))
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("--tls-cert and --tls-key go together"))
	} else if c.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			errs = append(errs, fmt.Errorf("--tls-cert and --tls-key: %w", err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return &ConfigError{err}
	}
	return nil
}

// validateListen allows loopback, and anything else only with TLS and configured authentication.
func (c Config) validateListen(flag, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s %q is not HOST:PORT", flag, addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s %q: the port is not a number from 0 to 65535", flag, addr)
	}
	if loopback(host) {
		return nil
	}
	switch {
	case c.TLSCert == "":
		return fmt.Errorf("%s %s reaches beyond this machine: give --tls-cert and --tls-key, or listen on 127.0.0.1", flag, addr)
	case len(c.Token.Reveal()) < minToken:
		return fmt.Errorf("%s %s reaches beyond this machine: set KEYHOLD_TOKEN to at least %d characters, or listen on 127.0.0.1", flag, addr, minToken)
	case c.AdminKeyID != "":
		return fmt.Errorf("%s %s reaches beyond this machine: --admin-key is for loopback only", flag, addr)
	}
	return nil
}

// loopback tells whether host names this machine only.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
