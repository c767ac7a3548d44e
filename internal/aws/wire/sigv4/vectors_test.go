package sigv4

import (
	"bufio"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestVectors runs AWS's published test suite for Signature Version 4: a raw request and the signature that it must have
// for AKIDEXAMPLE in us-east-1 for "service", at 20150830T123600Z.
func TestVectors(t *testing.T) {
	const get = "GET / HTTP/1.1\n"
	tests := []struct {
		name    string
		request string // without Host and X-Amz-Date, with \n for a line's end
		body    string
		headers string // signed besides host and x-amz-date
		want    string
	}{
		{"get-vanilla", get, "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-empty-query-key", "GET /?Param1=value1 HTTP/1.1\n", "", "",
			"a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
		{"get-vanilla-query-order-key-case", "GET /?Param2=value2&Param1=value1 HTTP/1.1\n", "", "",
			"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"get-vanilla-query-unreserved", "GET /?" + unreservedChars + "=" + unreservedChars + " HTTP/1.1\n", "", "",
			"9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		{"get-vanilla-utf8-query", "GET /?\u1234=bar HTTP/1.1\n", "", "",
			"2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{"get-unreserved", "GET /" + unreservedChars + " HTTP/1.1\n", "", "",
			"07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		{"get-utf8", "GET /\u1234 HTTP/1.1\n", "", "",
			"8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		{"get-slash", "GET // HTTP/1.1\n", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-relative", "GET /example/.. HTTP/1.1\n", "", "",
			"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-relative-relative", "GET /example1/example2/../.. HTTP/1.1\n", "", "",
			"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-slash-dot-slash", "GET /./ HTTP/1.1\n", "", "",
			"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-header-key-duplicate", get + "My-Header1:value2\nMy-Header1:value2\nMy-Header1:value1\n", "", "my-header1;",
			"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
		{"get-header-value-order", get + "My-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\nMy-Header1:value2\n", "",
			"my-header1;", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
		{"get-header-value-trim", get + "My-Header1: value1\nMy-Header2: \"a   b   c\" \n", "", "my-header1;my-header2;",
			"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		{"post-vanilla", "POST / HTTP/1.1\n", "", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-header-key-sort", "POST / HTTP/1.1\nMy-Header1:value1\n", "", "my-header1;",
			"c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
		{"post-header-value-case", "POST / HTTP/1.1\nMy-Header1:VALUE1\n", "", "my-header1;",
			"cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
		{"post-vanilla-query", "POST /?Param1=value1 HTTP/1.1\n", "", "",
			"28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		{"post-vanilla-query-nonunreserved",
			"POST /?@%23$%25%5E&%2B=/,?%3E%3C%60%22;:%5C%7C]%5B%7B%7D HTTP/1.1\n", "", "",
			"66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e"},
		{"post-x-www-form-urlencoded", "POST / HTTP/1.1\nContent-Type:application/x-www-form-urlencoded\n", "Param1=value1",
			"content-type;", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{"post-x-www-form-urlencoded-parameters",
			"POST / HTTP/1.1\nContent-Type:application/x-www-form-urlencoded; charset=utf8\n", "Param1=value1",
			"content-type;", "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			names := "host;" + test.headers + "x-amz-date"
			if strings.HasPrefix(test.headers, "content-type") {
				names = test.headers + "host;x-amz-date"
			}
			r := readRequest(t, test.request+"Host:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\n"+
				"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "+
				"SignedHeaders="+names+", Signature="+test.want+"\n\n")
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(r, []byte(test.body), NewKeys(testSecret), testTime); err != nil {
				t.Error(err)
			}
			if err := s.Verify(r, []byte(test.body+"."), NewKeys(testSecret), testTime); !errors.Is(err, errMismatch) {
				t.Errorf("with another body: %v", err)
			}
		})
	}
}

const unreservedChars = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// TestS3Vectors runs the examples in the API reference of S3: a GET with headers and a presigned one.
func TestS3Vectors(t *testing.T) {
	const (
		secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
		scope  = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
		host   = "Host: examplebucket.s3.amazonaws.com\n"
	)
	tests := []struct{ name, request string }{
		{"header", "GET /test.txt HTTP/1.1\n" + host + "Range: bytes=0-9\nX-Amz-Date: 20130524T000000Z\n" +
			"X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n" +
			"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date," +
			"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\n\n"},
		{"presigned", "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + strings.ReplaceAll(scope, "/", "%2F") +
			"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&" +
			"X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404 HTTP/1.1\n" + host + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := readRequest(t, test.request)
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.VerifyS3(r, nil, NewKeys(secret), s.Time); err != nil {
				t.Error(err)
			}
		})
	}
}

// readRequest reads a request as a server would.
func readRequest(t *testing.T, text string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
