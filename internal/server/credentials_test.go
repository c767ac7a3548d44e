package server

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold/internal/aws"
)

// whoAmI asks the server whom a key belongs to.
func (r *running) whoAmI(key AdminKey) (arn string, err error) {
	out, err := sts.NewFromConfig(r.config(key)).GetCallerIdentity(context.Background(), nil)
	if err != nil {
		return "", err
	}
	return *out.Arn, nil
}

// TestAdminKey gives the administrator one key after another over many starts. Each is his from then on, alone.
func TestAdminKey(t *testing.T) {
	dir := t.TempDir()
	var last AdminKey
	fixed := func(id string) AdminKey { return AdminKey{id, "secret-of-" + id} }
	for _, test := range []struct {
		name string
		key  AdminKey // configured; none: the last one stays
	}{
		{"made", AdminKey{}}, {"kept", AdminKey{}},
		{"fixed", fixed("AKIAFIXED00000000001")}, {"kept, fixed", AdminKey{}},
		{"another", fixed("AKIAFIXED00000000002")}, {"a third", fixed("AKIAFIXED00000000003")}, {"the first", fixed("AKIAFIXED00000000001")},
		{"another secret", AdminKey{"AKIAFIXED00000000001", "another-secret-of-it"}},
	} {
		r := start(t, Config{Data: dir, AdminKeyID: test.key.AccessKeyID, AdminSecret: aws.NewSecret(test.key.SecretAccessKey)})
		now := r.info.Admin
		if want := test.key; want != (AdminKey{}) && now != want || want == (AdminKey{}) && last != (AdminKey{}) && now != last {
			t.Errorf("%s: the key is %q", test.name, now.AccessKeyID)
		}
		if arn, err := r.whoAmI(now); err != nil || arn != "arn:aws:iam::"+DefaultCentralAccount+":user/admin" {
			t.Errorf("%s: it is of %q, %v", test.name, arn, err)
		}
		if last != (AdminKey{}) && last != now {
			if arn, err := r.whoAmI(last); err == nil {
				t.Errorf("%s: the last one is still good for %s", test.name, arn)
			}
		}
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		last = now
	}
}

// TestAdminKeyDeleted deletes the administrator's key, or switches it off. The next start makes another one, however often.
func TestAdminKeyDeleted(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		r := start(t, Config{Data: dir})
		key := r.info.Admin
		client := iam.NewFromConfig(r.config(key))
		var err error
		if i%2 == 0 {
			_, err = client.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &key.AccessKeyID, Status: "Inactive"})
		} else {
			_, err = client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &key.AccessKeyID})
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.whoAmI(key)
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "InvalidClientTokenId" {
			t.Errorf("the key is answered %v", err)
		}
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestToken tells the token of /v1 once, on the first start that can tell it, and takes KEYHOLD_TOKEN's instead where
// it is set.
func TestToken(t *testing.T) {
	dir := t.TempDir()
	first := start(t, Config{Data: dir})
	token := first.info.NewToken
	accepts := func(r *running, token string, want bool) {
		t.Helper()
		if _, err := r.v1(t, token).Tenants(t.Context(), 0, ""); err == nil != want || err != nil && !strings.Contains(err.Error(), "not accepted") {
			t.Errorf("accepted: %v, want %v", err, want)
		}
	}
	if !strings.HasPrefix(token, "kh_") || len(token) < 26 {
		t.Errorf("the token is %q", token)
	}
	accepts(first, token, true)
	accepts(first, token+"x", false)
	if err := first.end(); err != nil {
		t.Fatal(err)
	}
	for _, configured := range []string{"", "from-the-environment", ""} {
		r := start(t, Config{Data: dir, Token: aws.NewSecret(configured)})
		if r.info.NewToken != "" {
			t.Errorf("another token is told")
		}
		accepts(r, token, configured == "")
		accepts(r, "from-the-environment", configured != "")
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestConfigRefused names what is wrong with a configuration, and writes nothing.
func TestConfigRefused(t *testing.T) {
	secret := aws.NewSecret("a-secret-that-is-long-enough")
	for want, cfg := range map[string]Config{
		"--admin-key wants ID:SECRET, where ID":                          {Memory: true, AdminKeyID: "short", AdminSecret: secret},
		"--admin-key wants ID:SECRET,":                                   {Memory: true, AdminKeyID: "AKIAFIXED00000000001", AdminSecret: aws.NewSecret("short")},
		`--central-account "1" is not 12 digits`:                         {Memory: true, CentralAccount: "1"},
		`--service-account "11112222333x" is not 12 digits`:              {Memory: true, ServiceAccount: "11112222333x"},
		`--region "nowhere" is not the name of a region`:                 {Memory: true, Region: "nowhere"},
		"--data is missing":                                              {},
		"--root-key is for a data directory":                             {Memory: true, RootKey: RootKeyEnv},
		`--root-key "x" is none of file, env, passphrase`:                {Memory: true, RootKey: "x"},
		`--listen "x" is not HOST:PORT`:                                  {Memory: true, Listen: "x"},
		"--listen 0.0.0.0:1 reaches beyond this machine":                 {Memory: true, Listen: "0.0.0.0:1"},
		"--api-listen :1 reaches beyond this machine: give --tls-cert":   {Memory: true, APIListen: ":1"},
		"--listen [::]:1 reaches beyond this machine: set KEYHOLD_TOKEN": {Memory: true, Listen: "[::]:1", TLSCert: "c", TLSKey: "k"},
		"--listen 10.0.0.2:1 reaches beyond this machine: set KEYHOLD_TOKEN to at least 24": {
			Memory: true, Listen: "10.0.0.2:1", TLSCert: "c", TLSKey: "k", Token: aws.NewSecret("a-short-token")},
		"--listen 10.0.0.1:1 reaches beyond this machine: --admin-key is for loopback only": {
			Memory: true, Listen: "10.0.0.1:1", TLSCert: "c", TLSKey: "k", Token: secret, AdminKeyID: "AKIAFIXED00000000001", AdminSecret: secret},
		"--tls-cert and --tls-key go together": {Memory: true, TLSCert: "c"},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := New(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), secret.Reveal()) {
				t.Errorf("the secret shows: %v", err)
			}
		})
	}
}
