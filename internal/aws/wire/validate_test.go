package wire

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/aws/api/sts"
)

// check validates an input of an operation and returns the message.
func check(t *testing.T, c *Codec, service, name string, in any) string {
	t.Helper()
	err := validate(c.operation(service, name).in, reflect.ValueOf(in).Elem())
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*aws.Error](err)
	if !ok || e.Code != "ValidationError" {
		t.Fatalf("%v is no ValidationError", err)
	}
	return e.Message
}

func TestValidate(t *testing.T) {
	c, err := NewCodec((&fake{}).ops()...)
	if err != nil {
		t.Fatal(err)
	}
	const one, failed = "1 validation error detected: ", " failed to satisfy constraint: "
	long := strings.Repeat("k", 2049)
	tag := func(key, value string) kms.Tag { return kms.Tag{TagKey: &key, TagValue: &value} }
	for _, test := range []struct {
		service, operation string
		in                 any
		want               string
	}{
		{"kms", "DescribeKey", &kms.DescribeKeyInput{KeyId: ptr("alias/é")}, ""},
		{"kms", "DescribeKey", &kms.DescribeKeyInput{}, one + "Value null at 'keyId'" + failed + "Member must not be null"},
		{"kms", "DescribeKey", &kms.DescribeKeyInput{KeyId: &long}, one + "Value '" + long + "' at 'keyId'" + failed + "Member must have length less than or equal to 2048"},
		{"kms", "DescribeKey", &kms.DescribeKeyInput{KeyId: ptr("")}, one + "Value '' at 'keyId'" + failed + "Member must have length greater than or equal to 1"},
		// 2048 characters, but more bytes.
		{"kms", "DescribeKey", &kms.DescribeKeyInput{KeyId: ptr(strings.Repeat("é", 2048))}, ""},
		{"kms", "CreateAlias", &kms.CreateAliasInput{AliasName: ptr("a b"), TargetKeyId: ptr("k")},
			one + "Value 'a b' at 'aliasName'" + failed + "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"},
		{"kms", "ListKeys", &kms.ListKeysInput{Limit: ptr[int32](1001)}, one + "Value '1001' at 'limit'" + failed + "Member must have value less than or equal to 1000"},
		{"kms", "ListKeys", &kms.ListKeysInput{Limit: ptr[int32](0)}, one + "Value '0' at 'limit'" + failed + "Member must have value greater than or equal to 1"},
		{"kms", "GenerateMac", &kms.GenerateMacInput{KeyId: ptr("k"), Message: []byte("m"), MacAlgorithm: ptr("MD5")},
			one + "Value 'MD5' at 'macAlgorithm'" + failed + "Member must satisfy enum value set: [HMAC_SHA_224, HMAC_SHA_256, HMAC_SHA_384, HMAC_SHA_512]"},
		// Blobs: AWS shows a sensitive one not at all, another one as Java prints it.
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: ptr("k"), Plaintext: make([]byte, 4097)}, one + "Value at 'plaintext'" + failed + "Member must have length less than or equal to 4096"},
		{"kms", "Decrypt", &kms.DecryptInput{CiphertextBlob: []byte{}},
			one + "Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'ciphertextBlob'" + failed + "Member must have length greater than or equal to 1"},
		// Lists: of texts, of structures, of too many.
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: ptr("k"), Plaintext: []byte("p"), GrantTokens: []string{"a", ""}},
			one + "Value '[a, ]' at 'grantTokens'" + failed + "Member must satisfy constraint: [Member must have length less than or equal to 8192, " +
				"Member must have length greater than or equal to 1, Member must not be null]"},
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: ptr("k"), Plaintext: []byte("p"), GrantTokens: strings.Split("0123456789A", "")},
			one + "Value '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, A]' at 'grantTokens'" + failed + "Member must have length less than or equal to 10"},
		{"kms", "TagResource", &kms.TagResourceInput{KeyId: ptr("k"), Tags: []kms.Tag{tag("a", "b"), tag("", "b"), {TagKey: ptr("c")}}},
			"2 validation errors detected: Value '' at 'tags.2.member.tagKey'" + failed + "Member must have length greater than or equal to 1; " +
				"Value null at 'tags.3.member.tagValue'" + failed + "Member must not be null"},
		{"sts", "AssumeRole", &sts.AssumeRoleInput{RoleArn: ptr("arn:aws:iam::111122223333:role/r"), RoleSessionName: ptr("a/b"), DurationSeconds: ptr[int32](899)},
			"2 validation errors detected: Value 'a/b' at 'roleSessionName'" + failed + `Member must satisfy regular expression pattern: [\w+=,.@-]*; ` +
				"Value '899' at 'durationSeconds'" + failed + "Member must have value greater than or equal to 900"},
		// Sensitive texts.
		{"iam", "CreateLoginProfile", &iam.CreateLoginProfileInput{UserName: ptr("u"), Password: ptr("pässwörd\x00")},
			one + "Value at 'password'" + failed + `Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`},
		{"iam", "CreateAccountAlias", &iam.CreateAccountAliasInput{AccountAlias: ptr("a--b")},
			one + "Value 'a--b' at 'accountAlias'" + failed + "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"},
	} {
		if got := check(t, c, test.service, test.operation, test.in); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.operation, got, test.want)
		}
	}
}

