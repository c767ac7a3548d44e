package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/api/kms"
)

func TestTablesAreComplete(t *testing.T) {
	for _, ops := range (&fake{}).ops() {
		m, err := parseModel(ops.Model)
		if err != nil {
			t.Fatal(err)
		}
		for name := range m.operations {
			if _, ok := ops.Table[name]; !ok {
				t.Errorf("%s: tables_test.go lacks %s", ops.Service, name)
			}
		}
	}
}

// TestEveryOperationHasPlans also compiles every pattern of the models.
func TestEveryOperationHasPlans(t *testing.T) {
	c, err := NewCodec((&fake{}).ops()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := loadAll(c); err != nil {
		t.Fatal(err)
	}
}

// loadAll parses every model and makes every plan.
func loadAll(c *Codec) error {
	var errs []error
	for _, s := range c.services {
		errs = append(errs, s.load())
	}
	return errors.Join(errs...)
}

func TestNamespaceObject(t *testing.T) {
	c, err := NewCodec(aws.Ops{Service: "toy", Model: []byte(toyModel)})
	if err != nil || c.services["toy"].metadata.XMLNamespace != "http://toy/" {
		t.Errorf("%v, %+v", err, c)
	}
}

func TestCodecRefuses(t *testing.T) {
	if _, err := NewCodec(aws.Ops{Service: "x", Model: []byte(`{"metadata"`)}); err == nil {
		t.Error("a model without a head was accepted")
	}
	type other struct{ KeyId *int32 }
	nothing := reflect.TypeFor[struct{}]()
	for name, ops := range map[string]aws.Ops{
		"operation that the model lacks": {Service: "kms", Model: kms.Model, Table: map[string]aws.Op{"Fly": {In: nothing, Out: nothing}}},
		"input of another type":          {Service: "kms", Model: kms.Model, Table: map[string]aws.Op{"EnableKey": {In: reflect.TypeFor[other](), Out: nothing}}},
		"output that the model lacks":    {Service: "kms", Model: kms.Model, Table: map[string]aws.Op{"EnableKey": {In: reflect.TypeFor[kms.EnableKeyInput](), Out: reflect.TypeFor[other]()}}},
		"unknown kind of shape":          {Service: "x", Model: []byte(`{"metadata":{},"shapes":{"A":{"type":"document"}}}`)},
		"pattern that Go cannot compile": {Service: "x", Model: []byte(`{"metadata":{},"shapes":{"A":{"type":"string","pattern":"(?=a)"}}}`)},
	} {
		c, err := NewCodec(ops)
		if err != nil {
			t.Fatal(err)
		}
		if err := loadAll(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAppendParams(t *testing.T) {
	c, err := NewCodec((&fake{}).ops()...)
	if err != nil {
		t.Fatal(err)
	}
	valid := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		service, operation string
		in                 any
		want               string
	}{
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: ptr("k\"\x01"), Plaintext: []byte("top secret"), EncryptionContext: map[string]string{"B": "2", "A": "1"}},
			`{"keyId":"k\"\u0001","encryptionContext":{"A":"1","B":"2"}}`},
		{"kms", "ImportKeyMaterial", &kms.ImportKeyMaterialInput{KeyId: ptr("k"), ImportToken: []byte("t"), EncryptedKeyMaterial: []byte("m"), ValidTo: &valid},
			`{"keyId":"k","validTo":"2026-01-02T03:04:05Z"}`},
		{"kms", "CreateCustomKeyStore", &kms.CreateCustomKeyStoreInput{
			CustomKeyStoreName: ptr("n"), KeyStorePassword: ptr("hush"),
			XksProxyAuthenticationCredential: &kms.XksProxyAuthenticationCredentialType{AccessKeyId: ptr("hush"), RawSecretAccessKey: ptr("hush")},
		}, `{"customKeyStoreName":"n","xksProxyAuthenticationCredential":{}}`},
		{"kms", "ScheduleKeyDeletion", &kms.ScheduleKeyDeletionInput{KeyId: ptr("k"), PendingWindowInDays: ptr[int32](7)}, `{"keyId":"k","pendingWindowInDays":7}`},
		{"kms", "TagResource", &kms.TagResourceInput{Tags: []kms.Tag{{TagKey: ptr("a"), TagValue: ptr("b")}}}, `{"tags":[{"tagKey":"a","tagValue":"b"}]}`},
		{"iam", "CreateLoginProfile", &iam.CreateLoginProfileInput{UserName: ptr("u"), Password: ptr("hush"), PasswordResetRequired: ptr(true)},
			`{"userName":"u","passwordResetRequired":true}`},
		{"iam", "DeleteSSHPublicKey", &iam.DeleteSSHPublicKeyInput{SSHPublicKeyId: ptr("i")}, `{"sSHPublicKeyId":"i"}`},
		{"kms", "ListKeys", &kms.ListKeysInput{}, `{}`},
		{"kms", "ListKeys", &kms.EncryptInput{}, `null`},
		{"kms", "ListKeys", kms.ListKeysInput{}, `null`},
		{"kms", "ListKeys", nil, `null`},
		{"kms", "Nothing", &kms.ListKeysInput{}, `null`},
		{"s3", "ListKeys", &kms.ListKeysInput{}, `null`},
	} {
		if got := string(c.AppendParams([]byte("x"), test.service, test.operation, test.in)); got != "x"+test.want {
			t.Errorf("%s: got %s, want %s", test.operation, got[1:], test.want)
		}
	}
}

// TestAppendParamsHidesSecrets puts values everywhere and looks for those of blobs and sensitive shapes.
func TestAppendParamsHidesSecrets(t *testing.T) {
	p := toyPlan(t)
	v := fullToy()
	v.Secret, v.Secrets, v.Blob, v.Blobs = ptr("HUSH"), []string{"HUSH"}, []byte("HUSH"), [][]byte{[]byte("HUSH")}
	v.Inner = &toy{Toys: []toy{{Secret: ptr("HUSH")}}}
	w := jsonWriter{audit: true}
	w.structure(p, reflect.ValueOf(&v).Elem())
	if s := string(w.out); strings.Contains(s, "HUSH") || strings.Contains(s, "SFVTSA") {
		t.Error(s)
	}
}

func TestAppendParamsDoesNotAllocate(t *testing.T) {
	c, op := encryptOperation(t)
	in := reflect.New(op.in.typ)
	if err := decodeJSON([]byte(encryptBody), op.in, in.Elem()); err != nil {
		t.Fatal(err)
	}
	room, input := make([]byte, 0, 1024), in.Interface()
	if n := testing.AllocsPerRun(100, func() { room = c.AppendParams(room[:0], "kms", "Encrypt", input) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
