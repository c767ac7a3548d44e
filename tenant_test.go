package keyhold_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/keyhold/keyhold"
)

func TestParseTenantID(t *testing.T) {
	grammar := regexp.MustCompile(`\A[a-z0-9]([a-z0-9-]{0,47}[a-z0-9])?\z`)
	for _, s := range []string{
		"a", "0", "acme", "a-b", "a--b", "t-abcdefghij2345672345", strings.Repeat("a", 49), strings.Repeat("a", 50),
		"", "-", "-a", "a-", "A", "Acme", "a_b", "a b", "a.b", "a/b", "a*", "a\n", "\x00", "ä", "${aws:username}", `a"b`,
	} {
		id, err := keyhold.ParseTenantID(s)
		if want := grammar.MatchString(s); (err == nil) != want {
			t.Errorf("ParseTenantID(%q): error %v, want valid %v", s, err, want)
		}
		if err == nil && string(id) != s || err != nil && (id != "" || !errors.Is(err, keyhold.ErrInvalidTenant)) {
			t.Errorf("ParseTenantID(%q) = %q, %v", s, id, err)
		}
	}
}

func FuzzParseTenantID(f *testing.F) {
	grammar := regexp.MustCompile(`\A[a-z0-9]([a-z0-9-]{0,47}[a-z0-9])?\z`)
	f.Add("acme-1")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := keyhold.ParseTenantID(s); (err == nil) != grammar.MatchString(s) {
			t.Errorf("ParseTenantID(%q): %v", s, err)
		}
	})
}

func TestNewTenantID(t *testing.T) {
	form := regexp.MustCompile(`\At-[a-z2-7]{20}\z`)
	seen := map[keyhold.TenantID]bool{}
	for range 1000 {
		id := keyhold.NewTenantID()
		if _, err := keyhold.ParseTenantID(string(id)); err != nil || !form.MatchString(string(id)) {
			t.Fatalf("NewTenantID() = %q: %v", id, err)
		}
		if seen[id] {
			t.Fatalf("NewTenantID() gave %q twice", id)
		}
		seen[id] = true
	}
}

func TestTenantNames(t *testing.T) {
	id := keyhold.TenantID("acme")
	if got := id.Alias(); got != "alias/customer-acme" {
		t.Errorf("Alias() = %q", got)
	}
	if got := id.SessionName(); got != "Tenant-acme-Session" {
		t.Errorf("SessionName() = %q", got)
	}
	longest := keyhold.TenantID(strings.Repeat("a", 49))
	if n := len(longest.SessionName()); n > 64 {
		t.Errorf("a session name has %d characters, STS allows 64", n)
	}
}

func TestSessionPolicy(t *testing.T) {
	want := `{
		"Version": "2012-10-17",
		"Statement": [{
			"Effect": "Allow",
			"Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"],
			"Resource": "*",
			"Condition": {"StringEquals": {"kms:RequestAlias": "alias/customer-acme"}}
		}]
	}`
	sameJSON(t, keyhold.SessionPolicy("acme"), want)
}

func TestSessionPolicyOfInvalidIDDeniesAll(t *testing.T) {
	want := `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": "*"}]}`
	for _, id := range []keyhold.TenantID{"", "*", "${aws:PrincipalTag/t}", `a"}}}],"x":[{"`, "ACME"} {
		sameJSON(t, keyhold.SessionPolicy(id), want)
	}
}

func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
