package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"
)

// TestGoSigner lets aws-sdk-go-v2 sign random requests, sends them through the wire's format and expects the signature
// to be right for the request and wrong for any other.
func TestGoSigner(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		service := pick(random, "kms", "sts", "s3")
		r, body := randomRequest(t, random)
		token := pick(random, "", randomText(random, 800))
		presigned := random.IntN(2) == 0
		if presigned {
			r = presign(t, r, body, token, service)
		} else {
			if service == "s3" {
				r.Header.Set("X-Amz-Content-Sha256", hashOf(body))
			}
			sign(t, r, body, token, service)
		}
		r = send(t, r, body)
		shuffleQuery(random, r.URL)

		s, err := Parse(r)
		if err != nil {
			t.Fatalf("%v %v: %v", r.Method, r.URL, err)
		}
		if s.AccessKeyID != testKeyID || s.SessionToken != token || s.Presigned != presigned || s.Region != "us-east-1" ||
			s.Date != "20150830" || !s.Time.Equal(testTime) {
			t.Fatalf("parsed %+v with token %q", *s, s.SessionToken)
		}
		if err := s.CheckScope(service); err != nil {
			t.Fatal(err)
		}
		verify := (*Signature).Verify
		if service == "s3" {
			verify = (*Signature).VerifyS3
		}
		keys := NewKeys(testSecret)
		if err := verify(s, r, body, keys, testTime); err != nil {
			t.Fatalf("%v %v\n%v\n%v", r.Method, r.URL, r.Header, err)
		}
		r.Method = "PATCH"
		if err := verify(s, r, body, keys, testTime); err == nil {
			t.Fatalf("another method is accepted")
		}
	}
}

func randomRequest(t *testing.T, random *rand.Rand) (*http.Request, []byte) {
	t.Helper()
	u := url.URL{Scheme: "http", Host: pick(random, "127.0.0.1:4566", "kms.us-east-1.amazonaws.com"), Path: "/"}
	for i := range random.IntN(4) {
		if i > 0 {
			u.Path += "/"
		}
		u.Path += "s" + strings.ReplaceAll(randomText(random, 10), "/", "") // the signer does not normalise
	}
	u.RawPath = httpbinding.EscapePath(u.Path, false) // as the SDK writes paths
	query := url.Values{}
	for range random.IntN(4) {
		query.Add("p"+randomText(random, 5), randomText(random, 10))
	}
	u.RawQuery = query.Encode()
	body := []byte(randomText(random, 200))
	r, err := http.NewRequest(pick(random, "GET", "POST", "PUT"), u.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Content-Type", "X-Amz-Target", "X-Amz-Meta-A", "Accept-Encoding"} {
		if random.IntN(2) == 0 {
			r.Header.Set(name, "v  "+strings.Repeat(" ", random.IntN(3))+"w")
		}
	}
	if random.IntN(4) == 0 {
		r.Header["My-Header"] = []string{"b", " a ", ""}
	}
	return r, body
}

