package main

import (
	"bytes"
	"errors"
	"testing"

	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// TestPrintEnv holds what each format makes of values that it must quote, and of those that are not there.
func TestPrintEnv(t *testing.T) {
	vars := []variable{{"A", "plain/+=value"}, {"B", `a'b"c$d\e #f`}, {"C", ""}}
	for format, want := range map[string]string{
		"sh":     "export A=plain/+=value\nexport B='a'\\''b\"c$d\\e #f'\nunset C\n",
		"dotenv": "A=plain/+=value\nB=\"a'b\\\"c\\$d\\\\e #f\"\n",
		"json":   "{\n  \"A\": \"plain/+=value\",\n  \"B\": \"a'b\\\"c$d\\\\e #f\"\n}\n",
	} {
		var out bytes.Buffer
		if err := printEnv(&out, format, vars); err != nil || out.String() != want {
			t.Errorf("%s:\n%s\nwant\n%s(%v)", format, out.String(), want, err)
		}
	}
}

// TestPrintEnvFails writes to where nothing can be written: a script must not go on with half of the variables.
func TestPrintEnvFails(t *testing.T) {
	for _, format := range []string{"sh", "dotenv", "json"} {
		if err := printEnv(full{}, format, []variable{{"A", "b"}}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestLongTermCredentials shows that the token and the end of earlier credentials do not stay behind.
func TestLongTermCredentials(t *testing.T) {
	var out bytes.Buffer
	if err := printEnv(&out, "sh", environment(v1.Credentials{AccessKeyID: "AKIA", Region: "us-east-1"})); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"} {
		if !bytes.Contains(out.Bytes(), []byte("unset "+name+"\n")) {
			t.Errorf("%s stays behind: %s", name, out.Bytes())
		}
	}
}
