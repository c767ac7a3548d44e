package sts

import (
	"fmt"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
)

const deniesTrust = "User: %s is not authorized to perform: sts:AssumeRole on resource: %s"

// TestTrust tells who may assume a role of account A.
func TestTrust(t *testing.T) {
	const (
		userA   = `{"AWS":"arn:aws:iam::111122223333:user/u"}`
		userB   = `{"AWS":"arn:aws:iam::444455556666:user/u"}`
		deny    = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}]}`
		noIdent = " because no identity-based policy allows the sts:AssumeRole action"
		denied  = " with an explicit deny in an identity-based policy"
	)
	external := `{"StringEquals":{"sts:ExternalId":"secret-1"}}`
	tests := map[string]struct {
		account, identity, principal, conditions string
		externalID                               string
		denial                                   string // what follows deniesTrust; "-" if the call is allowed
	}{
		"same account, user named":                    {accountA, "", userA, "", "", "-"},
		"same account, user named, identity denies":   {accountA, deny, userA, "", "", denied},
		"same account, delegated":                     {accountA, mayAssume, rootA, "", "", "-"},
		"same account, delegated, no identity policy": {accountA, "", rootA, "", "", noIdent},
		"same account, not trusted":                   {accountA, mayAssume, rootB, "", "", ""},
		"other account, both sides":                   {accountB, mayAssume, rootB, "", "", "-"},
		"other account, named, both sides":            {accountB, mayAssume, userB, "", "", "-"},
		"other account, named, no identity policy":    {accountB, "", userB, "", "", noIdent},
		"other account, not trusted":                  {accountB, mayAssume, rootA, "", "", ""},
		"everyone, same account":                      {accountA, "", `"*"`, "", "", "-"},
		"external id":                                 {accountB, mayAssume, rootB, external, "secret-1", "-"},
		"wrong external id":                           {accountB, mayAssume, rootB, external, "secret-2", ""},
		"no external id":                              {accountB, mayAssume, rootB, external, "", ""},
		"session name":                                {accountB, mayAssume, rootB, `{"StringLike":{"sts:RoleSessionName":"wo*"}}`, "", "-"},
		"other session name":                          {accountB, mayAssume, rootB, `{"StringEquals":{"sts:RoleSessionName":"play"}}`, "", ""},
		"service":                                     {accountA, mayAssume, `{"Service":"ecs-tasks.amazonaws.com"}`, "", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.makeUser(accountA, "other", "")
			who := w.makeUser(test.account, "u", test.identity)
			arn := w.makeRole(accountA, "R", trusts(test.principal, test.conditions), "")
			in := assuming(arn)
			if test.externalID != "" {
				in.ExternalId = &test.externalID
			}
			_, err := w.call(who, &in)
			if test.denial == "-" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, "AccessDenied", fmt.Sprintf(deniesTrust, who.ARN, arn)+test.denial)
		})
	}
}

// TestUnknownRole compares the answer for a role that does not exist with that for one that trusts somebody else.
func TestUnknownRole(t *testing.T) {
	w := newWorld(t)
	arn := w.makeRole(accountA, "There", trusts(`{"Service":"ecs-tasks.amazonaws.com"}`, ""), "")
	for _, who := range []*aws.Caller{
		w.makeUser(accountA, "same", mayAssume), w.makeUser(accountB, "other", mayAssume),
		w.makeUser(accountA, "same-none", ""), w.makeUser(accountB, "other-none", ""),
	} {
		const missing = "arn:aws:iam::111122223333:role/None"
		in, none := assuming(arn), assuming(missing)
		in.DurationSeconds, none.DurationSeconds = new(int32(43200)), new(int32(43200)) // longer than the role allows
		_, err := w.call(who, &in)
		_, errNone := w.call(who, &none)
		var there, gone *aws.Error
		there, gone = err.(*aws.Error), errNone.(*aws.Error)
		if there.Code != gone.Code || len(there.Message)-len(arn) != len(gone.Message)-len(missing) {
			t.Errorf("%s sees\n\t%v for a role that does not trust it,\n\t%v for one that does not exist", who.UserName, there, gone)
		}
		wrongPath := assuming("arn:aws:iam::111122223333:role/path/There")
		_, err = w.call(who, &wrongPath)
		wantError(t, err, "AccessDenied", "")
	}
}

// TestRolePath: a role is known by its path too.
func TestRolePath(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	name, path, trust := "R", "/a/", trusts(rootA, "")
	w.root(accountA, &iamapi.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust})
	w.session(user, assuming("arn:aws:iam::111122223333:role/a/R"))
	for _, arn := range []string{"arn:aws:iam::111122223333:role/R", "arn:aws:iam::111122223333:role/b/R"} {
		in := assuming(arn)
		_, err := w.call(user, &in)
		wantError(t, err, "AccessDenied", fmt.Sprintf(deniesTrust, user.ARN, arn))
	}
}

func TestServiceAssumes(t *testing.T) {
	w := newWorld(t)
	arn := w.makeRole(accountA, "Task", trusts(`{"Service":"ecs-tasks.amazonaws.com"}`, ""), mayAll)
	who := w.session(aws.ServicePrincipal("ecs-tasks.amazonaws.com"), assuming(arn))
	if who.Account != accountA || who.ARN != "arn:aws:sts::111122223333:assumed-role/Task/work" {
		t.Errorf("caller is %+v", who)
	}
	in := assuming(arn)
	_, err := w.call(aws.ServicePrincipal("lambda.amazonaws.com"), &in)
	wantError(t, err, "AccessDenied", "")
}

func TestWhoMayNotAssume(t *testing.T) {
	w := newWorld(t)
	in := assuming(w.makeRole(accountA, "R", trusts(`"*"`, ""), ""))
	_, err := w.call(aws.RootUser(accountA), &in)
	wantError(t, err, "AccessDenied", "Roles may not be assumed by root accounts.")
	_, err = w.call(aws.Anonymous(), &in)
	wantError(t, err, "MissingAuthenticationToken", "Request is missing Authentication Token")
}

// TestRecreatedRole: a role that takes the name of a deleted one is not trusted in its place, and the sessions of the old
// one end.
func TestRecreatedRole(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountB, "u", mayAssume)
	roleB := w.makeRole(accountB, "ServiceB", trusts(rootB, ""), mayAssume)
	roleA := w.makeRole(accountA, "ServiceA", trusts(`{"AWS":"`+roleB+`"}`, ""), onlyList)
	first := w.session(user, assuming(roleB))
	w.session(first, assuming(roleA))

	w.deleteRole(accountB, "ServiceB")
	in := assuming(roleA)
	_, err := w.call(first, &in)
	wantError(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	w.makeRole(accountB, "ServiceB", trusts(rootB, ""), mayAssume)
	_, err = w.call(first, &in)
	wantError(t, err, "InvalidClientTokenId", "")
	second := w.session(user, assuming(roleB))
	_, err = w.call(second, &in)
	wantError(t, err, "AccessDenied", fmt.Sprintf(deniesTrust, second.ARN, roleA))
}

// TestSelfAssumption: a role may assume itself only if its trust policy says so.
func TestSelfAssumption(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(`{"AWS":"arn:aws:iam::111122223333:user/u"}`, ""), mayAssume)
	self := w.session(user, assuming(arn))
	in := assuming(arn)
	_, err := w.call(self, &in)
	wantError(t, err, "AccessDenied", fmt.Sprintf(deniesTrust, self.ARN, arn))
}

func TestGetCallerIdentity(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`)
	arn := w.makeRole(accountA, "R", trusts(`"*"`, ""), "")
	session := w.session(w.makeUser(accountA, "v", mayAssume), assuming(arn))
	for _, who := range []*aws.Caller{user, session, aws.RootUser(accountA)} {
		out, err := w.call(who, &stsapi.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		id := out.(*stsapi.GetCallerIdentityOutput)
		if *id.Arn != who.ARN || *id.Account != accountA || *id.UserId != who.UserID {
			t.Errorf("%s is %s %s %s", who.ARN, *id.Arn, *id.Account, *id.UserId)
		}
	}
	_, err := w.call(aws.Anonymous(), &stsapi.GetCallerIdentityInput{})
	wantError(t, err, "MissingAuthenticationToken", "")
}
