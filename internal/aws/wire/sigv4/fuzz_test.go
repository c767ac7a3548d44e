package sigv4

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzParse feeds what a stranger may send. Whatever it is, the answer is an *Error, now or when it is verified.
func FuzzParse(f *testing.F) {
	auth := strings.TrimSuffix(strings.TrimPrefix(goodAuth, "Authorization: "), "\n")
	f.Add("/", auth, "20150830T123600Z", "", "")
	f.Add("/a/../b//%2F?x=%20&y", auth, "Sun, 30 Aug 2015 12:36:00 GMT", "token", unsignedPayload)
	f.Add(presignedTarget("X-Amz-Expires=60"), "", "", "", "")
	f.Add(presignedTarget("X-Amz-Security-Token=a%2Fb")+"&X-Amz-Content-Sha256=00", "", "", "", "")
	f.Add("/?X%2dAmz-Algorithm=%zz", "AWS4-HMAC-SHA256 a", "x", "\t ", ";")
	f.Add("/", "AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;host;;,Signature==,,", "20150830T246060Z", "", "")
	f.Fuzz(func(t *testing.T, target, authorization, date, token, payloadHash string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: "POST", Host: "a", URL: u, Header: http.Header{}}
		for name, value := range map[string]string{
			"Authorization": authorization, "X-Amz-Date": date, "X-Amz-Security-Token": token, "X-Amz-Content-Sha256": payloadHash,
		} {
			if value != "" {
				r.Header[name] = []string{value}
			}
		}
		var refusal *Error
		s, err := Parse(r)
		if err != nil {
			if !errors.As(err, &refusal) || s != nil {
				t.Fatalf("%v with %v", err, s)
			}
			return
		}
		if s.AccessKeyID == "" || strings.Contains(s.AccessKeyID+s.Region+s.Service, "/") ||
			s.timestamp != s.Time.Format(basicFormat) || s.scope == "" {
			t.Fatalf("%+v", *s)
		}
		for _, verify := range []func(*http.Request, []byte, *Keys) error{
			func(r *http.Request, b []byte, k *Keys) error { return s.Verify(r, b, k, s.Time) },
			func(r *http.Request, b []byte, k *Keys) error { return s.VerifyS3(r, b, k, s.Time) },
		} {
			if err := verify(r, nil, NewKeys("secret")); !errors.As(err, &refusal) {
				t.Fatalf("verified: %v", err)
			}
		}
	})
}

// FuzzQuery compares the canonical query with one made from what a handler will read of it.
func FuzzQuery(f *testing.F) {
	for _, raw := range []string{"", "a", "a=", "a=b&a=a&B=+%20%2b", "=&&=x", "a%3d=%26;b", "a-b=1&a=2&a%2Fb=3", "%E6%97%A5=~"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := appendQuery(nil, raw)
		values, parseErr := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B")) // which it would refuse, and AWS takes
		if err != nil {
			if parseErr == nil && len(raw) <= maxQuery && strings.Count(raw, "&") < maxParams {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		if parseErr != nil {
			t.Fatalf("%q: %v", raw, parseErr)
		}
		type pair struct{ name, value string }
		var pairs []pair
		escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		for name, list := range values {
			for _, value := range list {
				if name != "X-Amz-Signature" {
					pairs = append(pairs, pair{escape(name), escape(value)})
				}
			}
		}
		slices.SortFunc(pairs, func(a, b pair) int {
			if c := strings.Compare(a.name, b.name); c != 0 {
				return c
			}
			return strings.Compare(a.value, b.value)
		})
		want := ""
		for _, p := range pairs {
			want += "&" + p.name + "=" + p.value
		}
		if string(got) != strings.TrimPrefix(want, "&") {
			t.Fatalf("%q\ngot  %s\nwant %s", raw, got, want)
		}
	})
}
