package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/aws/api/sts"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestAnswers(t *testing.T) {
	b := newBench(t)
	created := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name        string
		request     *http.Request
		out         any
		contentType string
		want        string // ID stands for the request id
	}{
		{"JSON", jsonRequest("Encrypt", encryptBody), &kms.EncryptOutput{CiphertextBlob: []byte("sealed"), KeyId: ptr("arn:k")},
			"application/x-amz-json-1.1", `{"CiphertextBlob":"c2VhbGVk","KeyId":"arn:k"}`},
		{"JSON, empty output", jsonRequest("ListKeys", `{}`), &kms.ListKeysOutput{}, "application/x-amz-json-1.1", `{}`},
		{"JSON, no output", jsonRequest("EnableKey", `{"KeyId":"k"}`), nil, "application/x-amz-json-1.1", ``},
		{"Query", queryRequest("iam", "Action=ListUsers&Version=2010-05-08"),
			&iam.ListUsersOutput{IsTruncated: ptr(false), Users: []iam.User{{UserName: ptr("a&b"), CreateDate: &created}}}, "text/xml",
			`<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><Users><member><UserName>a&amp;b</UserName>` +
				`<CreateDate>2026-11-21T12:00:00Z</CreateDate></member></Users><IsTruncated>false</IsTruncated></ListUsersResult>` +
				`<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ListUsersResponse>`},
		{"Query, no output", queryRequest("iam", "Action=DeleteUser&Version=2010-05-08&UserName=u"), nil, "text/xml",
			`<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></DeleteUserResponse>`},
		{"Query by GET", sign(unsigned(http.MethodGet, "/?Action=GetCallerIdentity&Version=2011-06-15", ""), "sts", ""),
			&sts.GetCallerIdentityOutput{Account: ptr("1")}, "text/xml",
			`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>` +
				`<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.out = test.out
			w := b.do(test.request)
			id := w.Header().Get("x-amzn-RequestId")
			want := strings.ReplaceAll(test.want, "ID", id)
			if test.contentType == "application/x-amz-json-1.1" {
				want = test.want
			}
			if w.Code != http.StatusOK || w.Body.String() != want || w.Header().Get("Content-Type") != test.contentType {
				t.Errorf("%d %v\ngot  %s\nwant %s", w.Code, w.Header(), w.Body, want)
			}
			if !uuid.MatchString(id) || id != b.call.RequestID {
				t.Errorf("request id %q, call has %q", id, b.call.RequestID)
			}
			if got := w.Header().Get("Content-Length"); got != fmt.Sprint(len(want)) {
				t.Errorf("Content-Length %s, want %d", got, len(want))
			}
		})
	}
}

func TestCall(t *testing.T) {
	b := newBench(t)
	r := jsonRequest("DescribeKey", `{"KeyId":"k"}`)
	r.Header.Set("User-Agent", "agent/1\x7f\n"+strings.Repeat("x", 1000))
	r.RemoteAddr = "[::ffff:192.0.2.7]:4711"
	if w := b.do(r); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	c := b.call
	if c.Service != "kms" || c.Operation != "DescribeKey" || c.Region != "eu-west-1" || c.Caller != b.auth.cred.Caller {
		t.Errorf("call %+v", c)
	}
	if c.SourceIP.String() != "192.0.2.7" || c.Secure || !strings.HasPrefix(c.UserAgent, "agent/1??xx") || len(c.UserAgent) != 512 {
		t.Errorf("from %v, secure %v, agent %q", c.SourceIP, c.Secure, c.UserAgent)
	}
	if in := b.in.(*kms.DescribeKeyInput); *in.KeyId != "k" {
		t.Errorf("input %v", in)
	}
}

// TestErrors sends each error of a drawer over both protocols.
func TestErrors(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		err                      error
		jsonStatus               int
		json                     string
		queryStatus              int
		queryType, code, message string
	}{
		{&aws.Error{Code: "NotFoundException", Message: "no <key>"}, 400, `{"__type":"NotFoundException","message":"no <key>"}`,
			400, "Sender", "NotFoundException", "no &lt;key&gt;"},
		{&aws.Error{Code: "KMSInternalException", Message: "x"}, 500, `{"__type":"KMSInternalException","message":"x"}`, 0, "", "", ""},
		{&aws.Error{Code: "NoSuchEntityException", Message: "x"}, 0, ``, 404, "Sender", "NoSuchEntity", "x"},
		{&aws.Error{Code: "NoSuchEntity", Message: "x"}, 0, ``, 404, "Sender", "NoSuchEntity", "x"},
		{&aws.Error{Code: "EntityAlreadyExistsException", Message: "x"}, 0, ``, 409, "Sender", "EntityAlreadyExists", "x"},
		{&aws.Error{Code: "ServiceFailureException", Message: "x"}, 0, ``, 500, "Receiver", "ServiceFailure", "x"},
		{aws.AccessDenied("x"), 400, `{"__type":"AccessDeniedException","Message":"x"}`, 403, "Sender", "AccessDenied", "x"},
		{aws.ExpiredToken(), 400, `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}`,
			403, "Sender", "ExpiredToken", "The security token included in the request is expired"},
		{aws.InvalidClientTokenID(), 400, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`,
			403, "Sender", "InvalidClientTokenId", "The security token included in the request is invalid."},
		{aws.ValidationError("x"), 400, `{"__type":"ValidationException","message":"x"}`, 400, "Sender", "ValidationError", "x"},
		{&aws.Error{Code: "Throttling", Message: "Rate exceeded", Status: 400}, 400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`,
			400, "Sender", "Throttling", "Rate exceeded"},
		{&aws.Error{Code: "Peculiar", Message: "x", Status: 418}, 400, `{"__type":"Peculiar","message":"x"}`, 418, "Sender", "Peculiar", "x"},
		{&aws.Error{Code: "Peculiar", Message: "x", Status: 507}, 507, `{"__type":"Peculiar","message":"x"}`, 507, "Receiver", "Peculiar", "x"},
		{errors.New("disk on fire at /var"), 500, `{"__type":"InternalFailure","message":"The request processing has failed because of an unknown error, exception or failure."}`,
			500, "Receiver", "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."},
	} {
		b.err = test.err
		if test.json != "" {
			w := b.do(jsonRequest("ListKeys", `{}`))
			if w.Code != test.jsonStatus || w.Body.String() != test.json {
				t.Errorf("%v over JSON: %d %s", test.err, w.Code, w.Body)
			}
		}
		if test.code != "" {
			w := b.do(queryRequest("iam", "Action=ListUsers&Version=2010-05-08"))
			want := `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>` + test.queryType + `</Type><Code>` + test.code + `</Code><Message>` +
				test.message + `</Message></Error><RequestId>` + w.Header().Get("x-amzn-RequestId") + `</RequestId></ErrorResponse>`
			if w.Code != test.queryStatus || w.Body.String() != want {
				t.Errorf("%v over Query: %d\ngot  %s\nwant %s", test.err, w.Code, w.Body, want)
			}
		}
	}
	if n := strings.Count(b.log.String(), "disk on fire"); n != 2 {
		t.Errorf("two faults were logged %d times:\n%s", n, b.log.String())
	}
}

func TestErrorMembers(t *testing.T) {
	m, err := parseModel([]byte(toyModel))
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{service: &service{model: m}, id: "ID"}
	broken := &aws.Error{Code: "Broken", Message: "m", Members: map[string]any{"Parts": []string{"a", "b"}}}
	var a answer
	awsJSON{}.fail(&a, x, broken)
	if want := `{"__type":"Broken","Message":"m","Parts":["a","b"]}`; string(a.body) != want || a.status != 400 {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = answer{}
	query{}.fail(&a, x, broken)
	want := `<Code>ToyBroken</Code><Message>m</Message><Parts><member>a</member><member>b</member></Parts></Error>`
	if !strings.Contains(string(a.body), want) || a.status != 409 {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = answer{}
	awsJSON{}.fail(&a, x, &aws.Error{Code: "Worn"})
	if want := `{"__type":"Worn"}`; string(a.body) != want || a.status != 500 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestWrongErrorMember is a drawer's mistake, found only when its error is written.
func TestWrongErrorMember(t *testing.T) {
	b := newBench(t)
	f := &fake{err: &aws.Error{Code: "Broken", Message: "m", Members: map[string]any{"Parts": 7}}}
	toyService := fakeService{Service: "toy", Model: []byte(toyModel), Table: map[string]aws.Op{"Play": play[toy, toy](f)}}
	log := slog.New(slog.NewTextHandler(&b.log, nil))
	b.Handler = newHandler(t, aws.NewCloud(f, f, log, toyService), b.auth, log)
	w := b.do(queryRequest("toy", "Action=Play&Version=2020-01-01"))
	if w.Code != 500 || !strings.Contains(w.Body.String(), `xmlns="http://toy/"><Error><Type>Receiver</Type><Code>InternalFailure</Code>`) ||
		strings.Contains(w.Body.String(), "Broken") || strings.Count(b.log.String(), "does not fit") != 1 {
		t.Errorf("%d %s\n%s", w.Code, w.Body, b.log.String())
	}
}

func TestPanic(t *testing.T) {
	b := newBench(t)
	b.hook = func() { panic("a bug") }
	w := b.do(jsonRequest("ListKeys", `{}`))
	id := w.Header().Get("x-amzn-RequestId")
	if w.Code != 500 || !strings.HasPrefix(w.Body.String(), `{"__type":"InternalFailure"`) || strings.Contains(w.Body.String(), "bug") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if log := b.log.String(); strings.Count(log, `panic="a bug"`) != 1 || !strings.Contains(log, id) {
		t.Errorf("log: %s", log)
	}
	b.hook = nil
	if w := b.do(jsonRequest("ListKeys", `{}`)); w.Code != 200 {
		t.Errorf("after a panic: %d", w.Code)
	}
}

func TestCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.auth.expires = time.Now().Add(time.Hour)
		ask := func() (int, string) {
			w := b.do(jsonRequest("ListKeys", `{}`))
			return w.Code, w.Body.String()
		}
		if code, body := ask(); code != 200 {
			t.Fatalf("%d %s", code, body)
		}
		time.Sleep(time.Hour - time.Nanosecond)
		if code, body := ask(); code != 200 {
			t.Fatalf("in its last moment: %d %s", code, body)
		}
		time.Sleep(time.Nanosecond)
		if code, body := ask(); code != 400 || !strings.Contains(body, "ExpiredTokenException") {
			t.Errorf("expired: %d %s", code, body)
		}
	})
	b := newBench(t)
	b.auth.err = aws.InvalidClientTokenID()
	if w := b.do(queryRequest("sts", "")); w.Code != 403 || !strings.Contains(w.Body.String(), "<Code>InvalidClientTokenId</Code>") {
		t.Errorf("unknown: %d %s", w.Code, w.Body)
	}
	b.auth.err = context.DeadlineExceeded
	if w := b.do(queryRequest("sts", "")); w.Code != 500 || !strings.Contains(w.Body.String(), "<Code>InternalFailure</Code>") || !strings.Contains(b.log.String(), "deadline") {
		t.Errorf("fault: %d %s", w.Code, w.Body)
	}
}
