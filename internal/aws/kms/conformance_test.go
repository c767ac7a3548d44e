package kms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/wire"
)

const (
	accessKeyID = "AKIAEXAMPLE000000001"
	secretKey   = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// soleCaller knows one access key.
type soleCaller struct{ credential *aws.Credential }

// Credential implements wire.Authenticator.
func (s soleCaller) Credential(_ context.Context, id, _ string) (*aws.Credential, error) {
	if id != accessKeyID {
		return nil, aws.InvalidClientTokenID()
	}
	return s.credential, nil
}

// client is AWS's own SDK, in this process, as who.
func client(w *world, who *aws.Caller) *sdk.Client {
	codec, err := wire.NewCodec(w.cloud.Services()...)
	if err != nil {
		panic(err)
	}
	h := wire.NewHandler(codec, w.cloud, soleCaller{&aws.Credential{Secret: aws.NewSecret(secretKey), Caller: who}}, slog.New(slog.DiscardHandler))
	return sdk.New(sdk.Options{
		Region:           region,
		BaseEndpoint:     new("https://keyhold.test"),
		Credentials:      credentials.NewStaticCredentialsProvider(accessKeyID, secretKey, ""),
		HTTPClient:       &http.Client{Transport: wire.Transport(h)},
		RetryMaxAttempts: 1,
	})
}

func TestSDK(t *testing.T) {
	ctx := t.Context()
	c := client(newWorld(t), admin(t, accountA))
	made, err := c.CreateKey(ctx, &sdk.CreateKeyInput{Description: new("d"), Tags: []types.Tag{{TagKey: new("a"), TagValue: new("b")}}})
	if err != nil {
		t.Fatal(err)
	}
	key := made.KeyMetadata
	if key.KeyState != types.KeyStateEnabled || !key.Enabled || key.CreationDate.IsZero() || *key.MultiRegion {
		t.Errorf("got %+v", key)
	}
	if _, err := c.CreateAlias(ctx, &sdk.CreateAliasInput{AliasName: new("alias/a"), TargetKeyId: key.KeyId}); err != nil {
		t.Fatal(err)
	}
	context := map[string]string{"tenant": "acme"}
	enc, err := c.Encrypt(ctx, &sdk.EncryptInput{KeyId: new("alias/a"), Plaintext: []byte("secret"), EncryptionContext: context})
	if err != nil {
		t.Fatal(err)
	}
	dec, err := c.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: enc.CiphertextBlob, EncryptionContext: context})
	if err != nil || string(dec.Plaintext) != "secret" || *dec.KeyId != *key.Arn || dec.EncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
		t.Errorf("Decrypt: %+v, %v", dec, err)
	}
	data, err := c.GenerateDataKey(ctx, &sdk.GenerateDataKeyInput{KeyId: key.Arn, KeySpec: types.DataKeySpecAes256})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.ReEncrypt(ctx, &sdk.ReEncryptInput{CiphertextBlob: data.CiphertextBlob, DestinationKeyId: key.KeyId, DestinationEncryptionContext: context})
	if err != nil {
		t.Fatal(err)
	}
	dec, err = c.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: again.CiphertextBlob, EncryptionContext: context, KeyId: new("alias/a")})
	if err != nil || !bytes.Equal(dec.Plaintext, data.Plaintext) {
		t.Errorf("ReEncrypt: %+v, %v", dec, err)
	}
	if _, err := c.EnableKeyRotation(ctx, &sdk.EnableKeyRotationInput{KeyId: key.KeyId}); err != nil {
		t.Error(err)
	}
	if s, err := c.GetKeyRotationStatus(ctx, &sdk.GetKeyRotationStatusInput{KeyId: key.KeyId}); err != nil || !s.KeyRotationEnabled || *s.RotationPeriodInDays != 365 {
		t.Errorf("GetKeyRotationStatus: %+v, %v", s, err)
	}
	if _, err := c.RotateKeyOnDemand(ctx, &sdk.RotateKeyOnDemandInput{KeyId: key.KeyId}); err != nil {
		t.Error(err)
	}
	if l, err := c.ListKeyRotations(ctx, &sdk.ListKeyRotationsInput{KeyId: key.KeyId, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial}); err != nil || len(l.Rotations) != 2 {
		t.Errorf("ListKeyRotations: %+v, %v", l, err)
	}
	if out, err := c.ScheduleKeyDeletion(ctx, &sdk.ScheduleKeyDeletionInput{KeyId: key.KeyId}); err != nil || out.KeyState != types.KeyStatePendingDeletion {
		t.Errorf("ScheduleKeyDeletion: %+v, %v", out, err)
	}
}