// presign returns what a client would send that was given the signer's URL and the headers to go with it.
func presign(t *testing.T, r *http.Request, body []byte, token, service string) *http.Request {
	t.Helper()
	query := r.URL.Query()
	query.Set("X-Amz-Expires", "600")
	r.URL.RawQuery = query.Encode()
	payload := hashOf(body)
	if service == "s3" {
		payload = unsignedPayload
	}
	creds := aws.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret, SessionToken: token}
	uri, headers, err := signer.NewSigner().PresignHTTP(context.Background(), creds, r, payload, service, "us-east-1", testTime,
		func(o *signer.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err != nil {
		t.Fatal(err)
	}
	out, err := http.NewRequest(r.Method, uri, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out.Header = headers
	return out
}

// send writes the request and reads it as a server would.
func send(t *testing.T, r *http.Request, body []byte) *http.Request {
	t.Helper()
	var wire bytes.Buffer
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = readCloser{bytes.NewReader(body)}
	}
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	out, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func shuffleQuery(random *rand.Rand, u *url.URL) {
	pairs := strings.Split(u.RawQuery, "&")
	random.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	u.RawQuery = strings.Join(pairs, "&")
}

// randomText returns up to limit characters, some of which every encoder treats in its own way.
func randomText(random *rand.Rand, limit int) string {
	const alphabet = "abcXYZ019-._~ +/=&%?;:@!$'()*,\u00e9\u65e5"
	runes := []rune(alphabet)
	text := make([]rune, random.IntN(limit))
	for i := range text {
		text[i] = runes[random.IntN(len(runes))]
	}
	return strings.TrimSpace(string(text))
}

func pick(random *rand.Rand, values ...string) string { return values[random.IntN(len(values))] }

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// TestTampering alters one part of a good request at a time.
func TestTampering(t *testing.T) {
	both := func(edit func(*http.Request)) func(*http.Request, []byte) []byte {
		return func(r *http.Request, body []byte) []byte { edit(r); return body }
	}
	setHeader := func(name, value string) func(*http.Request, []byte) []byte {
		return both(func(r *http.Request) { r.Header.Set(name, value) })
	}
	inHeader := func(old, new string) func(*http.Request, []byte) []byte {
		return both(func(r *http.Request) {
			auth := r.Header.Get("Authorization")
			if !strings.Contains(auth, old) {
				panic("no " + old + " in " + auth)
			}
			r.Header.Set("Authorization", strings.Replace(auth, old, new, 1))
		})
	}
	tests := map[string]func(*http.Request, []byte) []byte{
		"method":               both(func(r *http.Request) { r.Method = http.MethodPut }),
		"path":                 both(func(r *http.Request) { r.URL.Path = "/other" }),
		"query":                both(func(r *http.Request) { r.URL.RawQuery = "Action=Other" }),
		"host":                 both(func(r *http.Request) { r.Host = "other" }),
		"body":                 func(_ *http.Request, body []byte) []byte { return append([]byte{' '}, body...) },
		"no body":              func(*http.Request, []byte) []byte { return nil },
		"operation":            setHeader("X-Amz-Target", "TrentService.Decrypt"),
		"date":                 setHeader("X-Amz-Date", "20150830T123601Z"),
		"day":                  setHeader("X-Amz-Date", "20150831T000000Z"),
		"token":                setHeader("X-Amz-Security-Token", "other"),
		"no token":             both(func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }),
		"empty token":          setHeader("X-Amz-Security-Token", ""),
		"content type":         setHeader("Content-Type", "text/plain"),
		"header added":         setHeader("X-Amz-Meta-Added", "1"),
		"header added, raw":    both(func(r *http.Request) { r.Header["x-AMZ-meta-added"] = []string{"1"} }),
		"value added":          both(func(r *http.Request) { r.Header.Add("X-Amz-Target", "TrentService.Decrypt") }),
		"hash of other body":   setHeader("X-Amz-Content-Sha256", hashOf([]byte("other"))),
		"unsigned payload":     setHeader("X-Amz-Content-Sha256", unsignedPayload),
		"unsigned and no body": both(func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", unsignedPayload) }),
		"streaming":            setHeader("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
		"region":               inHeader("us-east-1", "us-east-2"),
		"service":              inHeader("/kms/", "/sts/"),
		"terminator":           inHeader("aws4_request", "aws4_other"),
		"scope's day":          inHeader("/20150830/", "/20150831/"),
		"fewer signed":         inHeader(";x-amz-target", ""),
		"token not signed":     inHeader(";x-amz-security-token", ""),
		"more signed":          inHeader(";x-amz-target", ";x-amz-target;zzz"),
		"signed twice":         inHeader(";x-amz-target", ";x-amz-target;x-amz-target"),
		"signed unsorted":      inHeader("host;x-amz-date", "x-amz-date;host"),
		"signed in capitals":   inHeader(";x-amz-target", ";X-Amz-Target"),
		"no signature":         both(func(r *http.Request) { r.Header.Set("Authorization", cutSignature(r, "")) }),
		"short signature":      both(func(r *http.Request) { r.Header.Set("Authorization", cutSignature(r, "00")) }),
		"zero signature":       both(func(r *http.Request) { r.Header.Set("Authorization", cutSignature(r, strings.Repeat("0", 64))) }),
		"signature in capitals": both(func(r *http.Request) {
			_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", cutSignature(r, strings.ToUpper(signature)))
		}),
	}
	for name, tamper := range tests {
		t.Run(name, func(t *testing.T) {
			keys := NewKeys(testSecret)
			r, body := encryptRequest(t, 100)
			if err := accept(r, body, keys); err != nil {
				t.Fatalf("as signed: %v", err) // and so its key is kept
			}
			if err := accept(r, tamper(r, body), keys); err == nil {
				t.Error("accepted")
			}
		})
	}
	t.Run("secret", func(t *testing.T) {
		r, body := encryptRequest(t, 100)
		if err := accept(r, body, NewKeys(testSecret+"x")); err == nil {
			t.Error("accepted")
		}
	})
}

func accept(r *http.Request, body []byte, keys *Keys) error {
	s, err := Parse(r)
	if err != nil {
		return err
	}
	return s.Verify(r, body, keys, testTime)
}

func cutSignature(r *http.Request, signature string) string {
	before, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	return before + "Signature=" + signature
}

// TestPresignedTampering alters every parameter of a presigned request.
func TestPresignedTampering(t *testing.T) {
	newRequest := func() *http.Request {
		r, err := http.NewRequest("GET", "http://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15", nil)
		if err != nil {
			t.Fatal(err)
		}
		return presign(t, r, nil, "token", "sts")
	}
	r := newRequest()
	if err := accept(r, nil, NewKeys(testSecret)); err != nil {
		t.Fatal(err)
	}
	names := r.URL.Query()
	if len(names) != 9 {
		t.Fatalf("parameters: %v", names)
	}
	for name := range names {
		for how, edit := range map[string]func(url.Values){
			"altered": func(q url.Values) { q.Set(name, q.Get(name)+"0") },
			"doubled": func(q url.Values) { q.Add(name, q.Get(name)) },
			"gone":    func(q url.Values) { q.Del(name) },
		} {
			r := newRequest()
			query := r.URL.Query()
			edit(query)
			r.URL.RawQuery = query.Encode()
			if err := accept(r, nil, NewKeys(testSecret)); err == nil {
				t.Errorf("%s %s is accepted", name, how)
			}
		}
	}
	for name, edit := range map[string]func(*http.Request){
		"token as a header":  func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "token") },
		"date as a header":   func(r *http.Request) { r.Header.Set("X-Amz-Date", "20150830T123600Z") },
		"operation":          func(r *http.Request) { r.Header.Set("X-Amz-Target", "TrentService.Encrypt") },
		"other hash":         func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", unsignedPayload) },
		"both ways":          func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a") },
		"an escaped name":    func(r *http.Request) { r.URL.RawQuery += "&X%2DAmz-Date=20150830T123600Z" },
		"a parameter":        func(r *http.Request) { r.URL.RawQuery += "&a" },
		"a second signature": func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=0" },
	} {
		r := newRequest()
		edit(r)
		if err := accept(r, nil, NewKeys(testSecret)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestScopeBindsVerify signs rightly for a scope that AWS would not take. Verify must refuse it, had CheckScope been
// forgotten.
func TestScopeBindsVerify(t *testing.T) {
	keys := NewKeys(testSecret)
	for _, scope := range []string{"20150829/us-east-1/kms/aws4_request", "20150830/us-east-1/kms/aws4_other"} {
		r := readRequest(t, "GET / HTTP/1.1\nHost: a\n"+goodDate+"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"+
			scope+", "+goodSigned+", Signature=0\n\n")
		s, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := s.appendCanonical(nil, r, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		mac := newSigningKey(testSecret, s).appendMAC(nil, s.appendStringToSign(nil, sha256.Sum256(text)))
		s.signature = hex.EncodeToString(mac)
		if err := s.Verify(r, nil, keys, testTime); err == nil {
			t.Errorf("%s is accepted", scope)
		}
		s.scopeFault = ""
		if err := s.Verify(r, nil, keys, testTime); err != nil {
			t.Errorf("%s: the test signs wrongly: %v", scope, err)
		}
	}
}
