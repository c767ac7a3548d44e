package main

import (
	"bytes"
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

// TestLongTermCredentials shows that a session token of earlier credentials does not stay behind.
func TestLongTermCredentials(t *testing.T) {
	var out bytes.Buffer
	if err := printEnv(&out, "sh", environment(v1.Credentials{AccessKeyID: "AKIA", Region: "us-east-1"})); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte("unset AWS_SESSION_TOKEN\n")) {
		t.Errorf("got %s", out.Bytes())
	}
}
