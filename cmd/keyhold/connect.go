package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keyhold/keyhold/internal/httpapi/client"
	"github.com/keyhold/keyhold/internal/server"
)

// connection says which server a client command talks to.
type connection struct {
	Data string `help:"Data directory of the server, where its address and the local administrator's credentials are ($$KEYHOLD_DATA, else ${data})." placeholder:"DIR" xor:"server"`
	API  string `name:"api" help:"URL of the server's /v1 API, instead of --data ($$KEYHOLD_API); the token is in KEYHOLD_TOKEN." placeholder:"URL" xor:"server"`
}

// named is the connection that the flags name, else the environment, else the default data directory. The environment does
// not go before a flag: a reset would empty another server than the one that was named.
func (c connection) named() connection {
	if c.Data == "" && c.API == "" {
		c.Data, c.API = os.Getenv("KEYHOLD_DATA"), os.Getenv("KEYHOLD_API")
	}
	if c.Data == "" {
		c.Data = defaultData()
	}
	return c
}

// client connects to the server.
func (c connection) client() (*client.Client, error) {
	if c.API != "" {
		token := os.Getenv("KEYHOLD_TOKEN")
		if token == "" {
			return nil, usageError{errors.New("--api needs the server's token in KEYHOLD_TOKEN")}
		}
		api, err := client.New(c.API, nil, client.Bearer(token))
		if err != nil {
			return nil, usageError{fmt.Errorf("--api: %w, such as http://127.0.0.1:4567", err)}
		}
		return api, nil
	}
	l, err := server.ReadLocal(c.Data)
	if err != nil {
		return nil, unreachableError{err}
	}
	return client.New(l.API, nil, adminSigner(l))
}

// adminSigner signs requests as the local administrator.
func adminSigner(l *server.Local) client.Signer {
	cred := awssdk.Credentials{AccessKeyID: l.Admin.AccessKeyID, SecretAccessKey: l.Admin.SecretAccessKey}
	return func(r *http.Request, body []byte) error {
		sum := sha256.Sum256(body)
		return v4.NewSigner().SignHTTP(r.Context(), cred, r, hex.EncodeToString(sum[:]), server.APIService, l.Region, time.Now())
	}
}

// call connects and runs fn.
func (c connection) call(ctx context.Context, fn func(context.Context, *client.Client) error) error {
	c = c.named()
	api, err := c.client()
	if err != nil {
		return err
	}
	if err := fn(ctx, api); err != nil {
		return c.explain(err)
	}
	return nil
}

// explain says what to do where no server answers.
func (c connection) explain(err error) error {
	if exitCode(err) != exitUnreachable {
		return err
	}
	if c.API != "" {
		return fmt.Errorf("no server answers at %s: %w", c.API, err)
	}
	return fmt.Errorf("the server on %s does not answer; start it with 'keyhold serve': %w", c.Data, err)
}

// unreachableError says that there is no server to talk to.
type unreachableError struct{ error }

// defaultData is the data directory where none is named: in the place where the system keeps a user's data.
func defaultData() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "keyhold")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "keyhold")
	}
	return ".keyhold"
}

// shellQuote quotes a word for a shell where it needs it.
func shellQuote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=+@,%", r))
	}) < 0
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
