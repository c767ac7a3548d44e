package keyholdtest_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/keyholdtest"
)

func TestTenantsData(t *testing.T) {
	kh := keyholdtest.New(t)
	kh.CreateTenant(t, "acme")
	kh.CreateTenant(t, "bolt")
	client := kh.Client(t, "crm")
	row := keyhold.WithContext(map[string]string{"row": "1"})

	sealed, err := client.EncryptTenantData(t.Context(), "acme", []byte("secret"), row)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := client.DecryptTenantData(t.Context(), "acme", sealed, row)
	if err != nil || !bytes.Equal(plain, []byte("secret")) {
		t.Fatalf("got %q, %v", plain, err)
	}
	for name, c := range map[string]struct {
		client *keyhold.Client
		tenant keyhold.TenantID
		opts   []keyhold.DataOption
		want   error
	}{
		"another tenant":  {client, "bolt", []keyhold.DataOption{row}, keyhold.ErrCiphertext},
		"another context": {client, "acme", nil, keyhold.ErrCiphertext},
		"another service": {kh.Client(t, "billing"), "acme", []keyhold.DataOption{row}, keyhold.ErrCiphertext},
		"unknown tenant":  {client, "nobody", []keyhold.DataOption{row}, keyhold.ErrTenantUnknown},
		"not a tenant id": {client, "a*", []keyhold.DataOption{row}, keyhold.ErrInvalidTenant},
	} {
		if _, err := c.client.DecryptTenantData(t.Context(), c.tenant, sealed, c.opts...); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestPrincipals shows who each principal is.
func TestPrincipals(t *testing.T) {
	kh := keyholdtest.New(t)
	for principal, want := range map[string]string{
		keyholdtest.Admin:          "arn:aws:iam::111122223333:user/admin",
		keyholdtest.Control:        "arn:aws:sts::111122223333:assumed-role/KeyholdControlRole/control",
		keyholdtest.ServiceB:       "arn:aws:sts::444455556666:assumed-role/ServiceBRole/service-b",
		keyholdtest.Tenant("acme"): "arn:aws:sts::111122223333:assumed-role/ServiceARole/Tenant-acme-Session",
	} {
		out, err := sts.NewFromConfig(kh.Config(t, principal)).GetCallerIdentity(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", principal, err)
			continue
		}
		if *out.Arn != want {
			t.Errorf("%s is %s, want %s", principal, *out.Arn, want)
		}
	}
}

// TestTimePasses shows the virtual clock: sessions renew themselves, and a deleted tenant's key goes when its time is up.
func TestTimePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kh := keyholdtest.New(t)
		kh.CreateTenant(t, "acme")
		client := kh.Client(t, "crm")
		sealed, err := client.EncryptTenantData(t.Context(), "acme", []byte("secret"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(400 * 24 * time.Hour) // the key has been rotated meanwhile
		if _, err := client.DecryptTenantData(t.Context(), "acme", sealed); err != nil {
			t.Fatalf("after a year: %v", err)
		}
		kh.DeleteTenant(t, "acme", 7)
		if _, err := client.DecryptTenantData(t.Context(), "acme", sealed); !errors.Is(err, keyhold.ErrKeyDisabled) {
			t.Fatalf("while the deletion is pending: %v", err)
		}
		time.Sleep(7*24*time.Hour + time.Second)
		if _, err := client.DecryptTenantData(t.Context(), "acme", sealed); !errors.Is(err, keyhold.ErrTenantUnknown) {
			t.Fatalf("after the deletion: %v", err)
		}
		kh.Sweep(t)
		kh.CreateTenant(t, "acme") // id and name are free again, the data are not
		if _, err := client.DecryptTenantData(t.Context(), "acme", sealed); !errors.Is(err, keyhold.ErrCiphertext) {
			t.Fatalf("under the new key: %v", err)
		}
	})
}

// TestReset shows that a reset leaves the scene, the credentials and nothing else.
func TestReset(t *testing.T) {
	kh := keyholdtest.New(t)
	kh.CreateTenant(t, "acme")
	client := kh.Client(t, "crm")
	if _, err := client.EncryptTenantData(t.Context(), "acme", []byte("x")); err != nil {
		t.Fatal(err)
	}
	admin := kms.NewFromConfig(kh.Config(t, keyholdtest.Admin))
	if _, err := admin.CreateKey(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	kh.Reset(t)
	if _, err := client.EncryptTenantData(t.Context(), "acme", []byte("x")); !errors.Is(err, keyhold.ErrTenantUnknown) {
		t.Errorf("a session from before the reset: %v", err)
	}
	keys, err := admin.ListKeys(t.Context(), nil)
	if err != nil || len(keys.Keys) != 0 {
		t.Errorf("keys left: %v, %v", keys, err)
	}
	kh.CreateTenant(t, "acme")
	if _, err := client.EncryptTenantData(t.Context(), "acme", []byte("x")); err != nil {
		t.Errorf("after the reset: %v", err)
	}
}

// TestAdministratorCannotUse shows that whoever may do everything in account A can not use a tenant's key.
func TestAdministratorCannotUse(t *testing.T) {
	kh := keyholdtest.New(t)
	kh.CreateTenant(t, "acme")
	_, err := kms.NewFromConfig(kh.Config(t, keyholdtest.Admin)).Encrypt(t.Context(), &kms.EncryptInput{
		KeyId: aws.String("alias/customer-acme"), Plaintext: []byte("x"),
	})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "AccessDeniedException" {
		t.Fatalf("got %v", err)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		keyholdtest.New(b)
	}
}
