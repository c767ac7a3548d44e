package iam

import (
	"net/url"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/policy"
)

// trustOf is a trust policy for principals, given as JSON.
func trustOf(principal string) string {
	return `{ "Version": "2012-10-17", "Statement": {"Effect":"Allow", "Principal": ` + principal + ` , "Action":"sts:AssumeRole", "Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/B"}}} }`
}

// TestTrustIsBound: a trust policy names the very role that there was when it was written.
func TestTrustIsBound(t *testing.T) {
	w := newWorld(t)
	const arnB = "arn:aws:iam::444455556666:role/B"
	idB := *w.makeRole(there, "B").RoleId
	idU := *w.makeUser(there, "u").UserId
	document := trustOf(`{"AWS": ["` + arnB + `", "arn:aws:iam::444455556666:user/u" ,"999999999999"], "Service":"ecs-tasks.amazonaws.com"}`)
	w.root(here, &iamapi.CreateRoleInput{RoleName: new("A"), AssumeRolePolicyDocument: &document})
	shown := func() string {
		out := w.root(here, &iamapi.GetRoleInput{RoleName: new("A")}).(*iamapi.GetRoleOutput)
		s, err := url.PathUnescape(*out.Role.AssumeRolePolicyDocument)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	alive := strings.Replace(document, `"999999999999"`, `"arn:aws:iam::999999999999:root"`, 1)
	if got := shown(); got != alive {
		t.Errorf("shown is\n%s, want\n%s", got, alive)
	}
	trusts := func() bool {
		r, err := w.iam.Role(t.Context(), here, "A")
		if err != nil {
			t.Fatal(err)
		}
		current, err := w.iam.Role(t.Context(), there, "B")
		if err != nil {
			t.Fatal(err)
		}
		who := policy.Principal{Kind: policy.RoleSession, Account: there, ARN: "arn:aws:sts::444455556666:assumed-role/B/s", Issuer: arnB, ID: current.ID}
		allowAll, err := policy.Parse(policy.Identity, allowAll)
		if err != nil {
			t.Fatal(err)
		}
		d := policy.Evaluate(&policy.Request{
			Principal: &who, Action: "sts:AssumeRole", Resource: r.ARN, Account: here, Context: principalARN(arnB),
		}, &policy.Set{Identity: []*policy.Policy{allowAll}, Resource: r.Trust})
		return d.Effect == policy.Allow
	}
	if !trusts() {
		t.Error("the role is not trusted")
	}
	w.root(there, &iamapi.DeleteRoleInput{RoleName: new("B")})
	dead := strings.Replace(alive, `"`+arnB+`",`, `"`+idB+`",`, 1)
	if got := shown(); got != dead {
		t.Errorf("shown is\n%s, want\n%s", got, dead)
	}
	w.makeRole(there, "B")
	if trusts() {
		t.Error("another role of the same name is trusted")
	}
	if got := shown(); got != dead {
		t.Errorf("made again, shown is\n%s", got)
	}
	if !strings.Contains(shown(), "user/u") || strings.Contains(shown(), idU) {
		t.Error("the user is not shown by its ARN")
	}
	w.root(there, &iamapi.UpdateUserInput{UserName: new("u"), NewUserName: new("v")})
	if !strings.Contains(shown(), "user/v") {
		t.Errorf("the renamed user is not shown: %s", shown())
	}
	w.fails(here, &iamapi.UpdateAssumeRolePolicyInput{RoleName: new("A"), PolicyDocument: new(trustOf(`{"AWS":"` + idB + `"}`))},
		"MalformedPolicyDocumentException", `Invalid principal in policy: "AWS":"`+idB+`"`)
}

// principalARN is a request with one condition key.
type principalARN string

func (p principalARN) Lookup(key string) (policy.Values, bool) {
	return policy.One(string(p)), key == "aws:principalarn"
}

func TestTrustPrincipals(t *testing.T) {
	w := newWorld(t)
	w.root(there, &iamapi.CreateRoleInput{RoleName: new("P"), Path: new("/x/"), AssumeRolePolicyDocument: new(trustHere)})
	id := *w.makeUser(there, "u").UserId
	tests := map[string]string{ // principal → the value that is refused, or "" if none is
		`"*"`:                    "",
		`{"AWS":"*"}`:            "",
		`{"AWS":"999999999999"}`: "",
		`{"AWS":"arn:aws:iam::999999999999:root"}`:                                           "",
		`{"AWS":"arn:aws:iam::444455556666:role/x/P"}`:                                       "",
		`{"AWS":"arn:aws:iam::444455556666:role/P"}`:                                         "arn:aws:iam::444455556666:role/P",
		`{"AWS":"arn:aws:iam::444455556666:role/x/p"}`:                                       "arn:aws:iam::444455556666:role/x/p",
		`{"AWS":["arn:aws:iam::444455556666:user/u","arn:aws:iam::444455556666:user/none"]}`: "arn:aws:iam::444455556666:user/none",
		`{"AWS":"arn:aws:iam::444455556666:\u0075ser/u"}`:                                    "",
		`{"AWS":"` + id + `"}`:                                                               "",
		`{"AWS":"AIDAAAAAAAAAAAAAAAAAA"}`:                                                    "AIDAAAAAAAAAAAAAAAAAA",
		`{"AWS":"arn:aws:sts::444455556666:assumed-role/P/s"}`:                               "",
		`{"AWS":"arn:aws:sts::444455556666:assumed-role/none/s"}`:                            "arn:aws:sts::444455556666:assumed-role/none/s",
		`{"Service":"ecs-tasks.amazonaws.com"}`:                                              "",
	}
	w.makeRole(here, "A")
	for principal, refused := range tests {
		in := &iamapi.UpdateAssumeRolePolicyInput{RoleName: new("A"), PolicyDocument: new(trustOf(principal))}
		if refused != "" {
			w.fails(here, in, "MalformedPolicyDocumentException", `Invalid principal in policy: "AWS":"`+refused+`"`)
			continue
		}
		if _, err := w.call(aws.RootUser(here), in); err != nil {
			t.Errorf("%s: %v", principal, err)
		}
	}
}

// FuzzMapPrincipals: what is not replaced stays as it is, and what is replaced parses.
func FuzzMapPrincipals(f *testing.F) {
	f.Add(trustHere)
	f.Add(trustOf(`{"AWS":["a" , "\u0041"],"Service":"s"}`))
	f.Fuzz(func(t *testing.T, document string) {
		if _, err := policy.Parse(policy.Trust, document); err != nil {
			return
		}
		same, err := mapPrincipals(document, func(p string) (string, error) { return p, nil })
		if err != nil || same != document {
			t.Errorf("%v: %q becomes %q", err, document, same)
		}
		changed, err := mapPrincipals(document, func(string) (string, error) { return "AIDAAAAAAAAAAAAAAAAAA", nil })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := policy.Parse(policy.Trust, changed); err != nil {
			t.Errorf("%q becomes %q: %v", document, changed, err)
		}
	})
}
