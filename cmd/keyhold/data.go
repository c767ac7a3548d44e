package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/httpapi/client"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// cliService is the service that the command line is in encryption contexts.
const cliService = "keyhold-cli"

// tenantData is what encrypt and decrypt have in common.
type tenantData struct {
	Tenant  string            `help:"The tenant's id." required:"" placeholder:"ID"`
	Context map[string]string `help:"Pair of the encryption context; may be repeated." placeholder:"K=V" mapsep:"none"`
	connection
}

type (
	encryptCmd struct{ tenantData }
	decryptCmd struct{ tenantData }
)

// Run encrypts standard input.
func (c *encryptCmd) Run(ctx context.Context, std stdio) error {
	return c.through(ctx, std, keyhold.MaxPlaintext, (*keyhold.Client).EncryptTenantData)
}

// Run decrypts standard input.
func (c *decryptCmd) Run(ctx context.Context, std stdio) error {
	return c.through(ctx, std, maxInput, (*keyhold.Client).DecryptTenantData)
}

// maxInput bounds what decrypt reads; ciphertexts are smaller.
const maxInput = 1 << 20

// through sends standard input through a method of the SDK, which acts as a service in account B does.
func (c *tenantData) through(ctx context.Context, std stdio, limit int64, do func(*keyhold.Client, context.Context, keyhold.TenantID, []byte, ...keyhold.DataOption) ([]byte, error)) error {
	tenant, err := keyhold.ParseTenantID(c.Tenant)
	if err != nil {
		return err
	}
	in, err := io.ReadAll(io.LimitReader(std.in, limit+1))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if len(in) == 0 {
		return usageError{errors.New("standard input is empty")}
	}
	return c.call(ctx, func(ctx context.Context, api *client.Client) error {
		service, err := c.service(ctx, api)
		if err != nil {
			return err
		}
		out, err := do(service, ctx, tenant, in, keyhold.WithContext(c.Context))
		if err != nil {
			return err
		}
		_, err = std.out.Write(out)
		return err
	})
}

func (c *tenantData) service(ctx context.Context, api *client.Client) (*keyhold.Client, error) {
	cred, err := api.Credentials(ctx, v1.As{Role: v1.AsServiceB})
	if err != nil {
		return nil, err
	}
	cfg := awssdk.Config{
		Region: cred.Region, BaseEndpoint: &cred.Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(cred.AccessKeyID, cred.SecretAccessKey, cred.SessionToken),
	}
	return keyhold.New(cfg, keyhold.WithAccount(cred.CentralAccount), keyhold.WithService(cliService))
}
