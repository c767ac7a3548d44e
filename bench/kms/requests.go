package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const plaintextSize = 256 // bytes

// session holds the credentials of a tenant.
type session struct{ config aws.Config }

// request is a signed request as it goes over the wire, and what its answer must hold.
type request struct{ wire, want []byte }

// operation makes the requests of one kind of call.
type operation struct {
	name string
	call func(ctx context.Context, s *session, capture *kms.Client) (want string, err error)
}

var operations = []operation{
	{"Encrypt", encrypt},
	{"Decrypt", decrypt},
	{"GenerateDataKey", generateDataKey},
}

// ring signs n different requests ahead. A signature is valid for 15 minutes.
func (op operation) ring(ctx context.Context, s *session, n int) ([]request, error) {
	wire := new(wireTap)
	capture := kms.NewFromConfig(s.config, func(o *kms.Options) {
		o.HTTPClient = wire
		o.Retryer = aws.NopRetryer{}
	})
	requests := make([]request, n)
	for i := range requests {
		want, err := op.call(ctx, s, capture)
		if !errors.Is(err, errCaptured) {
			return nil, err
		}
		requests[i] = request{wire: wire.last, want: []byte(want)}
	}
	return requests, nil
}

func encrypt(ctx context.Context, _ *session, capture *kms.Client) (string, error) {
	_, err := capture.Encrypt(ctx, &kms.EncryptInput{
		KeyId: aws.String(tenantKey), Plaintext: randomBytes(), EncryptionContext: bound,
	})
	return `"CiphertextBlob":"`, err
}

func decrypt(ctx context.Context, s *session, capture *kms.Client) (string, error) {
	plaintext := randomBytes()
	made, err := kms.NewFromConfig(s.config).Encrypt(ctx, &kms.EncryptInput{
		KeyId: aws.String(tenantKey), Plaintext: plaintext, EncryptionContext: bound,
	})
	if err != nil {
		return "", err
	}
	_, err = capture.Decrypt(ctx, &kms.DecryptInput{
		KeyId: aws.String(tenantKey), CiphertextBlob: made.CiphertextBlob, EncryptionContext: bound,
	})
	return `"Plaintext":"` + base64.StdEncoding.EncodeToString(plaintext) + `"`, err
}

func generateDataKey(ctx context.Context, _ *session, capture *kms.Client) (string, error) {
	_, err := capture.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: aws.String(tenantKey), KeySpec: types.DataKeySpecAes256, EncryptionContext: bound,
	})
	return `"Plaintext":"`, err
}

// bound is the encryption context that the SDK of Keyhold gives.
var bound = map[string]string{"keyhold:tenant": tenant, "keyhold:service": "bench"}

func randomBytes() []byte {
	b := make([]byte, plaintextSize)
	_, _ = rand.Read(b) // never fails
	return b
}

var errCaptured = errors.New("captured")

// wireTap is an HTTP client that sends nothing and keeps what it would have sent.
type wireTap struct{ last []byte }

func (w *wireTap) Do(r *http.Request) (*http.Response, error) {
	var buf bytes.Buffer
	if err := r.Write(&buf); err != nil {
		return nil, err
	}
	w.last = buf.Bytes()
	return nil, errCaptured
}
