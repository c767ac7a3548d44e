package wire

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"crypto/sha256"
	"encoding/hex"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/policy"
)

const (
	testAccount = "111122223333"
	testKeyID   = "AKIAEXAMPLE000000001"
	testSecret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// fake plays all services: it keeps the last call and its input, and answers with out or err.
type fake struct {
	call *aws.Call
	in   any
	out  any // a pointer to the operation's output; nil: an empty one
	err  error
	hook func()
}

// play makes an operation that f plays.
func play[In, Out any](f *fake) aws.Op {
	return aws.Do(func(_ context.Context, c *aws.Call, in *In) (*Out, error) {
		f.call, f.in = c, in
		if f.hook != nil {
			f.hook()
		}
		if f.err != nil {
			return nil, f.err
		}
		if out, ok := f.out.(*Out); ok {
			return out, nil
		}
		return new(Out), nil
	}, func(_ context.Context, c *aws.Call, _ *In) error {
		c.Public()
		return nil
	})
}

// service is a fake as an aws.Service.
type fakeService aws.Ops

func (s fakeService) Ops() aws.Ops { return aws.Ops(s) }

func (f *fake) services() []aws.Service {
	return []aws.Service{
		fakeService{Service: "kms", Model: kms.Model, Table: kmsTable(f)},
		fakeService{Service: "sts", Model: sts.Model, Table: stsTable(f)},
		fakeService{Service: "iam", Model: iam.Model, Table: iamTable(f)},
	}
}

func (f *fake) ops() []aws.Ops {
	var all []aws.Ops
	for _, s := range f.services() {
		all = append(all, s.Ops())
	}
	return all
}

// Policies implements aws.Directory.
func (f *fake) Policies(context.Context, *aws.Caller, *policy.Set) error { return nil }

// Record implements aws.Auditor.
func (f *fake) Record(context.Context, *aws.Event) error { return nil }

// accounts is an Authenticator with one long-term key and, if a session token is given, one session.
type accounts struct {
	err     error
	expires time.Time
	cred    *aws.Credential
}

func (a *accounts) Credential(_ context.Context, id, token string) (*aws.Credential, error) {
	switch {
	case a.err != nil:
		return nil, a.err
	case id != testKeyID || token != "":
		return nil, aws.InvalidClientTokenID()
	}
	if a.cred == nil {
		a.cred = &aws.Credential{Secret: aws.NewSecret(testSecret), Caller: aws.RootUser(testAccount), Expires: a.expires}
	}
	return a.cred, nil
}

// bench is a handler on a fake, and its log.
type bench struct {
	*fake
	http.Handler
	auth *accounts
	log  bytes.Buffer
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	b := &bench{fake: &fake{}, auth: &accounts{}}
	log := slog.New(slog.NewTextHandler(&b.log, nil))
	b.Handler = newHandler(tb, aws.NewCloud(b.fake, b.fake, log, b.services()...), b.auth, log)
	return b
}

// newHandler makes a handler with a codec of its own.
func newHandler(tb testing.TB, cloud *aws.Cloud, auth Authenticator, log *slog.Logger) http.Handler {
	tb.Helper()
	codec, err := NewCodec(cloud.Services()...)
	if err != nil {
		tb.Fatal(err)
	}
	return NewHandler(codec, cloud, auth, log)
}

// do sends a request.
func (b *bench) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// jsonRequest is a signed request of the AWS JSON protocol.
func jsonRequest(operation, body string) *http.Request {
	r := unsigned(http.MethodPost, "/", body)
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return sign(r, "kms", body)
}

// queryRequest is a signed request of the AWS Query protocol.
func queryRequest(service, body string) *http.Request {
	r := unsigned(http.MethodPost, "/", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return sign(r, service, body)
}

func unsigned(method, url, body string) *http.Request {
	r := httptest.NewRequest(method, "http://aws.test"+url, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:4711"
	return r
}

// sign signs a request whose body will be read as body.
func sign(r *http.Request, service, body string) *http.Request {
	return signIn(r, "eu-west-1", service, body)
}

func signIn(r *http.Request, region, service, body string) *http.Request {
	hash := sha256.Sum256([]byte(body))
	cred := awssdk.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret}
	err := v4.NewSigner().SignHTTP(context.Background(), cred, r, hex.EncodeToString(hash[:]), service, region, time.Now())
	if err != nil {
		panic(err)
	}
	return r
}

func read(tb testing.TB, r io.Reader) string {
	tb.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func ptr[T any](v T) *T { return &v }
