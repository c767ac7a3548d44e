package wire

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws/api/kms"
)

const encryptBody = `{"KeyId":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",` +
	`"Plaintext":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",` +
	`"EncryptionContext":{"tenant":"t-0001","purpose":"customer record"},"EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`

func encryptOutput() *kms.EncryptOutput {
	return &kms.EncryptOutput{
		CiphertextBlob: make([]byte, 150), KeyId: ptr("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
		EncryptionAlgorithm: ptr(kms.EncryptionAlgorithmSpecSymmetricDefault),
	}
}

func encryptOperation(tb testing.TB) (*Codec, *operation) {
	tb.Helper()
	c, err := NewCodec((&fake{}).ops()...)
	if err != nil {
		tb.Fatal(err)
	}
	return c, c.operation("kms", "Encrypt")
}

func BenchmarkDecodeEncrypt(b *testing.B) {
	_, op := encryptOperation(b)
	b.ReportAllocs()
	for b.Loop() {
		in := reflect.New(op.in.typ)
		if err := decodeJSON([]byte(encryptBody), op.in, in.Elem()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateEncrypt(b *testing.B) {
	_, op := encryptOperation(b)
	in := reflect.New(op.in.typ).Elem()
	if err := decodeJSON([]byte(encryptBody), op.in, in); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := validate(op.in, in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeEncrypt(b *testing.B) {
	_, op := encryptOperation(b)
	out := reflect.ValueOf(encryptOutput()).Elem()
	var room []byte
	b.ReportAllocs()
	for b.Loop() {
		w := jsonWriter{out: room[:0]}
		w.structure(op.out, out)
		room = w.out
	}
}

func BenchmarkAppendParams(b *testing.B) {
	c, op := encryptOperation(b)
	in := reflect.New(op.in.typ)
	if err := decodeJSON([]byte(encryptBody), op.in, in.Elem()); err != nil {
		b.Fatal(err)
	}
	var room []byte
	input := in.Interface()
	b.ReportAllocs()
	for b.Loop() {
		room = c.AppendParams(room[:0], "kms", "Encrypt", input)
	}
}

func BenchmarkParseModelKMS(b *testing.B) {
	for b.Loop() {
		if _, err := parseModel(kms.Model); err != nil {
			b.Fatal(err)
		}
	}
}

// discard is an http.ResponseWriter that costs next to nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// body is a request body that can be read again.
type body struct{ strings.Reader }

func (*body) Close() error { return nil }

func BenchmarkHandlerEncrypt(b *testing.B) {
	h := newBench(b)
	h.out = encryptOutput()
	r := jsonRequest("Encrypt", encryptBody)
	content := &body{}
	w := &discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		content.Reset(encryptBody)
		r.Body = content
		clear(w.header)
		h.ServeHTTP(w, r)
	}
	if h.in == nil {
		b.Fatal("the call did not arrive")
	}
}

func BenchmarkHandlerGetCallerIdentity(b *testing.B) {
	const text = "Action=GetCallerIdentity&Version=2011-06-15"
	h := newBench(b)
	r := queryRequest("sts", text)
	content := &body{}
	w := &discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		content.Reset(text)
		r.Body = content
		clear(w.header)
		h.ServeHTTP(w, r)
	}
	if h.in == nil {
		b.Fatal("the call did not arrive")
	}
}
