package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/pebble"
)

// TestNothingInClear uses a server, and then looks for every secret that it handed out or was given, in all the ways in
// which it might be written, in the bytes of every file and in every record of its store. Of the root key and the
// administrator's secret, each has one file of its own.
func TestNothingInClear(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{Data: dir})
	secrets := r.secrets(t)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	secrets["root key"] = rootKey(t, dir)
	files := textOf(t, dir)
	for what, secret := range secrets {
		if len(secret) < 16 {
			t.Fatalf("%s is too short to be found", what)
		}
		for name, text := range files {
			own := what == "root key" && name == "root.key" || what == "administrator's secret" && name == localFile
			for _, form := range forms(secret) {
				if bytes.Contains(text, form) && !own {
					t.Errorf("%s holds the %s", name, what)
				}
			}
		}
	}
	// The search finds what is there: a name in the store and in the trail, and the two secrets in their own files.
	found := func(name, what string) {
		t.Helper()
		for file, text := range files {
			if strings.HasPrefix(file, name) && bytes.Contains(text, []byte(what)) {
				return
			}
		}
		t.Errorf("%s does not hold even %q: nothing is found there", name, what)
	}
	found("record", "a-tenant-in-clear")
	found("store/", "a-tenant-in-clear")
	found("audit/", "alias/customer-acme")
	found(localFile, string(secrets["administrator's secret"]))
	found("root.key", base64.StdEncoding.EncodeToString(secrets["root key"]))
}

// secrets are all that the server gives out, and what a tenant gives it.
func (r *running) secrets(t *testing.T) map[string][]byte {
	t.Helper()
	ctx := t.Context()
	_, _, err := r.Control().Create(ctx, control.NewTenant{ID: "acme", Name: "a-tenant-in-clear"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := iam.NewFromConfig(r.config(r.info.Admin)).CreateAccessKey(ctx, &iam.CreateAccessKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{
		"bearer token": []byte(r.info.NewToken), "administrator's secret": []byte(r.info.Admin.SecretAccessKey),
		"secret of an access key": []byte(*made.AccessKey.SecretAccessKey), "plaintext": []byte("the plaintext of a tenant"),
	}
	for _, as := range []v1.As{acme, ctl, serviceB} {
		c, err := r.v1(t, r.info.NewToken).Credentials(ctx, as)
		if err != nil {
			t.Fatal(err)
		}
		found["session secret of "+as.String()] = []byte(c.SecretAccessKey)
		found["session token of "+as.String()] = []byte(c.SessionToken)
	}
	client := kms.NewFromConfig(r.AWSConfig(acme))
	sealed, err := client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: awssdk.String(acmeAlias), Plaintext: found["plaintext"], EncryptionContext: map[string]string{"tenant": "acme"},
	})
	if err != nil {
		t.Fatal(err)
	}
	found["ciphertext"] = sealed.CiphertextBlob // no secret, but no business of the server's either
	data, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: awssdk.String(acmeAlias), NumberOfBytes: awssdk.Int32(64)})
	if err != nil {
		t.Fatal(err)
	}
	found["data key"] = data.Plaintext
	random, err := kms.NewFromConfig(r.AWSConfig(admin)).GenerateRandom(ctx, &kms.GenerateRandomInput{NumberOfBytes: awssdk.Int32(64)})
	if err != nil {
		t.Fatal(err)
	}
	found["random bytes"] = random.Plaintext
	if _, err := client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: awssdk.String(acmeAlias), CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"tenant": "acme"},
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// forms are the ways in which a secret might be written: as it is, in hexadecimal, and in base64 with each of the three
// alignments it can have in a longer text.
func forms(secret []byte) [][]byte {
	all := [][]byte{secret, []byte(hex.EncodeToString(secret)), []byte(strings.ToUpper(hex.EncodeToString(secret)))}
	for skip := range 3 {
		whole := secret[skip : skip+(len(secret)-skip)/3*3]
		all = append(all, []byte(base64.RawStdEncoding.EncodeToString(whole)), []byte(base64.RawURLEncoding.EncodeToString(whole)))
	}
	return all
}

func rootKey(t *testing.T, dir string) []byte {
	t.Helper()
	line, err := os.ReadFile(filepath.Join(dir, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(strings.TrimSpace(string(line)), ":1:")
	key, err := base64.StdEncoding.DecodeString(code)
	if err != nil || len(key) != seal.KeySize {
		t.Fatal(len(key), err)
	}
	return key
}

// textOf is the bytes of every file below a directory and, since the store's files may be compressed, of every record.
func textOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all[name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.View(context.Background(), func(r store.Reader) error {
		for e, err := range r.Scan("", "") {
			if err != nil {
				return err
			}
			all["record "+e.Key] = append([]byte(e.Key+"\n"), e.Value...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
