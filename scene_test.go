package keyhold_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/keyholdtest"
)

// TestErrorsOfTheScene lets the embedded AWS, with its policies, be the judge of what the SDK makes of its answers.
func TestErrorsOfTheScene(t *testing.T) {
	kh := keyholdtest.New(t)
	for _, id := range []keyhold.TenantID{"acme", "bolt", "gone"} {
		kh.CreateTenant(t, id)
	}
	crm, ctx := kh.Client(t, "crm"), t.Context()
	sealed := map[keyhold.TenantID][]byte{}
	for _, id := range []keyhold.TenantID{"acme", "bolt", "gone"} {
		var err error
		if sealed[id], err = crm.EncryptTenantData(ctx, id, []byte("the data of "+id)); err != nil {
			t.Fatal(err)
		}
	}
	kh.DeleteTenant(t, "gone", 7)
	changed := append([]byte(nil), sealed["acme"]...)
	changed[len(changed)-1] ^= 1
	for _, tt := range []struct {
		name   string
		client *keyhold.Client
		tenant keyhold.TenantID
		data   []byte
		want   error
	}{
		{"as it was sealed", crm, "acme", sealed["acme"], nil},
		{"as another tenant", crm, "bolt", sealed["acme"], keyhold.ErrCiphertext},
		{"as another service", kh.Client(t, "billing"), "acme", sealed["acme"], keyhold.ErrCiphertext},
		{"changed", crm, "acme", changed, keyhold.ErrCiphertext},
		{"of a tenant that is being deleted", crm, "gone", sealed["gone"], keyhold.ErrKeyDisabled},
		{"of a tenant that never was", crm, "never", sealed["acme"], keyhold.ErrTenantUnknown},
		{"through a role that may not", kh.Client(t, "crm", keyhold.WithRoleARN(roleOfControl)), "acme", sealed["acme"], keyhold.ErrDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opened, err := tt.client.DecryptTenantData(ctx, tt.tenant, tt.data)
			if !errors.Is(err, tt.want) || (err == nil) != (string(opened) == "the data of acme") {
				t.Errorf("got %q, %v, want %v", opened, err, tt.want)
			}
			var e *keyhold.Error
			if tt.want != nil && (!errors.As(err, &e) || e.Code == "" || e.RequestID == "") {
				t.Errorf("got %+v", e)
			}
		})
	}
}

const roleOfControl = "arn:aws:iam::" + keyholdtest.CentralAccount + ":role/" + keyhold.KeyholdControlRole

// TestSessionOpensNoOtherTenant takes a tenant's credentials past the SDK.
func TestSessionOpensNoOtherTenant(t *testing.T) {
	kh := keyholdtest.New(t)
	kh.CreateTenant(t, "acme")
	kh.CreateTenant(t, "bolt")
	session := kms.NewFromConfig(kh.Config(t, keyholdtest.Tenant("acme")))
	for _, tt := range []struct {
		alias   string
		allowed bool
	}{{"alias/customer-acme", true}, {"alias/customer-bolt", false}} {
		_, err := session.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(tt.alias), Plaintext: []byte("x")})
		if (err == nil) != tt.allowed {
			t.Errorf("%s: %v", tt.alias, err)
		}
	}
}

func TestClientSurvivesReset(t *testing.T) {
	kh := keyholdtest.New(t)
	kh.CreateTenant(t, "acme")
	crm := kh.Client(t, "crm")
	if err := encrypt(t, crm, "acme"); err != nil {
		t.Fatal(err)
	}
	kh.Reset(t)
	if err := encrypt(t, crm, "acme"); err == nil {
		t.Error("the key outlived the reset")
	}
	kh.CreateTenant(t, "acme")
	if err := encrypt(t, crm, "acme"); err != nil {
		t.Errorf("with the tenant made again: %v", err)
	}
}