func TestValidateToy(t *testing.T) {
	p := toyPlan(t)
	const failed = " failed to satisfy constraint: "
	for _, test := range []struct {
		in   toy
		want string
	}{
		{fullToy(), ""},
		{toy{Double: ptr(1.6)}, "Value '1.6' at 'double'" + failed + "Member must have value less than or equal to 1.5"},
		{toy{Map: map[string]string{"a": "long!", "": "b"}},
			"Value '{=b, a=long!}' at 'map'" + failed + "Map keys must satisfy constraint: [Member must have length greater than or equal to 1, Member must not be null]; " +
				"Value '{=b, a=long!}' at 'map'" + failed + "Map value must satisfy constraint: [Member must have length less than or equal to 3, Member must not be null]"},
		{toy{Map: map[string]string{"a": "", "b": "", "c": "", "d": ""}},
			"Value '{a=, b=, c=, d=}' at 'map'" + failed + "Member must have length less than or equal to 3"},
		{toy{Inner: &toy{Toys: []toy{{Inner: &toy{Int: ptr[int32](101)}}}}},
			"Value '101' at 'inner.toys.1.member.inner.int'" + failed + "Member must have value less than or equal to 100"},
		{toy{ToyMap: map[string]toy{"k": {Int: ptr[int32](-6)}}}, "Value '-6' at 'toyMap.k.int'" + failed + "Member must have value greater than or equal to -5"},
		{toy{Counts: map[string]int32{"k": 101}}, "Value '{k=101}' at 'counts'" + failed +
			"Map value must satisfy constraint: [Member must have value less than or equal to 100, Member must have value greater than or equal to -5, Member must not be null]"},
		{toy{Secret: ptr("hush!"), Secrets: []string{"hush", "hush"}}, "Value at 'secret'" + failed + "Member must have length less than or equal to 3; " +
			"Value at 'secrets'" + failed + "Member must have length less than or equal to 1; " +
			"Value at 'secrets'" + failed + "Member must satisfy constraint: [Member must have length less than or equal to 3, Member must not be null]"},
	} {
		got := ""
		if err := validate(p, reflect.ValueOf(&test.in).Elem()); err != nil {
			_, got, _ = strings.Cut(err.Error(), " detected: ")
		}
		if got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestValidateStopsAtTen(t *testing.T) {
	in := toy{Toys: make([]toy, 50)}
	for i := range in.Toys {
		in.Toys[i].Int = ptr[int32](1000)
	}
	err := validate(toyPlan(t), reflect.ValueOf(&in).Elem())
	if n := strings.Count(err.Error(), "; ") + 1; n != maxViolations || !strings.Contains(err.Error(), strconv.Itoa(n)+" validation errors") {
		t.Errorf("%d violations: %v", n, err)
	}
}

func TestPatterns(t *testing.T) {
	for _, test := range []struct{ pattern, match, miss string }{
		{`[\w+=,.@-]*`, "a_B-9", "a b"}, {`[\w+=,.@-]*`, "", "é"}, {`[\d]*`, "", "a"}, {`[A-Z]+`, "AB", ""},
		{`[\u0009\u000A\u000D\u0020-\u00FF]+`, "\t\n é", "\x01"}, {`[\u0020-\u00FF]*`, "ÿ", "Ā"},
		{`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, "Ключ é 1", "a#"},
		{`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, "a-b-c", "a--b"}, {`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, "abc", "ab-"},
		{`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`, "arn:😀", "\x7f"},
		{`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, "/a/b/", "/a"}, {`^[a-zA-Z0-9-_.]+$`, "a-_.", "a+"}, {`cluster-[2-7a-zA-Z]{11,16}`, "cluster-abcdefghijk", "xcluster-abcdefghijk"},
		{`v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`, "v1", "v1\n"}, {`[ -~]+`, "a ~", "é"},
	} {
		p, err := newPattern(test.pattern)
		if err != nil {
			t.Error(err)
			continue
		}
		if !p.match(test.match) || p.match(test.miss) {
			t.Errorf("%s: %q %v, %q %v", test.pattern, test.match, p.match(test.match), test.miss, p.match(test.miss))
		}
	}
	if _, err := newPattern(`a(?=b)`); err == nil {
		t.Error("a pattern that Go cannot compile was accepted")
	}
}
