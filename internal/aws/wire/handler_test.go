package wire

import (
	"testing"

	"github.com/keyhold/keyhold/internal/aws/api/kms"
)

func TestEncrypt(t *testing.T) {
	b := newBench(t)
	b.out = &kms.EncryptOutput{CiphertextBlob: []byte("sealed"), KeyId: ptr("arn:aws:kms:eu-west-1:111122223333:key/k")}
	w := b.do(jsonRequest("Encrypt", `{"KeyId":"alias/a","Plaintext":"aGVsbG8=","EncryptionContext":{"tenant":"t1"}}`))
	if got, want := w.Body.String(), `{"CiphertextBlob":"c2VhbGVk","KeyId":"arn:aws:kms:eu-west-1:111122223333:key/k"}`; w.Code != 200 || got != want {
		t.Fatalf("answer %d %s", w.Code, got)
	}
	t.Log(w.Result().Header)
	w = b.do(queryRequest("sts", "Action=GetCallerIdentity&Version=2011-06-15"))
	t.Log(w.Body.String())
	w = b.do(queryRequest("sts", "Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=&DurationSeconds=1"))
	t.Log(w.Body.String())
	w = b.do(jsonRequest("Encrypt", `{"KeyId":"","EncryptionContext":{"tenant":"t1"},"EncryptionAlgorithm":"x"}`))
	t.Log(w.Body.String())
}
