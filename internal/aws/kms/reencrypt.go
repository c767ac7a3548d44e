package kms

import (
	"context"
	"errors"
	"strconv"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

func (s *Service) requireReEncrypt(ctx context.Context, c *aws.Call, in *kmsapi.ReEncryptInput) error {
	if err := refuseGrants(in.GrantTokens); err != nil {
		return err
	}
	from, err := s.begin(ctx, c, in.SourceEncryptionContext, in.SourceEncryptionAlgorithm)
	if err != nil {
		return err
	}
	to, err := s.begin(ctx, c, in.DestinationEncryptionContext, in.DestinationEncryptionAlgorithm)
	if err != nil {
		return err
	}
	source, err := from.ofCiphertext(in.CiphertextBlob, in.SourceKeyId, ignoresCiphertext(in.DryRun, in.DryRunModifiers))
	if err != nil {
		return err
	}
	destination, err := to.find(deref(in.DestinationKeyId), true)
	if err != nil {
		return err
	}
	setSameKey(from, to)
	err = errors.Join(from.require("kms:ReEncryptFrom", source), to.require("kms:ReEncryptTo", destination))
	setSameKey(from, to) // a key that require hid is no longer the same as another
	return err
}

// setSameKey sets kms:ReEncryptOnSameKey.
func setSameKey(from, to *access) {
	same := strconv.FormatBool(from.key != nil && to.key != nil && from.key.path == to.key.path)
	from.value("kms:reencryptonsamekey", same)
	to.value("kms:reencryptonsamekey", same)
}

// ReEncrypt opens a ciphertext and encrypts its plaintext again, under another key or in another encryption context.
func (s *Service) ReEncrypt(ctx context.Context, c *aws.Call, in *kmsapi.ReEncryptInput) (*kmsapi.ReEncryptOutput, error) {
	from, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	to, err := authorized(c, 1)
	if err != nil {
		return nil, err
	}
	plaintext, source, err := s.decrypt(ctx, from, in.CiphertextBlob, ignoresCiphertext(in.DryRun, in.DryRunModifiers))
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	k, err := s.toEncrypt(ctx, to, c.Time)
	if err != nil {
		return nil, err
	}
	if deref(in.DryRun) {
		return nil, dryRun()
	}
	blob, destination, err := s.encrypt(ctx, k, plaintext, to.context)
	if err != nil {
		return nil, err
	}
	return &kmsapi.ReEncryptOutput{
		CiphertextBlob: blob, SourceKeyId: &from.key.arn, KeyId: &k.arn,
		SourceEncryptionAlgorithm: &from.algorithm, DestinationEncryptionAlgorithm: &to.algorithm,
		SourceKeyMaterialId: &source.id, DestinationKeyMaterialId: &destination.id,
	}, nil
}