func TestSDKPaginators(t *testing.T) {
	ctx := t.Context()
	c := client(newWorld(t), admin(t, accountA))
	for i := range 5 {
		made, err := c.CreateKey(ctx, &sdk.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.CreateAlias(ctx, &sdk.CreateAliasInput{AliasName: new(fmt.Sprintf("alias/%d", i)), TargetKeyId: made.KeyMetadata.KeyId}); err != nil {
			t.Fatal(err)
		}
	}
	keys, aliases := 0, 0
	for p := sdk.NewListKeysPaginator(c, &sdk.ListKeysInput{Limit: new(int32(2))}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		keys += len(out.Keys)
	}
	for p := sdk.NewListAliasesPaginator(c, &sdk.ListAliasesInput{Limit: new(int32(2))}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		aliases += len(out.Aliases)
	}
	if keys != 5 || aliases != 5 {
		t.Errorf("%d keys, %d aliases", keys, aliases)
	}
}

// The SDK knows each error by its type, and the ones that every service has by their code.
func TestSDKErrors(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	c := client(w, admin(t, accountA))
	made, err := c.CreateKey(ctx, &sdk.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	id := made.KeyMetadata.KeyId
	encrypt := func(id string) error {
		return errOf(c.Encrypt(ctx, &sdk.EncryptInput{KeyId: &id, Plaintext: []byte("x")}))
	}
	wants[*types.NotFoundException](t, encrypt("alias/none"))
	wants[*types.InvalidArnException](t, errOf(c.EnableKey(ctx, &sdk.EnableKeyInput{KeyId: new("alias/x")})))
	wants[*types.InvalidCiphertextException](t, errOf(c.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: []byte("x")})))
	wants[*types.UnsupportedOperationException](t, errOf(c.CreateKey(ctx, &sdk.CreateKeyInput{KeySpec: types.KeySpecRsa2048})))
	wants[*types.DryRunOperationException](t, errOf(c.Encrypt(ctx, &sdk.EncryptInput{KeyId: id, Plaintext: []byte("x"), DryRun: new(true)})))
	wants[*types.MalformedPolicyDocumentException](t, errOf(c.PutKeyPolicy(ctx, &sdk.PutKeyPolicyInput{KeyId: id, Policy: new("{}")})))
	wants[*types.KMSInvalidStateException](t, errOf(c.CancelKeyDeletion(ctx, &sdk.CancelKeyDeletionInput{KeyId: id})))
	wants[*types.InvalidMarkerException](t, errOf(c.ListKeys(ctx, &sdk.ListKeysInput{Marker: new("x")})))
	if _, err := c.DisableKey(ctx, &sdk.DisableKeyInput{KeyId: id}); err != nil {
		t.Fatal(err)
	}
	wants[*types.DisabledException](t, encrypt(*id))

	for _, tt := range []struct {
		code string
		err  error
	}{
		{"ValidationException", encrypt("")},
		{"ValidationException", errOf(c.GenerateDataKey(ctx, &sdk.GenerateDataKeyInput{KeyId: id}))},
		{"AccessDeniedException", errOf(client(w, role(t, accountA, "Nobody", "", "")).ListKeys(ctx, &sdk.ListKeysInput{}))},
		{"UnknownOperationException", errOf(c.ListGrants(ctx, &sdk.ListGrantsInput{KeyId: id}))},
	} {
		var api smithy.APIError
		if !errors.As(tt.err, &api) || api.ErrorCode() != tt.code {
			t.Errorf("got %v, want %s", tt.err, tt.code)
		}
	}
}

func wants[E error](t *testing.T, err error) {
	t.Helper()
	var want E
	if !errors.As(err, &want) {
		t.Errorf("got %v, want %T", err, want)
	}
}
