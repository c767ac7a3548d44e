package sigv4

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	goodDate       = "X-Amz-Date: 20150830T123600Z\n"
	goodCredential = "Credential=AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request"
	goodSigned     = "SignedHeaders=host;x-amz-date"
	goodSignature  = "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	goodAuth       = "Authorization: AWS4-HMAC-SHA256 " + goodCredential + ", " + goodSigned + ", " + goodSignature + "\n"
)

// TestErrors compares refusals with what AWS answers. The texts come from recorded answers of AWS.
func TestErrors(t *testing.T) {
	const needsAll = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
		"Authorization header requires 'SignedHeaders' parameter. "
	tests := []struct {
		name    string
		target  string // "/" if empty
		headers string
		code    string
		message string // a prefix if it ends in "..."
	}{
		{"nothing", "", "", "MissingAuthenticationToken", "Request is missing Authentication Token"},
		{"another scheme", "", "Authorization: Bearer abc\n", "MissingAuthenticationToken", "Request is missing Authentication Token"},
		{"version 2", "", "Authorization: AWS AKIDEXAMPLE:abc=\n", "MissingAuthenticationToken",
			"Request is missing Authentication Token"},
		{"both ways", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", goodAuth, "SignatureDoesNotMatch",
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."},
		{"both ways, no algorithm", "/?X-Amz-Signature=00", goodAuth, "SignatureDoesNotMatch",
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."},
		{"SigV4A", "", "Authorization: AWS4-ECDSA-P256-SHA256 " + goodCredential + "\n", "IncompleteSignature",
			"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "},
		{"empty", "", "Authorization: AWS4-HMAC-SHA256\n", "IncompleteSignature", needsAll +
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
			"(Hashed with SHA-256 and encoded with Base64) Authorization=" + digest("AWS4-HMAC-SHA256")},
		{"no credential", "", goodDate + "Authorization: AWS4-HMAC-SHA256 " + goodSigned + "," + goodSignature + "\n",
			"IncompleteSignature", "Authorization header requires 'Credential' parameter. (Hashed with ..."},
		{"no signature", "", goodDate + "Authorization: AWS4-HMAC-SHA256 " + goodSigned + " " + goodCredential + "\n",
			"IncompleteSignature", "Authorization header requires 'Signature' parameter. (Hashed with ..."},
		{"no date", "", goodAuth, "IncompleteSignature",
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with ..."},
		{"no equal sign", "", goodDate + "Authorization: AWS4-HMAC-SHA256 secret\n", "IncompleteSignature",
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" +
				digest("AWS4-HMAC-SHA256 secret") + "'."},
		{"parameter twice", "", goodDate + strings.TrimSuffix(goodAuth, "\n") + "," + goodSigned + "\n", "IncompleteSignature",
			"Request contains 'SignedHeaders' more than once."},
		{"header twice", "", goodDate + goodAuth + goodAuth, "IncompleteSignature", "Request contains 'Authorization' more than once."},
		{"date twice", "", goodDate + goodDate + goodAuth, "IncompleteSignature", "Request contains 'X-Amz-Date' more than once."},
		{"HTTP's date twice", "", "Date: a\nDate: b\n" + goodAuth, "IncompleteSignature", "Request contains 'Date' more than once."},
		{"token twice", "", goodDate + goodAuth + "X-Amz-Security-Token: a\nX-Amz-Security-Token: b\n", "IncompleteSignature",
			"Request contains 'X-Amz-Security-Token' more than once."},
		{"hash twice", "", goodDate + goodAuth + "X-Amz-Content-Sha256: a\nX-Amz-Content-Sha256: b\n", "IncompleteSignature",
			"Request contains 'X-Amz-Content-Sha256' more than once."},
		{"bad date", "", goodAuth + "X-Amz-Date: 2015-08-30T12:36:00Z\n", "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got '2015-08-30T12:36:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"no such day", "", goodAuth + "X-Amz-Date: 20150230T123600Z\n", "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got '20150230T123600Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"host not signed", "", goodDate + strings.Replace(goodAuth, "host;", "ghost;", 1), "SignatureDoesNotMatch",
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"header not signed", "", goodDate + goodAuth + "X-Amz-Target: a\n", "SignatureDoesNotMatch",
			"'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
		{"six elements", "", goodDate + strings.Replace(goodAuth, "Credential=", "Credential=a/", 1), "IncompleteSignature",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ..."},
		{"four elements", "", goodDate + strings.Replace(goodAuth, "/kms", "", 1), "IncompleteSignature",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ..."},
		{"no key id", "", goodDate + strings.Replace(goodAuth, "AKIDEXAMPLE", "", 1), "IncompleteSignature",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ..."},
		{"service", "", goodDate + strings.Replace(goodAuth, "/kms/", "/sts/", 1), "SignatureDoesNotMatch",
			"Credential should be scoped to correct service: 'kms'. "},
		{"region", "", goodDate + strings.Replace(goodAuth, "us-east-1", "mars", 1), "SignatureDoesNotMatch",
			"Credential should be scoped to a valid region. "},
		{"whole scope", "", goodDate + strings.Replace(goodAuth, "20150830/us-east-1/kms/aws4_request", "b/c/d/e", 1),
			"SignatureDoesNotMatch", "Credential should be scoped to a valid region. " +
				"Credential should be scoped to correct service: 'kms'. " +
				"Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
				"'b' != '20150830', from '20150830T123600Z'."},
		{"signature", "", goodDate + goodAuth, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. " +
				"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
		{"malformed query", "/?a=%zz", goodDate + goodAuth, "MalformedQueryString", "The query string contains a syntax error."},
		{"presigned, only the algorithm", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", "", "IncompleteSignature",
			"AWS query-string parameters must include 'X-Amz-Credential'. " +
				"AWS query-string parameters must include 'X-Amz-Signature'. " +
				"AWS query-string parameters must include 'X-Amz-SignedHeaders'. " +
				"AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
		{"presigned, another algorithm", presignedTarget("X-Amz-Algorithm=AWS4-HMAC-SHA1"), "", "IncompleteSignature",
			"Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now). "},
		{"presigned, no host", presignedTarget("X-Amz-SignedHeaders=x"), "", "SignatureDoesNotMatch",
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"presigned, HTTP's date", presignedTarget("X-Amz-Date=Sun"), "", "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got 'Sun'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"presigned, word as expiry", presignedTarget("X-Amz-Expires=never"), "", "AuthorizationQueryParametersError",
			"X-Amz-Expires should be a number"},
		{"presigned, negative expiry", presignedTarget("X-Amz-Expires=-1"), "", "AuthorizationQueryParametersError",
			"X-Amz-Expires must be non-negative"},
		{"presigned, eight days", presignedTarget("X-Amz-Expires=691200"), "", "AuthorizationQueryParametersError",
			"X-Amz-Expires must be less than a week (in seconds); " +
				"that is, the given X-Amz-Expires must be less than 604800 seconds"},
		{"presigned, token twice", presignedTarget("X-Amz-Security-Token=a"), "X-Amz-Security-Token: a\n", "IncompleteSignature",
			"Request contains 'X-Amz-Security-Token' more than once."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target := test.target
			if target == "" {
				target = "/"
			}
			r := readRequest(t, "GET "+target+" HTTP/1.1\nHost: example.amazonaws.com\n"+test.headers+"\n")
			s, err := Parse(r)
			if err == nil {
				err = s.CheckScope("kms")
			}
			if err == nil {
				err = s.Verify(r, nil, NewKeys(testSecret), testTime)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			prefix, cut := strings.CutSuffix(test.message, "...")
			if e.Code != test.code || !strings.HasPrefix(e.Message, prefix) || !cut && e.Message != prefix {
				t.Errorf("got  %s: %q\nwant %s: %q", e.Code, e.Message, test.code, test.message)
			}
			for _, secret := range []string{"Signature=5fa00", "Bearer", "secret", "a/AKIDEXAMPLE"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("repeats %q: %v", secret, err)
				}
			}
		})
	}
}

// presignedTarget is a target with everything that a presigned request needs, one parameter of which is replaced or added.
func presignedTarget(param string) string {
	name, _, _ := strings.Cut(param, "=")
	target := "/?" + param
	for _, p := range []string{
		"X-Amz-Algorithm=AWS4-HMAC-SHA256",
		"X-Amz-Credential=AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request",
		"X-Amz-Date=20150830T123600Z",
		"X-Amz-SignedHeaders=host",
		"X-Amz-Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	} {
		if !strings.HasPrefix(p, name+"=") {
			target += "&" + p
		}
	}
	return target
}

func TestTime(t *testing.T) {
	const expires = "X-Amz-Expires="
	tests := []struct {
		name   string
		target string // presigned if not empty
		age    time.Duration
		want   string // of Verify
		s3     string // of VerifyS3
	}{
		{"now", "", 0, "", ""},
		{"oldest", "", 15 * time.Minute, "", ""},
		{"too old", "", 15*time.Minute + time.Second, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z " +
			"(20150830T125101Z - 15 min.)", "The difference between the request time and the current time is too large."},
		{"newest", "", -15 * time.Minute, "", ""},
		{"too new", "", -15*time.Minute - time.Second, "Signature not yet current: 20150830T123600Z is still later than " +
			"20150830T123559Z (20150830T122059Z + 15 min.)", "The difference between the request time and the current time is too large."},
		{"presigned for a minute", expires + "60", time.Minute, "", ""},
		{"presigned for a minute, past", expires + "60", time.Minute + time.Second, "Signature expired: 20150830T123600Z is now " +
			"earlier than 20150830T123601Z (20150830T123701Z - 1 min.)", "Request has expired"},
		{"presigned for 90 seconds, past", expires + "90", 91 * time.Second, "Signature expired: 20150830T123600Z is now " +
			"earlier than 20150830T123601Z (20150830T123731Z - 90 sec.)", "Request has expired"},
		{"presigned for nothing", expires + "0", time.Second, "Signature expired: 20150830T123600Z is now " +
			"earlier than 20150830T123601Z (20150830T123601Z - 0 min.)", "Request has expired"},
		{"presigned for an hour", expires + "3600", time.Hour, "Signature expired: 20150830T123600Z is now " +
			"earlier than 20150830T132100Z (20150830T133600Z - 15 min.)", ""},
		{"presigned without expiry", "X-Amz-Date=20150830T123600Z", 15 * time.Minute, "", ""},
		{"presigned, too new", expires + "3600", -16 * time.Minute, "Signature not yet current: 20150830T123600Z is still later than " +
			"20150830T123500Z (20150830T122000Z + 15 min.)", "The difference between the request time and the current time is too large."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, headers := "/", goodDate+goodAuth
			if test.target != "" {
				target, headers = presignedTarget(test.target), ""
			}
			s, err := Parse(readRequest(t, "GET "+target+" HTTP/1.1\nHost: a\n"+headers+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			now := testTime.Add(test.age).In(time.FixedZone("", 3600))
			if got := message(s.checkTime(now)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if got := message(s.checkTimeS3(now)); got != test.s3 {
				t.Errorf("S3: got %q, want %q", got, test.s3)
			}
		})
	}
}

func message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

// TestDateHeader has a Date stand in for X-Amz-Date, in every form that HTTP and botocore write.
func TestDateHeader(t *testing.T) {
	for _, date := range []string{
		"20150830T123600Z", "Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 -0000", "Sun, 30 Aug 2015 14:36:00 +0200",
		"Sunday, 30-Aug-15 12:36:00 GMT", "Sun Aug 30 12:36:00 2015",
	} {
		r := readRequest(t, "GET / HTTP/1.1\nHost: example.amazonaws.com\nDate: "+date+"\n"+goodAuth+"\n")
		s, err := Parse(r)
		if err != nil {
			t.Errorf("%s: %v", date, err)
			continue
		}
		if !s.Time.Equal(testTime) || s.timestamp != "20150830T123600Z" || s.scopeFault != "" {
			t.Errorf("%s: %v %s %s", date, s.Time, s.timestamp, s.scopeFault)
		}
	}
}

func TestRegionForm(t *testing.T) {
	for region, want := range map[string]bool{
		"us-east-1": true, "us-gov-west-1": true, "eusc-de-east-1": true, "ap-southeast-7": true, "cn-northwest-1": true,
		"": false, "us": false, "us-east": false, "us-east-0": false, "US-EAST-1": false, "us--east-1": false, "-us-east-1": false,
		"us-east-1a": false, "useast-1x": false, "us-east-1/": false, strings.Repeat("a-", 20) + "1": false,
	} {
		if got := regionForm(region); got != want {
			t.Errorf("%q: %v", region, got)
		}
	}
}

// TestS3Payload checks what S3's requests may say of their body.
func TestS3Payload(t *testing.T) {
	tests := []struct {
		declared  string
		presigned bool
		code      string
	}{
		{hashOf([]byte("body")), false, ""},
		{unsignedPayload, false, ""},
		{"STREAMING-UNSIGNED-PAYLOAD-TRAILER", false, ""},
		{"", true, ""},
		{"", false, "InvalidRequest"},
		{hashOf([]byte("other")), false, "XAmzContentSHA256Mismatch"},
		{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false, "NotImplemented"},
		{"something", false, "InvalidArgument"},
	}
	for _, test := range tests {
		s := &Signature{PayloadHash: test.declared, Presigned: test.presigned}
		_, err := s.appendPayloadS3(nil, []byte("body"))
		code := ""
		if e := new(Error); errors.As(err, &e) {
			code = e.Code
		}
		if code != test.code {
			t.Errorf("%q: %v", test.declared, err)
		}
	}
}

// TestLimits sends what no client sends.
func TestLimits(t *testing.T) {
	long := strings.Repeat("a", maxAuthorization)
	var many strings.Builder
	many.WriteString("/?a")
	for range maxParams {
		many.WriteString("&a")
	}
	big := http.Header{"X-Amz-Meta-A": {strings.Repeat("b", maxCanonical)}}
	tests := []struct {
		name   string
		target string
		header http.Header
		signed string
		code   string
	}{
		{"authorization", "/", http.Header{"Authorization": {"AWS4-HMAC-SHA256 " + long}}, "", "RequestHeaderSectionTooLarge"},
		{"query", "/?" + strings.Repeat("a", maxQuery+1), nil, "", "MalformedQueryString"},
		{"parameters", many.String(), nil, "host;x-amz-date", "MalformedQueryString"},
		{"headers", "/", big, "host;x-amz-date;x-amz-meta-a", "RequestHeaderSectionTooLarge"},
		{"name", "/", nil, "host;x-" + strings.Repeat("a", maxHeaderName), "SignatureDoesNotMatch"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := readRequest(t, "GET "+test.target+" HTTP/1.1\nHost: a\n"+goodDate+"\n")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 "+goodCredential+",SignedHeaders="+test.signed+","+goodSignature)
			for name, values := range test.header {
				r.Header[name] = values
			}
			var e *Error
			if err := accept(r, nil, NewKeys(testSecret)); !errors.As(err, &e) || e.Code != test.code {
				t.Errorf("%v", err)
			}
		})
	}
}
