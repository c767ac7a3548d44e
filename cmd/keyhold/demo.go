package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/server"
)

type demoCmd struct{}

// Run plays the scene and fails if a check does.
func (demoCmd) Run(ctx context.Context, std stdio) error {
	s, err := server.New(ctx, server.Config{Memory: true})
	if err != nil {
		return err
	}
	d := &demo{ctx: ctx, out: std.out, server: s}
	d.play()
	if err := s.Close(); err != nil {
		return err
	}
	if d.failed > 0 {
		_, _ = fmt.Fprintf(std.out, "\n%d checks passed, %d failed\n", d.passed, d.failed)
		return errSilent
	}
	_, err = fmt.Fprintf(std.out, "\n%d checks passed\n", d.passed)
	return err
}

// demo plays the two-tenant scene with the AWS SDK and the Keyhold SDK against a server in memory.
type demo struct {
	ctx            context.Context
	out            io.Writer
	server         *server.Server
	passed, failed int
}

func (d *demo) play() {
	d.step("Two accounts: A owns the tenants' keys, B runs a service. Onboard two tenants.")
	acme, ok := d.onboard("acme")
	if _, both := d.onboard("bolt"); !ok || !both {
		return
	}
	sealed := d.ownData()
	d.fiveWays(acme, sealed)
	d.administrators(sealed)
	d.offboard()
}

func (d *demo) step(text string) { _, _ = fmt.Fprintf(d.out, "\n%s\n", text) }

// check counts and prints one check.
func (d *demo) check(what string, err error) {
	if err != nil {
		d.failed++
		_, _ = fmt.Fprintf(d.out, "  FAIL  %s: %v\n", what, err)
		return
	}
	d.passed++
	_, _ = fmt.Fprintf(d.out, "  ok    %s\n", what)
}

// refused checks that a call was refused with a code.
func (d *demo) refused(what, code string, err error) {
	var api smithy.APIError
	switch {
	case err == nil:
		err = errors.New("it was allowed")
	case errors.As(err, &api) && api.ErrorCode() == code:
		err = nil
	}
	d.check(what+": "+code, err)
}

func (d *demo) onboard(id string) (tenant keyhold.Tenant, ok bool) {
	tenant, _, err := d.server.Control().Create(d.ctx, control.NewTenant{ID: id, Name: id})
	d.check("tenant "+id+" has a key of its own under alias/customer-"+id, err)
	return tenant, err == nil
}

// ownData has acme encrypt and decrypt, and returns the ciphertext.
func (d *demo) ownData() []byte {
	d.step("A service in account B encrypts for acme. It holds credentials for acme only.")
	client := d.client()
	if client == nil {
		return nil
	}
	secret := []byte("integration password of acme")
	sealed, err := client.EncryptTenantData(d.ctx, "acme", secret)
	d.check(fmt.Sprintf("acme encrypts: %d bytes become %d", len(secret), len(sealed)), err)
	plain, err := client.DecryptTenantData(d.ctx, "acme", sealed)
	if err == nil && !bytes.Equal(plain, secret) {
		err = errors.New("it is not what was encrypted")
	}
	d.check("acme decrypts what it encrypted", err)
	return sealed
}

// client is an SDK client of a service in account B; nil if there cannot be one.
func (d *demo) client() *keyhold.Client {
	cfg := d.server.AWSConfig(v1.As{Role: v1.AsServiceB})
	client, err := keyhold.New(cfg, keyhold.WithAccount(server.DefaultCentralAccount), keyhold.WithService("demo"))
	if err != nil {
		d.check("SDK client", err)
	}
	return client
}

// fiveWays has bolt try to get at acme's data.
func (d *demo) fiveWays(acme keyhold.Tenant, sealed []byte) {
	d.step("bolt tries to open acme's data, five ways.")
	bolt := d.server.AWSConfig(v1.As{Role: v1.AsTenant, Tenant: "bolt"})
	k := kms.NewFromConfig(bolt)
	bound := map[string]string{keyhold.TenantTag: "acme", "keyhold:service": "demo"}
	decrypt := func(key *string) error {
		_, err := k.Decrypt(d.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed, EncryptionContext: bound})
		return err
	}
	d.refused("acme's alias", "AccessDeniedException", decrypt(aws.String("alias/customer-acme")))
	d.refused("acme's key, by its ARN", "AccessDeniedException", decrypt(&acme.KeyARN))
	d.refused("no key named at all", "AccessDeniedException", decrypt(nil))
	d.refused("acme's ciphertext under bolt's own alias", "IncorrectKeyException", decrypt(aws.String("alias/customer-bolt")))
	_, err := sts.NewFromConfig(bolt).AssumeRole(d.ctx, &sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:aws:iam::" + server.DefaultCentralAccount + ":role/" + keyhold.ServiceARole),
		RoleSessionName: aws.String("Tenant-acme-Session"), Policy: aws.String(keyhold.SessionPolicy("acme")),
	})
	d.refused("the role again, with acme's session policy", "AccessDenied", err)
}

// administrators shows that who administers keys cannot use them.
func (d *demo) administrators(sealed []byte) {
	d.step("Those who administer keys cannot use them.")
	for _, as := range []struct{ role, name string }{
		{v1.AsAdmin, "the administrator of account A"}, {v1.AsControl, "the control plane"},
	} {
		k := kms.NewFromConfig(d.server.AWSConfig(v1.As{Role: as.role}))
		_, err := k.Encrypt(d.ctx, &kms.EncryptInput{KeyId: aws.String("alias/customer-acme"), Plaintext: []byte("x")})
		d.refused(as.name+" encrypts", "AccessDeniedException", err)
		_, err = k.Decrypt(d.ctx, &kms.DecryptInput{CiphertextBlob: sealed})
		d.refused(as.name+" decrypts", "AccessDeniedException", err)
	}
}

// offboard deletes acme and shows that bolt goes on.
func (d *demo) offboard() {
	d.step("acme leaves: its key is disabled at once and deleted after 7 days.")
	tenant, err := d.server.Control().Delete(d.ctx, "acme", 7)
	if err == nil {
		d.check("acme's key is deleted on "+tenant.DeletionDate.Format("2006-01-02"), nil)
	} else {
		d.check("acme's key is scheduled for deletion", err)
	}
	client := d.client()
	if client == nil {
		return
	}
	_, err = client.EncryptTenantData(d.ctx, "acme", []byte("x"))
	if errors.Is(err, keyhold.ErrKeyDisabled) {
		err = nil
	} else if err == nil {
		err = errors.New("it was allowed")
	}
	d.check("nothing is encrypted for acme any more", err)
	_, err = client.EncryptTenantData(d.ctx, "bolt", []byte("x"))
	d.check("bolt goes on", err)
	_, err = d.server.Control().Restore(d.ctx, "acme")
	d.check("acme is restored within the window", err)
	_, err = client.EncryptTenantData(d.ctx, "acme", []byte("x"))
	d.check("acme encrypts again", err)
}
