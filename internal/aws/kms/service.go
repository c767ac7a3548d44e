package kms

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// How many decoded records are held in memory.
const (
	maxKeys      = 1 << 16
	maxAliases   = 1 << 16
	maxMaterials = 1 << 14 // of versions that are not current, beside those of keys in use
)

// Deps are what the service stands on.
type Deps struct {
	Store *store.Observed
	Root  *seal.Root   // wraps the backing keys
	Log   *slog.Logger // of keys that are deleted or rotated because their date has come

	Principals Principals
}

// Principals knows the roles and users that key policies name. IAM is it.
type Principals interface {
	// BindPrincipals gives a policy the form in which it is stored: with the unique ids of the roles and users that it
	// names. ok is false if one of them does not exist.
	BindPrincipals(r store.Reader, document string) (bound string, ok bool, err error)
	// ShowPrincipals gives it back the form in which it is shown.
	ShowPrincipals(r store.Reader, document string) (string, error)
}

// Service is the drawer.
type Service struct {
	db         *store.Observed
	root       *seal.Root
	log        *slog.Logger
	principals Principals
	keys       *store.Cache[*key]
	aliases    *store.Cache[aliasTarget]
	materials  *store.Cache[*material]
	closing    atomic.Bool
}

// key is a key as it is held in memory.
type key struct {
	place
	path, arn string
	record    keyRecord
	policy    *policy.Policy
	current   atomic.Pointer[material] // nil until it is needed
}

// material is one version of a backing key.
type material struct {
	*seal.Material
	id string // KeyMaterialId
}

// New makes the service.
func New(deps Deps) *Service {
	s := &Service{db: deps.Store, root: deps.Root, log: deps.Log, principals: deps.Principals}
	s.keys = store.NewCache(s.db, store.Key(drawer, "key"), maxKeys, s.loadKey, store.OnEvict(s.keyEvicted))
	s.aliases = store.NewCache(s.db, store.Key(drawer, "alias"), maxAliases, s.loadAlias)
	s.materials = store.NewCache(s.db, store.Key(drawer, "material"), maxMaterials, s.loadMaterial, store.OnEvict(s.materialEvicted))
	return s
}

// Close wipes the backing keys in memory. Calls that are still running may fail.
func (s *Service) Close() {
	s.closing.Store(true)
	s.keys.Clear()
	s.aliases.Clear()
	s.materials.Clear()
}

// keyEvicted and materialEvicted wipe at Close only: before, others may be using the value, and it is wiped when they are done
// (see seal.Material).
func (s *Service) keyEvicted(k *key) {
	if m := k.current.Load(); m != nil {
		s.materialEvicted(m)
	}
}

func (s *Service) materialEvicted(m *material) {
	if s.closing.Load() {
		m.Wipe()
	}
}

const (
	onlySymmetric = "Keys are symmetric (SYMMETRIC_DEFAULT), of origin AWS_KMS and of one region; the rest is refused by name."
	noRecipient   = "Nitro attestation (Recipient), grant tokens and custom key stores are refused by name."
	noGrantTokens = "Grant tokens are refused by name."
)

// Ops implements aws.Service. Operations need a permission of their own name on the key that they name, except where the
// comment says more.
func (s *Service) Ops() aws.Ops {
	return aws.Ops{Service: drawer, Model: kmsapi.Model, Refused: refused, Table: map[string]aws.Op{
		// On no key: IAM policies decide. CreateKey with tags needs kms:TagResource too.
		"CreateKey":      aws.Do(s.CreateKey, s.requireCreateKey).But(onlySymmetric),
		"ListKeys":       aws.Do(s.ListKeys, requireIAM[kmsapi.ListKeysInput]("kms:ListKeys")).Read(),
		"ListAliases":    aws.Do(s.ListAliases, requireIAM[kmsapi.ListAliasesInput]("kms:ListAliases")).Read(),
		"GenerateRandom": aws.Do(s.GenerateRandom, requireRandom).Read().But(noRecipient),

		// On the alias and on the key that it points to, before and after.
		"CreateAlias": aws.Do(s.CreateAlias, s.requireCreateAlias),
		"UpdateAlias": aws.Do(s.UpdateAlias, s.requireUpdateAlias),
		"DeleteAlias": aws.Do(s.DeleteAlias, s.requireDeleteAlias),

		// The use of a key, also of another account: kms:RequestAlias, kms:EncryptionContext, kms:EncryptionAlgorithm.
		// ReEncrypt needs kms:ReEncryptFrom and kms:ReEncryptTo.
		"DescribeKey":                     aws.Do(s.DescribeKey, s.requireDescribeKey).Read(),
		"Encrypt":                         aws.Do(s.Encrypt, s.requireEncrypt).Read().But(noGrantTokens),
		"Decrypt":                         aws.Do(s.Decrypt, s.requireDecrypt).Read().But(noRecipient),
		"ReEncrypt":                       aws.Do(s.ReEncrypt, s.requireReEncrypt).Read().But(noGrantTokens),
		"GenerateDataKey":                 aws.Do(s.GenerateDataKey, s.requireGenerateDataKey).Read().But(noRecipient),
		"GenerateDataKeyWithoutPlaintext": aws.Do(s.GenerateDataKeyWithoutPlaintext, s.requireDataKeyWithoutPlaintext).Read().But(noGrantTokens),

		// The management of a key, by id or ARN.
		"UpdateKeyDescription": aws.Do(s.UpdateKeyDescription, manage(s, "kms:UpdateKeyDescription",
			func(in *kmsapi.UpdateKeyDescriptionInput) *string { return in.KeyId })),
		"EnableKey": aws.Do(s.EnableKey, manage(s, "kms:EnableKey",
			func(in *kmsapi.EnableKeyInput) *string { return in.KeyId })),
		"DisableKey": aws.Do(s.DisableKey, manage(s, "kms:DisableKey",
			func(in *kmsapi.DisableKeyInput) *string { return in.KeyId })),
		"ScheduleKeyDeletion": aws.Do(s.ScheduleKeyDeletion, s.requireScheduleKeyDeletion),
		"CancelKeyDeletion": aws.Do(s.CancelKeyDeletion, manage(s, "kms:CancelKeyDeletion",
			func(in *kmsapi.CancelKeyDeletionInput) *string { return in.KeyId })),

		"GetKeyPolicy": aws.Do(s.GetKeyPolicy, manage(s, "kms:GetKeyPolicy",
			func(in *kmsapi.GetKeyPolicyInput) *string { return in.KeyId })).Read(),
		"PutKeyPolicy": aws.Do(s.PutKeyPolicy, s.requirePutKeyPolicy),
		"ListKeyPolicies": aws.Do(s.ListKeyPolicies, manage(s, "kms:ListKeyPolicies",
			func(in *kmsapi.ListKeyPoliciesInput) *string { return in.KeyId })).Read(),

		"TagResource":   aws.Do(s.TagResource, s.requireTagResource),
		"UntagResource": aws.Do(s.UntagResource, s.requireUntagResource),
		"ListResourceTags": aws.Do(s.ListResourceTags, manage(s, "kms:ListResourceTags",
			func(in *kmsapi.ListResourceTagsInput) *string { return in.KeyId })).Read(),

		"EnableKeyRotation": aws.Do(s.EnableKeyRotation, s.requireEnableKeyRotation),
		"DisableKeyRotation": aws.Do(s.DisableKeyRotation, manage(s, "kms:DisableKeyRotation",
			func(in *kmsapi.DisableKeyRotationInput) *string { return in.KeyId })),
		"GetKeyRotationStatus": aws.Do(s.GetKeyRotationStatus, manage(s, "kms:GetKeyRotationStatus",
			func(in *kmsapi.GetKeyRotationStatusInput) *string { return in.KeyId })).Read(),
		"ListKeyRotations": aws.Do(s.ListKeyRotations, manage(s, "kms:ListKeyRotations",
			func(in *kmsapi.ListKeyRotationsInput) *string { return in.KeyId })).Read(),
		"RotateKeyOnDemand": aws.Do(s.RotateKeyOnDemand, manage(s, "kms:RotateKeyOnDemand",
			func(in *kmsapi.RotateKeyOnDemandInput) *string { return in.KeyId })),
	}}
}

