package server

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/seal"
)

// Root keys for the environment.
var (
	oneKey     = hex.EncodeToString([]byte(strings.Repeat("1", seal.KeySize)))
	anotherKey = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("2", seal.KeySize)))
)

// TestRootKeyRefused starts servers on data whose root key is not at hand. Each is refused, says why, and leaves
// the data as they were: in the end they open with the right key.
func TestRootKeyRefused(t *testing.T) {
	phrase := func(s string) Config { return Config{RootKey: RootKeyPassphrase, Passphrase: aws.NewSecret(s)} }
	file, env := Config{RootKey: RootKeyFile}, Config{RootKey: RootKeyEnv}
	write := func(name, text string, mode os.FileMode) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			_ = os.Remove(path)
			if err := os.WriteFile(path, []byte(text), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	mode := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	variable := func(value string) func(*testing.T, string) {
		return func(t *testing.T, _ string) { t.Setenv(rootKeyEnv, value) }
	}
	other := "keyhold-root-key:1:" + anotherKey + "\n"
	t.Setenv(rootKeyEnv, oneKey)
	made := map[RootKeySource]sealedData{} // refusals leave it as it was, so one of each kind is enough
	for _, cfg := range []Config{file, env, phrase("right")} {
		dir := t.TempDir()
		made[cfg.RootKey] = sealedData{dir, withSecret(t, dir, cfg), copyOf(t, dir)}
	}
	for _, test := range []struct {
		name         string
		first, again Config
		spoil        func(t *testing.T, dir string)
		want         string // of the error, a pattern
	}{
		{"another root.key", file, file, write("root.key", other, 0o600), `unlock the root key: .*wrong`},
		{"root.key is no key", file, file, write("root.key", "key", 0o600), `root\.key is not a root key file`},
		{"root.key is empty", file, file, write("root.key", "", 0o600), `root\.key is not a root key file`},
		{"no root.key", file, file, remove("root.key"), `root\.key: no such file.* are sealed under this key; put it back`},
		{"root.key for all to read", file, file, mode("root.key"), `root\.key has mode 0644: others than its owner may use it; expected 0600`},
		{"wrong passphrase", phrase("right"), phrase("wrong"), nil, `the passphrase does not open .*root\.passphrase`},
		{"no passphrase", phrase("right"), phrase(""), nil, `the passphrase is empty`},
		{"no root.passphrase", phrase("right"), phrase("right"), remove("root.passphrase"), `root\.passphrase: no such file.* put it back`},
		{"wrong variable", env, env, variable(anotherKey), `unlock the root key: .*wrong`},
		{"no variable", env, env, variable(""), `environment variable KEYHOLD_ROOT_KEY is not set`},
		{"short variable", env, env, variable("abcd"), `environment variable KEYHOLD_ROOT_KEY does not hold 32 bytes in hexadecimal or base64`},
		{"variable instead of the file", file, env, nil, `unlock the root key: .*wrong`},
		{"file instead of the variable", env, file, nil, `root\.key: no such file.* put it back, or name its source with --root-key`},
		{"file instead of the passphrase", phrase("right"), file, nil, `root\.key: no such file.* put it back, or name its source with --root-key`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(rootKeyEnv, oneKey)
			data := made[test.first.RootKey]
			dir := data.dir
			if test.spoil != nil {
				test.spoil(t, dir)
			}
			before := contents(t, dir)
			test.again.Data = dir
			s, err := New(t.Context(), onAnyPort(test.again))
			if err == nil {
				t.Fatal("it starts", s.Close())
			}
			if !regexp.MustCompile(test.want).MatchString(err.Error()) {
				t.Errorf("got %q\nwant %q", err, test.want)
			}
			if strings.Contains(err.Error(), anotherKey) || strings.Contains(err.Error(), oneKey) {
				t.Errorf("the error shows a key: %q", err)
			}
			same(t, before, contents(t, dir))

			putBack(t, dir, data.rootFiles)
		})
	}
	for _, cfg := range []Config{file, env, phrase("right")} {
		openSecret(t, made[cfg.RootKey].dir, cfg, made[cfg.RootKey].sealed)
	}
}

// sealedData is a data directory, a ciphertext of its tenant's, and the files of its root key.
type sealedData struct {
	dir       string
	sealed    []byte
	rootFiles map[string][]byte
}

// withSecret makes data, with a tenant and a ciphertext of its, which it returns.
func withSecret(t *testing.T, dir string, cfg Config) []byte {
	t.Helper()
	cfg.Data = dir
	r := start(t, cfg)
	if _, _, err := r.Control().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	out, err := kms.NewFromConfig(r.AWSConfig(acme)).Encrypt(t.Context(), &kms.EncryptInput{
		KeyId: awssdk.String(acmeAlias), Plaintext: []byte("secret"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	return out.CiphertextBlob
}

func openSecret(t *testing.T, dir string, cfg Config, sealed []byte) {
	t.Helper()
	cfg.Data = dir
	s, err := New(t.Context(), onAnyPort(cfg))
	if err != nil {
		t.Fatal(err)
	}
	out, err := kms.NewFromConfig(s.AWSConfig(acme)).Decrypt(t.Context(), &kms.DecryptInput{
		KeyId: awssdk.String(acmeAlias), CiphertextBlob: sealed,
	})
	if err != nil || string(out.Plaintext) != "secret" {
		t.Errorf("got %v, %v", out, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// rootFiles are the files in which a root key, or its protection, rests.
var rootFiles = []string{"root.key", "root.passphrase"}

func copyOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range rootFiles {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err == nil {
			files[name] = b
		}
	}
	return files
}

func putBack(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, b := range files {
		_ = os.Remove(filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFirstStartRefused fails a first start for its root key. The next one is a first start again.
func TestFirstStartRefused(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(rootKeyEnv, "")
	_, err := New(context.Background(), onAnyPort(Config{Data: dir, RootKey: RootKeyEnv}))
	if err == nil || !strings.Contains(err.Error(), "KEYHOLD_ROOT_KEY is not set") {
		t.Fatal(err)
	}
	if _, err := ReadLocal(dir); err == nil || !strings.Contains(err.Error(), "no Keyhold server has run on") {
		t.Errorf("client commands are told %v", err)
	}
	r := start(t, Config{Data: dir})
	if _, err := r.Credentials(t.Context(), v1.As{Role: v1.AsServiceB}); err != nil {
		t.Error(err)
	}
}
