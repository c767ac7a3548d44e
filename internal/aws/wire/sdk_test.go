package wire

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold/internal/aws"
)

func sdkConfig(h http.Handler) awssdk.Config {
	return awssdk.Config{
		Region:           "eu-west-1",
		BaseEndpoint:     awssdk.String("https://aws.test"),
		HTTPClient:       &http.Client{Transport: Transport(h)},
		RetryMaxAttempts: 1,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret}, nil
		}),
	}
}

// unsignedAtAWS are the operations that SDKs send without a signature.
var unsignedAtAWS = map[string]bool{"AssumeRoleWithSAML": true, "AssumeRoleWithWebIdentity": true}

// TestSDKRoundTrip calls every operation through the real SDK with every member given, and compares what arrives at the
// drawer, and what comes back, with what was sent.
func TestSDKRoundTrip(t *testing.T) {
	b := newBench(t)
	cfg := sdkConfig(b)
	clients := map[string]reflect.Value{
		"kms": reflect.ValueOf(kmssdk.NewFromConfig(cfg)),
		"sts": reflect.ValueOf(stssdk.NewFromConfig(cfg)),
		"iam": reflect.ValueOf(iamsdk.NewFromConfig(cfg)),
	}
	codec, err := NewCodec(b.ops()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := loadAll(codec); err != nil {
		t.Fatal(err)
	}
	for service, client := range clients {
		for name, op := range codec.services[service].operations {
			method := client.MethodByName(name)
			if !method.IsValid() {
				t.Logf("%s: the SDK has no %s", service, name)
				continue
			}
			if unsignedAtAWS[name] {
				continue
			}
			t.Run(service+"/"+name, func(t *testing.T) { roundTrip(t, b, method, op) })
		}
	}
}

func roundTrip(t *testing.T, b *bench, method reflect.Value, op *operation) {
	in, out := sample(t, op.in, 0), sample(t, op.out, 0)
	b.in, b.out = nil, out.Addr().Interface()

	sdkIn := reflect.New(method.Type().In(1).Elem())
	convert(t, sdkIn.Elem(), in)
	results := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), sdkIn})
	if err, _ := results[1].Interface().(error); err != nil {
		t.Fatalf("%v\n%s", err, b.log.String())
	}
	if got := reflect.ValueOf(b.in).Elem().Interface(); !reflect.DeepEqual(got, in.Interface()) {
		t.Errorf("arrived\n%s\nsent\n%s", dump(op.in, reflect.ValueOf(b.in).Elem()), dump(op.in, in))
	}
	got := results[0].Elem()
	want := reflect.New(got.Type()).Elem()
	convert(t, want, out)
	want.FieldByName("ResultMetadata").Set(got.FieldByName("ResultMetadata"))
	if !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Errorf("the client got\n%+v\nwant\n%s", got.Interface(), dump(op.out, out))
	}
}

func dump(p *plan, v reflect.Value) string {
	var w jsonWriter
	w.structure(p, v)
	return string(w.out)
}

func TestSDKErrors(t *testing.T) {
	b := newBench(t)
	cfg := sdkConfig(b)
	keys, users, tokens := kmssdk.NewFromConfig(cfg), iamsdk.NewFromConfig(cfg), stssdk.NewFromConfig(cfg)

	b.err = &aws.Error{Code: "NotFoundException", Message: "Key 'arn:k' does not exist"}
	_, err := keys.DescribeKey(t.Context(), &kmssdk.DescribeKeyInput{KeyId: ptr("k")})
	if e, ok := errors.AsType[*kmstypes.NotFoundException](err); !ok || e.ErrorMessage() != "Key 'arn:k' does not exist" {
		t.Errorf("kms: %v", err)
	}
	for _, code := range []string{"NoSuchEntityException", "NoSuchEntity"} {
		b.err = &aws.Error{Code: code, Message: "The user with name <x> cannot be found."}
		_, err = users.GetUser(t.Context(), &iamsdk.GetUserInput{UserName: ptr("x")})
		if e, ok := errors.AsType[*iamtypes.NoSuchEntityException](err); !ok || e.ErrorMessage() != "The user with name <x> cannot be found." {
			t.Errorf("iam: %v", err)
		}
	}
	b.err = aws.AccessDenied("User: u is not authorized to perform: sts:GetCallerIdentity")
	_, err = tokens.GetCallerIdentity(t.Context(), &stssdk.GetCallerIdentityInput{})
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "AccessDenied" || e.ErrorMessage() != b.err.(*aws.Error).Message {
		t.Errorf("sts: %v", err)
	}
	_, err = keys.ListKeys(t.Context(), &kmssdk.ListKeysInput{})
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "AccessDeniedException" || e.ErrorMessage() != b.err.(*aws.Error).Message {
		t.Errorf("kms: %v", err)
	}
}

// TestTransportInBubble shows that an SDK client works where time is fake and no goroutine may wait for the world.
func TestTransportInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		time.Sleep(100 * 24 * time.Hour) // fake
		if _, err := stssdk.NewFromConfig(sdkConfig(b)).GetCallerIdentity(t.Context(), &stssdk.GetCallerIdentityInput{}); err != nil {
			t.Fatal(err)
		}
		if want := time.Now(); !b.call.Time.Equal(want) {
			t.Errorf("call at %v, want %v", b.call.Time, want)
		}
		if !b.call.Secure || b.call.SourceIP.IsValid() {
			t.Error("a call from inside is secure and has no address")
		}
	})
}
