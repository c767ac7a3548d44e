package kms

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/seal"
)

const (
	maxPlaintext = 4096 // bytes
	maxContext   = 8192 // characters of names and values, with AWS's separators
)

// refuseGrants refuses grant tokens: there are no grants that they could be of.
func refuseGrants(tokens []string) error {
	if len(tokens) > 0 {
		return invalidGrantToken()
	}
	return nil
}

func refuseRecipient(r *kmsapi.RecipientInfo) error {
	if r != nil {
		return unsupported("Recipient", noAttestation)
	}
	return nil
}

// checkContext refuses an encryption context that is too large. AWS counts it as JSON.
func checkContext(context map[string]string) error {
	size := 2
	for k, v := range context {
		size += len(k) + len(v) + len(`"":"",`)
	}
	if len(context) > 0 && size-1 > maxContext {
		return contextTooLarge()
	}
	return nil
}

// begin begins the use of a key with an encryption context.
func (s *Service) begin(ctx context.Context, c *aws.Call, context map[string]string, algorithm *string) (*access, error) {
	if err := checkContext(context); err != nil {
		return nil, err
	}
	a := s.newAccess(ctx, c)
	a.context, a.algorithm = context, symmetricDefault
	if algorithm != nil {
		a.algorithm = *algorithm
	}
	return a, nil
}

func (s *Service) requireEncrypt(ctx context.Context, c *aws.Call, in *kmsapi.EncryptInput) error {
	if err := refuseGrants(in.GrantTokens); err != nil {
		return err
	}
	if len(in.Plaintext) > maxPlaintext {
		return constraint("", "plaintext", "have length less than or equal to 4096")
	}
	a, err := s.begin(ctx, c, in.EncryptionContext, in.EncryptionAlgorithm)
	if err != nil {
		return err
	}
	return a.use("kms:Encrypt", in.KeyId)
}

// Encrypt encrypts up to 4,096 bytes under a key.
func (s *Service) Encrypt(ctx context.Context, c *aws.Call, in *kmsapi.EncryptInput) (*kmsapi.EncryptOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	k, err := s.toEncrypt(ctx, a, c.Time)
	if err != nil {
		return nil, err
	}
	if deref(in.DryRun) {
		return nil, dryRun()
	}
	blob, _, err := s.encrypt(ctx, k, in.Plaintext, a.context)
	if err != nil {
		return nil, err
	}
	return &kmsapi.EncryptOutput{CiphertextBlob: blob, KeyId: &k.arn, EncryptionAlgorithm: &a.algorithm}, nil
}

// toEncrypt gives the key of an access to encrypt with: in a state to be used, and rotated if it is due.
func (s *Service) toEncrypt(ctx context.Context, a *access, now time.Time) (*key, error) {
	if err := a.key.record.usable(a.key.arn); err != nil {
		return nil, err
	}
	if a.algorithm != symmetricDefault {
		return nil, incompatibleAlgorithm(a.algorithm)
	}
	return s.settled(ctx, a.key, now)
}

// encrypt makes a ciphertext blob.
func (s *Service) encrypt(ctx context.Context, k *key, plaintext []byte, context map[string]string) ([]byte, *material, error) {
	m, err := s.currentMaterial(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	h := header{account: k.account, keyID: k.id, material: k.record.Material}
	blob := h.append(make([]byte, 0, headRoom+len(plaintext)+seal.Overhead))
	blob, err = m.Encrypt(blob, plaintext, associated(blob, context))
	return blob, m, err
}

// headRoom is about as long as a header.
const headRoom = 64

// associated is what a ciphertext is bound to: its header and the encryption context.
func associated(head []byte, context map[string]string) []byte {
	aad := make([]byte, 0, 256)
	return appendContext(append(aad, head...), context)
}

func (s *Service) requireDecrypt(ctx context.Context, c *aws.Call, in *kmsapi.DecryptInput) error {
	if err := errors.Join(refuseGrants(in.GrantTokens), refuseRecipient(in.Recipient)); err != nil {
		return err
	}
	a, err := s.begin(ctx, c, in.EncryptionContext, in.EncryptionAlgorithm)
	if err != nil {
		return err
	}
	named, err := a.ofCiphertext(in.CiphertextBlob, in.KeyId, ignoresCiphertext(in.DryRun, in.DryRunModifiers))
	if err != nil {
		return err
	}
	return a.require("kms:Decrypt", named)
}

// ignoresCiphertext tells whether a dry run is about permissions only.
func ignoresCiphertext(dry *bool, modifiers []string) bool {
	return deref(dry) && slices.Contains(modifiers, kmsapi.DryRunModifierTypeIgnoreCiphertext)
}

// ofCiphertext finds the key that is to open a ciphertext: the one that is named, or else the one that the ciphertext names. In
// the latter case the call used no alias.
func (a *access) ofCiphertext(blob []byte, id *string, ignored bool) (identifier, error) {
	if blob == nil && !ignored {
		return identifier{}, constraint(" null", "ciphertextBlob", "not be null")
	}
	if id != nil {
		return a.find(*id, true)
	}
	if ignored {
		return identifier{}, constraint(" null", "keyId", "not be null")
	}
	h, _, _, ok := parseCiphertext(blob)
	if !ok {
		return identifier{}, invalidCiphertext()
	}
	named := identifier{account: h.account, keyID: h.keyID}
	a.unnamed = true
	var err error
	a.key, err = a.service.lookup(a.ctx, a.call, named)
	if isNotFound(err) {
		err = nil
		if h.account == a.call.Account() {
			err = unknownCiphertextKey()
		}
	}
	return named, err
}

// Decrypt opens what Encrypt, ReEncrypt or GenerateDataKey made.
func (s *Service) Decrypt(ctx context.Context, c *aws.Call, in *kmsapi.DecryptInput) (*kmsapi.DecryptOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	plaintext, m, err := s.decrypt(ctx, a, in.CiphertextBlob, ignoresCiphertext(in.DryRun, in.DryRunModifiers))
	if err != nil {
		return nil, err
	}
	if deref(in.DryRun) {
		clear(plaintext)
		return nil, dryRun()
	}
	return &kmsapi.DecryptOutput{KeyId: &a.key.arn, Plaintext: plaintext, EncryptionAlgorithm: &a.algorithm, KeyMaterialId: &m.id}, nil
}

// decrypt opens a ciphertext blob with the key of an access; ignored says to look at the key only. AWS looks first whether
// the ciphertext is another key's, then at the key's state, then at the rest.
func (s *Service) decrypt(ctx context.Context, a *access, blob []byte, ignored bool) ([]byte, *material, error) {
	k := a.key
	h, head, body, ok := parseCiphertext(blob)
	if ok && !ignored && (h.account != k.account || h.keyID != k.id) {
		return nil, nil, incorrectKey()
	}
	if err := k.record.usable(k.arn); err != nil {
		return nil, nil, err
	}
	if ignored {
		return nil, nil, nil
	}
	if !ok {
		return nil, nil, invalidCiphertext()
	}
	if a.algorithm != symmetricDefault {
		return nil, nil, incompatibleAlgorithm(a.algorithm)
	}
	m, err := s.materialOf(ctx, k, h.material)
	if isNotFound(err) {
		return nil, nil, invalidCiphertext()
	}
	if err != nil {
		return nil, nil, err
	}
	plaintext, err := m.Decrypt(nil, body, associated(head, a.context))
	if errors.Is(err, seal.ErrAuthentication) {
		return nil, nil, invalidCiphertext()
	}
	return plaintext, m, err
}
