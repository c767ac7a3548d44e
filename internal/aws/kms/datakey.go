package kms

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

const maxRandom = 1024 // bytes

func (s *Service) requireGenerateDataKey(ctx context.Context, c *aws.Call, in *kmsapi.GenerateDataKeyInput) error {
	if err := errors.Join(refuseGrants(in.GrantTokens), refuseRecipient(in.Recipient)); err != nil {
		return err
	}
	return s.requireDataKey(ctx, c, "kms:GenerateDataKey", in.KeyId, in.EncryptionContext)
}

func (s *Service) requireDataKeyWithoutPlaintext(
	ctx context.Context, c *aws.Call, in *kmsapi.GenerateDataKeyWithoutPlaintextInput,
) error {
	if err := refuseGrants(in.GrantTokens); err != nil {
		return err
	}
	return s.requireDataKey(ctx, c, "kms:GenerateDataKeyWithoutPlaintext", in.KeyId, in.EncryptionContext)
}

func (s *Service) requireDataKey(ctx context.Context, c *aws.Call, action string, id *string, context map[string]string) error {
	a, err := s.begin(ctx, c, context, nil)
	if err != nil {
		return err
	}
	return a.use(action, id)
}

// dataKey is a new data key, in the clear and encrypted under a key.
type dataKey struct {
	key             *key
	plaintext, blob []byte
	material        *material
}

// newDataKey makes a data key of the size that spec or size says, one of which must be given.
func (s *Service) newDataKey(ctx context.Context, c *aws.Call, spec *string, size *int32, dry *bool) (*dataKey, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	n, err := dataKeySize(spec, size)
	if err != nil {
		return nil, err
	}
	d := new(dataKey)
	if d.key, err = s.toEncrypt(ctx, a, c.Time); err != nil {
		return nil, err
	}
	if deref(dry) {
		return nil, dryRun()
	}
	d.plaintext = make([]byte, n)
	_, _ = rand.Read(d.plaintext) // never fails
	if d.blob, d.material, err = s.encrypt(ctx, d.key, d.plaintext, a.context); err != nil {
		return nil, err
	}
	return d, nil
}

// dataKeySize is in bytes.
func dataKeySize(spec *string, size *int32) (int, error) {
	if (spec == nil) == (size == nil) {
		return 0, dataKeySizeMissing()
	}
	if size != nil {
		return randomSize(*size)
	}
	switch *spec {
	case kmsapi.DataKeySpecAes128:
		return 16, nil
	case kmsapi.DataKeySpecAes256:
		return 32, nil
	}
	return 0, constraint(" '"+*spec+"'", "keySpec", "satisfy enum value set: [AES_256, AES_128]")
}

func randomSize(n int32) (int, error) {
	return int(n), within(int(n), 1, maxRandom, "numberOfBytes")
}

// GenerateDataKey makes a data key and encrypts it under a key.
func (s *Service) GenerateDataKey(
	ctx context.Context, c *aws.Call, in *kmsapi.GenerateDataKeyInput,
) (*kmsapi.GenerateDataKeyOutput, error) {
	d, err := s.newDataKey(ctx, c, in.KeySpec, in.NumberOfBytes, in.DryRun)
	if err != nil {
		return nil, err
	}
	return &kmsapi.GenerateDataKeyOutput{CiphertextBlob: d.blob, Plaintext: d.plaintext, KeyId: &d.key.arn, KeyMaterialId: &d.material.id}, nil
}

// GenerateDataKeyWithoutPlaintext makes a data key that only its encrypted form is given of.
func (s *Service) GenerateDataKeyWithoutPlaintext(
	ctx context.Context, c *aws.Call, in *kmsapi.GenerateDataKeyWithoutPlaintextInput,
) (*kmsapi.GenerateDataKeyWithoutPlaintextOutput, error) {
	d, err := s.newDataKey(ctx, c, in.KeySpec, in.NumberOfBytes, in.DryRun)
	if err != nil {
		return nil, err
	}
	clear(d.plaintext)
	return &kmsapi.GenerateDataKeyWithoutPlaintextOutput{CiphertextBlob: d.blob, KeyId: &d.key.arn, KeyMaterialId: &d.material.id}, nil
}

func requireRandom(_ context.Context, c *aws.Call, in *kmsapi.GenerateRandomInput) error {
	if err := refuseRecipient(in.Recipient); err != nil {
		return err
	}
	if in.CustomKeyStoreId != nil {
		return unsupported("CustomKeyStoreId", noCustomKeyStore)
	}
	c.Require(aws.Check{Action: "kms:GenerateRandom", Resource: "*"})
	return nil
}

// GenerateRandom gives random bytes.
func (s *Service) GenerateRandom(_ context.Context, _ *aws.Call, in *kmsapi.GenerateRandomInput) (*kmsapi.GenerateRandomOutput, error) {
	if in.NumberOfBytes == nil {
		return nil, randomSizeMissing()
	}
	n, err := randomSize(*in.NumberOfBytes)
	if err != nil {
		return nil, err
	}
	out := &kmsapi.GenerateRandomOutput{Plaintext: make([]byte, n)}
	_, _ = rand.Read(out.Plaintext) // never fails
	return out, nil
}
