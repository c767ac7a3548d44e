package iam

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

func TestInlinePolicies(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	spaced := strings.ReplaceAll(allowRead, ",", ",\n\t ")
	for _, name := range []string{"b", "A", "c"} {
		w.root(here, &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: &name, PolicyDocument: new(allowAll)})
	}
	w.root(here, &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("b"), PolicyDocument: &spaced})
	got := w.root(here, &iamapi.GetRolePolicyInput{RoleName: new("R"), PolicyName: new("b")}).(*iamapi.GetRolePolicyOutput)
	if document, err := url.PathUnescape(*got.PolicyDocument); err != nil || document != spaced {
		t.Errorf("document is %s", *got.PolicyDocument)
	}
	first := w.root(here, &iamapi.ListRolePoliciesInput{RoleName: new("R"), MaxItems: new(int32(2))}).(*iamapi.ListRolePoliciesOutput)
	rest := w.root(here, &iamapi.ListRolePoliciesInput{RoleName: new("R"), Marker: first.Marker}).(*iamapi.ListRolePoliciesOutput)
	if diff := cmp.Diff([]string{"A", "b", "c"}, append(first.PolicyNames, rest.PolicyNames...)); diff != "" {
		t.Error(diff)
	}
	w.root(here, &iamapi.DeleteRolePolicyInput{RoleName: new("R"), PolicyName: new("A")})
	for _, in := range []any{
		&iamapi.DeleteRolePolicyInput{RoleName: new("R"), PolicyName: new("A")},
		&iamapi.GetRolePolicyInput{RoleName: new("R"), PolicyName: new("A")},
	} {
		w.fails(here, in, "NoSuchEntityException", "The role policy with name A cannot be found.")
	}
	w.fails(here, &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("x"), PolicyDocument: new(trustHere)},
		"MalformedPolicyDocumentException", "Policy document should not specify a principal.")
	w.fails(here, &iamapi.PutRolePolicyInput{RoleName: new("none"), PolicyName: new("x"), PolicyDocument: new(allowAll)},
		"NoSuchEntityException", "The role with name none cannot be found.")
}

// TestInlineQuotas: the inline policies of an entity count together, without white space.
func TestInlineQuotas(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "e")
	w.makeUser(here, "e")
	w.root(here, &iamapi.CreateGroupInput{GroupName: new("e")})
	put := map[kind]func(name, document string) any{
		role: func(n, d string) any {
			return &iamapi.PutRolePolicyInput{RoleName: new("e"), PolicyName: &n, PolicyDocument: &d}
		},
		user: func(n, d string) any {
			return &iamapi.PutUserPolicyInput{UserName: new("e"), PolicyName: &n, PolicyDocument: &d}
		},
		group: func(n, d string) any {
			return &iamapi.PutGroupPolicyInput{GroupName: new("e"), PolicyName: &n, PolicyDocument: &d}
		},
	}
	for k, quota := range map[kind]int{role: 10240, user: 2048, group: 5120} {
		w.root(here, put[k]("small", allowAll))
		w.root(here, put[k]("large", ofSize(t, quota-len(allowAll))))
		w.fails(here, put[k]("large", ofSize(t, quota-len(allowAll)+1)), "LimitExceededException",
			"Maximum policy size of "+itoa(int32(quota))+" bytes exceeded for "+string(k)+" e")
		w.root(here, put[k]("small", strings.ReplaceAll(allowAll, ":", ":  \n")))
	}
}

// ofSize is an identity policy of n characters, with white space that does not count.
func ofSize(t *testing.T, n int) string {
	t.Helper()
	d := strings.Replace(allowRead, `"Effect"`, `"Sid":"`+strings.Repeat("x", n-len(allowRead)-len(`"Sid":"",`))+`","Effect"`, 1)
	if len(d) != n {
		t.Fatalf("document has %d characters, want %d", len(d), n)
	}
	return strings.ReplaceAll(d, ",", ", \n")
}

func TestSize(t *testing.T) {
	for document, want := range map[string]int{"": 0, " \t\r\n": 0, "a b": 2, "é\n": 1, allowAll: len(allowAll)} {
		if got := size(document); got != want {
			t.Errorf("size of %q is %d, want %d", document, got, want)
		}
	}
}

func TestEscape(t *testing.T) {
	const document = "{\"a\": \"é~*+%-._\"}\n"
	if got, want := escape(document), "%7B%22a%22%3A%20%22%C3%A9~%2A%2B%25-._%22%7D%0A"; got != want {
		t.Errorf("escaped is %s, want %s", got, want)
	}
}
