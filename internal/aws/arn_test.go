package aws

import (
	"strings"
	"testing"
)

func TestParseARN(t *testing.T) {
	for _, c := range []struct {
		in   string
		want ARN
		ok   bool
	}{
		{"arn:aws:kms:us-east-1:111122223333:key/1234", ARN{"aws", "kms", "us-east-1", "111122223333", "key/1234"}, true},
		{"arn:aws:iam::111122223333:role/a/b", ARN{"aws", "iam", "", "111122223333", "role/a/b"}, true},
		{"arn:aws:iam::aws:policy/AdministratorAccess", ARN{"aws", "iam", "", "aws", "policy/AdministratorAccess"}, true},
		{"arn:aws:s3:::bucket/a:b:c", ARN{"aws", "s3", "", "", "bucket/a:b:c"}, true},
		{in: ""},
		{in: "arn:aws:kms:us-east-1:111122223333"},
		{in: "arn:aws:kms:us-east-1:1111:key/1"},
		{in: "arn:aws:kms:us-east-1:11112222333x:key/1"},
		{in: "arn::kms:us-east-1:111122223333:key/1"},
		{in: "arn:aws::us-east-1:111122223333:key/1"},
		{in: "arn:aws:kms:us-east-1:111122223333:"},
		{in: "arn:aws:kms:us-east-1:111122223333:key/1\n2"},
		{in: "ARN:aws:kms:us-east-1:111122223333:key/1"},
	} {
		got, err := ParseARN(c.in)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("ParseARN(%q) = %+v, %v", c.in, got, err)
		}
	}
}

func FuzzARN(f *testing.F) {
	f.Add("arn:aws:kms:us-east-1:111122223333:key/1234")
	f.Add("arn:aws:iam::aws:policy/AdministratorAccess")
	f.Add("arn:aws:s3:::b/a:b")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseARN(s)
		if err != nil {
			return
		}
		if a.String() != s {
			t.Fatalf("%q became %q", s, a.String())
		}
		if strings.ContainsAny(s, "\n\r\x00") {
			t.Fatalf("%q has control characters", s)
		}
	})
}

func TestIsRegion(t *testing.T) {
	for s, want := range map[string]bool{
		"us-east-1": true, "us-gov-west-1": true, "ap-southeast-7": true, "mx-central-1": true, "eusc-de-east-1": true,
		"us-east-": false, "-us-east-1": false, "us-east-1a": false, "us-1": false, "us-east-a1": false,
		"": false, "us-east": false, "useast1": false, "US-EAST-1": false, "us--east-1": false, "us-east-1/..": false, "us-east-x": false,
		"us-" + strings.Repeat("a", 40) + "-1": false,
	} {
		if IsRegion(s) != want {
			t.Errorf("IsRegion(%q) = %v", s, !want)
		}
	}
}
