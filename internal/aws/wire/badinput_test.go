package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func zipped(tb testing.TB, text string) string {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// with changes a request before it is signed.
func with(service, body string, r *http.Request, change func(*http.Request)) *http.Request {
	change(r)
	return sign(r, service, body)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func jsonHead(r *http.Request) *http.Request {
	r.Header.Set("X-Amz-Target", "TrentService.ListKeys")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return r
}

func TestBadInput(t *testing.T) {
	b := newBench(t)
	post := func(body string) *http.Request { return jsonHead(unsigned(http.MethodPost, "/", body)) }
	zip, bomb := zipped(t, `{"Limit":7}`), zipped(t, `{"a":"`+strings.Repeat("a", 2<<20)+`"}`)
	big := strings.Repeat(" ", maxBody+1)
	for _, test := range []struct {
		name    string
		request *http.Request
		status  int
		want    string
	}{
		{"not signed, JSON", post(`{}`), 400, `{"__type":"MissingAuthenticationTokenException","message":"Request is missing Authentication Token"}`},
		{"not signed, Query", unsigned("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", ""), 403, `<Code>MissingAuthenticationToken</Code>`},
		{"nothing at all", unsigned("GET", "/", ""), 403, `<Code>MissingAuthenticationToken</Code>`},
		{"garbage for a signature", func() *http.Request { r := post(`{}`); r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x"); return r }(),
			400, `{"__type":"IncompleteSignatureException","message":"`},
		{"body changed", func() *http.Request {
			r := jsonRequest("ListKeys", `{}`)
			r.Body = io.NopCloser(strings.NewReader(`[]`))
			return r
		}(),
			400, `{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key`},
		{"body changed, Query", func() *http.Request {
			r := queryRequest("sts", `a=b`)
			r.Body = io.NopCloser(strings.NewReader(`a=c`))
			return r
		}(),
			403, `<Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match`},
		{"signed for another service", sign(post(`{}`), "sts", `{}`), 400, `Credential should be scoped to correct service: 'kms'.`},
		{"signed for no region", signIn(post(`{}`), "nowhere", "kms", `{}`), 400,
			`{"__type":"InvalidSignatureException","message":"Credential should be scoped to a valid region. "}`},
		{"unknown service by target", with("kms", "", unsigned("POST", "/", ""), header("X-Amz-Target", "Nimbus_1.Fly")), 400,
			`{"__type":"UnknownOperationException","message":"There is no service with the target Nimbus_1 here."}`},
		{"no target", with("kms", "", unsigned("POST", "/", ""), header("Content-Type", "application/x-amz-json-1.1")), 400, `{"__type":"UnknownOperationException"`},
		{"unknown service by signature", queryRequest("nimbus", "Action=Fly&Version=1"), 400, `<Code>InvalidAction</Code><Message>There is no service nimbus here that speaks the Query protocol.`},
		{"JSON service spoken to in Query", queryRequest("kms", "Action=ListKeys&Version=2014-11-01"), 400, `<Code>InvalidAction</Code>`},
		{"unknown operation", jsonRequest("Fly", `{}`), 400, `{"__type":"UnknownOperationException","message":"The action Fly is not valid for this endpoint."}`},
		{"operation in lower case", jsonRequest("listkeys", `{}`), 400, `{"__type":"UnknownOperationException"`},
		{"unknown action", queryRequest("sts", "Action=Fly&Version=2011-06-15"), 400, `<Code>InvalidAction</Code><Message>Could not find operation Fly for version 2011-06-15</Message>`},
		{"version of another service", queryRequest("sts", "Action=GetCallerIdentity&Version=2010-05-08"), 400, `Could not find operation GetCallerIdentity for version 2010-05-08`},
		{"no version", queryRequest("sts", "Action=GetCallerIdentity"), 400, `<Code>InvalidAction</Code><Message>Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED</Message>`},
		{"no action", queryRequest("sts", "Version=2011-06-15"), 400, `<Code>MissingAction</Code>`},
		{"no form", queryRequest("sts", ""), 400, `<Code>MissingAction</Code>`},
		{"broken form", queryRequest("sts", "Action=%zz"), 400, `<Code>MalformedInput</Code>`},
		{"markup in an action", queryRequest("sts", "Action=%3Cx%3E%00&Version=2011-06-15"), 400, "Could not find operation &lt;x&gt;\ufffd for version"},
		{"wrong JSON version", with("kms", "{}", post("{}"), header("Content-Type", "application/x-amz-json-1.0")), 400, `{"__type":"UnknownOperationException"`},
		{"plain JSON", with("kms", "{}", post("{}"), header("Content-Type", "application/json")), 400, `{"__type":"UnknownOperationException"`},
		{"GET with a target", sign(jsonHead(unsigned("GET", "/", "")), "kms", ""), 400, `{"__type":"UnknownOperationException"`},
		{"PUT of a form", with("sts", "a=b", unsigned("PUT", "/", "a=b"), header("Content-Type", contentTypeForm)), 400, `<Code>InvalidAction</Code>`},
		{"POST of nothing known", with("sts", "a=b", unsigned("POST", "/", "a=b"), header("Content-Type", "text/plain")), 400, `<Code>InvalidAction</Code>`},
		{"empty body", jsonRequest("ListKeys", ``), 400, `{"__type":"SerializationException"}`},
		{"half a body", jsonRequest("ListKeys", `{"Limit":`), 400, `{"__type":"SerializationException"}`},
		{"wrong type", jsonRequest("ListKeys", `{"Limit":"1"}`), 400, `{"__type":"SerializationException","Message":"STRING_VALUE can not be converted to an Integer"}`},
		{"type before constraint", jsonRequest("Encrypt", `{"Plaintext":1}`), 400, `{"__type":"SerializationException"`},
		{"constraint", jsonRequest("ListKeys", `{"Limit":0}`), 400, `{"__type":"ValidationException","message":"1 validation error detected: Value '0' at 'limit'`},
		{"constraint, Query", queryRequest("sts", "Action=DecodeAuthorizationMessage&Version=2011-06-15"), 400, `<Code>ValidationError</Code><Message>1 validation error detected: Value null at 'encodedMessage'`},
		{"not UTF-8", jsonRequest("ListKeys", "{\"Marker\":\"\xff\"}"), 400, `{"__type":"SerializationException"}`},
		{"too large by its head", sign(post(big), "kms", big), 413, `{"__type":"RequestEntityTooLargeException"`},
		{"too large without a head", func() *http.Request { r := sign(post(big), "kms", big); r.ContentLength = -1; return r }(), 413, `{"__type":"RequestEntityTooLargeException"`},
		{"too large, Query", queryRequest("sts", big), 413, `<Code>RequestEntityTooLarge</Code>`},
		{"gzip", with("kms", zip, post(zip), header("Content-Encoding", "gzip")), 200, `{}`},
		{"gzip bomb", with("kms", bomb, post(bomb), header("Content-Encoding", "gzip")), 413, `{"__type":"RequestEntityTooLargeException"`},
		{"gzip cut off", with("kms", zip[:20], post(zip[:20]), header("Content-Encoding", "gzip")), 400, `{"__type":"SerializationException"`},
		{"gzip that is none", with("kms", "{}", post("{}"), header("Content-Encoding", "gzip")), 400, `{"__type":"SerializationException"`},
		{"another encoding", with("kms", "{}", post("{}"), header("Content-Encoding", "br")), 415, `{"__type":"UnsupportedMediaTypeException"`},
		{"shorter than announced", func() *http.Request { r := jsonRequest("ListKeys", `{}`); r.ContentLength = 3; return r }(), 400, `{"__type":"IncompleteBody"`},
		{"body that breaks off", func() *http.Request { r := jsonRequest("ListKeys", `{}`); r.Body = io.NopCloser(broken{}); return r }(), 400, `{"__type":"IncompleteBody"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := b.do(test.request)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("%d %s\nwant %d %s", w.Code, w.Body, test.status, test.want)
			}
			if !uuid.MatchString(w.Header().Get("x-amzn-RequestId")) {
				t.Error("no request id")
			}
			if unread := strings.HasPrefix(test.name, "too large"); unread && w.Header().Get("Connection") != "close" {
				t.Error("the connection is not closed, though the request was not read")
			}
		})
	}
	if b.log.Len() > 0 {
		t.Errorf("bad input is no fault of ours, yet it was logged: %s", b.log.String())
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestOverTCP sends requests that only a real connection can carry.
func TestOverTCP(t *testing.T) {
	b := newBench(t)
	server := httptest.NewServer(b)
	defer server.Close()
	const whole, half = `{"Limit":7}`, `{"Lim`
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST / HTTP/1.1\r\nHost: aws.test\r\nContent-Length: %d\r\n", len(whole))
	if err := jsonRequest("ListKeys", whole).Header.Write(&head); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"whole":        {head.String() + "Connection: close\r\n\r\n" + whole, "200 OK"},
		"body cut off": {head.String() + "\r\n" + half, "IncompleteBody"},
		"no body":      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "403 Forbidden"},
		"no HTTP":      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			if _, err := io.WriteString(c, test.text); err != nil {
				t.Fatal(err)
			}
			_ = c.(*net.TCPConn).CloseWrite()
			answer := read(t, c) // to its end: the connection was closed
			if !strings.Contains(answer, test.want) {
				t.Errorf("%q", answer)
			}
		})
	}
}

// FuzzRequest sends signed requests whose every part comes from the fuzzer.
func FuzzRequest(f *testing.F) {
	f.Add("TrentService.Encrypt", "application/x-amz-json-1.1", "", encryptBody, "kms")
	f.Add("", contentTypeForm, "", "Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=a", "sts")
	f.Add("", contentTypeForm, "gzip", "Action=CreateUser&Version=2010-05-08", "iam")
	f.Add("TrentService.", "application/x-amz-json-1.1; charset=utf-8", "", "{}", "kms")
	b := newBench(f)
	f.Fuzz(func(t *testing.T, target, contentType, encoding, body, service string) {
		b.in = nil
		r := unsigned(http.MethodPost, "/", body)
		for name, value := range map[string]string{"X-Amz-Target": target, "Content-Type": contentType, "Content-Encoding": encoding} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := b.do(sign(r, service, body))
		if w.Code >= 500 || w.Code < 200 || w.Code == 200 && b.in == nil {
			t.Fatalf("%d %s\n%s", w.Code, w.Body, b.log.String())
		}
	})
}