// Why something is refused.
const (
	noAsymmetric      = "Keys are symmetric."
	noMAC             = "There are no HMAC keys."
	noGrants          = "There are no grants."
	noImport          = "Keys have material of Keyhold's own."
	noMultiRegion     = "Keys are of one region."
	noCustomKeyStore  = "There are no custom key stores."
	noAttestation     = "There is no Nitro attestation."
	noResourceAliases = "AWS evaluates it in IAM policies only."
)

// refused gives the reasons for the operations of the model that are left out.
var refused = map[string]string{
	"ConnectCustomKeyStore":               noCustomKeyStore,
	"CreateCustomKeyStore":                noCustomKeyStore,
	"CreateGrant":                         noGrants,
	"DeleteCustomKeyStore":                noCustomKeyStore,
	"DeleteImportedKeyMaterial":           noImport,
	"DeriveSharedSecret":                  noAsymmetric,
	"DescribeCustomKeyStores":             noCustomKeyStore,
	"DisconnectCustomKeyStore":            noCustomKeyStore,
	"GenerateDataKeyPair":                 noAsymmetric,
	"GenerateDataKeyPairWithoutPlaintext": noAsymmetric,
	"GenerateMac":                         noMAC,
	"GetKeyLastUsage":                     "The last use of a key is not recorded.",
	"GetParametersForImport":              noImport,
	"GetPublicKey":                        noAsymmetric,
	"ImportKeyMaterial":                   noImport,
	"ListGrants":                          noGrants,
	"ListRetirableGrants":                 noGrants,
	"ReplicateKey":                        noMultiRegion,
	"RetireGrant":                         noGrants,
	"RevokeGrant":                         noGrants,
	"Sign":                                noAsymmetric,
	"UpdateCustomKeyStore":                noCustomKeyStore,
	"UpdatePrimaryRegion":                 noMultiRegion,
	"Verify":                              noAsymmetric,
	"VerifyMac":                           noMAC,
}

// requireIAM asks for a permission that IAM policies alone decide.
func requireIAM[In any](action string) func(context.Context, *aws.Call, *In) error {
	return func(_ context.Context, c *aws.Call, _ *In) error {
		c.Require(aws.Check{Action: action, Resource: "*"})
		return nil
	}
}

// manage asks for a permission on the key that the input names by id or ARN.
func manage[In any](s *Service, action string, id func(*In) *string) func(context.Context, *aws.Call, *In) error {
	return func(ctx context.Context, c *aws.Call, in *In) error {
		return s.newAccess(ctx, c).manage(action, id(in))
	}
}

// manage finds a key by id or ARN and asks for a permission on it.
func (a *access) manage(action string, id *string) error {
	named, err := a.find(deref(id), false)
	if err != nil {
		return err
	}
	return a.require(action, named)
}

// use finds a key by id, ARN or alias and asks for a permission on it.
func (a *access) use(action string, id *string) error {
	named, err := a.find(deref(id), true)
	if err != nil {
		return err
	}
	return a.require(action, named)
}

func deref[V any](p *V) (v V) {
	if p != nil {
		v = *p
	}
	return v
}
