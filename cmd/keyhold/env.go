package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/httpapi/client"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

type envCmd struct {
	As     string `help:"Principal: admin, control, service-b or tenant:ID." default:"admin"`
	Format string `help:"sh (for eval), dotenv or json." enum:"sh,dotenv,json" default:"sh"`
	connection
}

// Run prints what AWS clients need.
func (c *envCmd) Run(ctx context.Context, std stdio) error {
	as, err := v1.ParseAs(c.As)
	if err != nil {
		return usageError{fmt.Errorf("--as %q %w", c.As, err)}
	}
	return c.call(ctx, func(ctx context.Context, api *client.Client) error {
		cred, err := api.Credentials(ctx, as)
		if err != nil {
			return err
		}
		return printEnv(std.out, c.Format, environment(cred))
	})
}

// variable is one environment variable.
type variable struct{ name, value string }

// environment is what the AWS clients of all languages read.
func environment(c v1.Credentials) []variable {
	expiration := ""
	if !c.Expiration.IsZero() {
		expiration = c.Expiration.UTC().Format(time.RFC3339)
	}
	return []variable{
		{"AWS_ENDPOINT_URL", c.Endpoint},
		{"AWS_REGION", c.Region},
		{"AWS_DEFAULT_REGION", c.Region},
		{"AWS_ACCESS_KEY_ID", c.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey},
		{"AWS_SESSION_TOKEN", c.SessionToken},
		{"AWS_CREDENTIAL_EXPIRATION", expiration},
		{"KEYHOLD_CENTRAL_ACCOUNT", c.CentralAccount},
	}
}

// printEnv prints variables. An empty one is unset in a shell and left out elsewhere, so that neither the session token of
// earlier credentials nor the time of their end stays behind.
func printEnv(w io.Writer, format string, vars []variable) error {
	set := map[string]string{}
	var lines strings.Builder
	for _, v := range vars {
		switch {
		case v.value == "" && format == "sh":
			fmt.Fprintf(&lines, "unset %s\n", v.name)
		case v.value == "":
		case format == "sh":
			fmt.Fprintf(&lines, "export %s=%s\n", v.name, shellQuote(v.value))
		case format == "dotenv":
			fmt.Fprintf(&lines, "%s=%s\n", v.name, dotenvQuote(v.value))
		default:
			set[v.name] = v.value
		}
	}
	if format != "json" {
		_, err := io.WriteString(w, lines.String())
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(set)
}

// dotenvQuote quotes a value for a dotenv file where it needs it.
func dotenvQuote(s string) string {
	if shellQuote(s) == s {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}
