package iam

import (
	"testing"
	"time"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

// TestConditionKeys tells which conditions on a user's permissions hold.
func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	trust := ptr(trustTasks)
	w.root(here, &iamapi.CreateRoleInput{RoleName: ptr("Red"), Path: ptr("/a/"), AssumeRolePolicyDocument: trust, Tags: []iamapi.Tag{{Key: ptr("Team"), Value: ptr("red")}}})
	w.makeRole(here, "Plain")
	w.makeRole(here, "Other")
	w.makeUser(here, "operator")
	who := w.user(w.makeKey(here, "operator"))
	bound := w.makePolicy(here, "Bound", allowRead)
	free := w.makePolicy(here, "Free", allowAll)
	w.root(here, &iamapi.CreateRoleInput{RoleName: ptr("Bounded"), AssumeRolePolicyDocument: trust, PermissionsBoundary: &bound})
	create := func(name string, tags ...iamapi.Tag) *iamapi.CreateRoleInput {
		return &iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: trust, Tags: tags}
	}
	withBoundary := func(name, arn string) *iamapi.CreateRoleInput {
		in := create(name)
		in.PermissionsBoundary = &arn
		return in
	}
	tag := func(k, v string) iamapi.Tag { return iamapi.Tag{Key: &k, Value: &v} }
	tests := map[string]struct {
		statement       string
		allowed, denied any
	}{
		"aws:ResourceTag": {`"Action":"iam:GetRole","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}`,
			&iamapi.GetRoleInput{RoleName: ptr("Red")}, &iamapi.GetRoleInput{RoleName: ptr("Plain")}},
		"iam:ResourceTag": {`"Action":"iam:GetRole","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/Team":"red"}}`,
			&iamapi.GetRoleInput{RoleName: ptr("Red")}, &iamapi.GetRoleInput{RoleName: ptr("none")}},
		"path": {`"Action":"iam:GetRole","Resource":"arn:aws:iam::111122223333:role/a/*"`,
			&iamapi.GetRoleInput{RoleName: ptr("Red")}, &iamapi.GetRoleInput{RoleName: ptr("Plain")}},
		"aws:RequestTag": {`"Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}`,
			create("r1", tag("team", "red")), create("r2", tag("team", "blue"))},
		"aws:TagKeys": {`"Action":"iam:TagRole","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"aws:TagKeys":"false"}}`,
			&iamapi.TagRoleInput{RoleName: ptr("Plain"), Tags: []iamapi.Tag{tag("a", "1")}},
			&iamapi.TagRoleInput{RoleName: ptr("Plain"), Tags: []iamapi.Tag{tag("a", "1"), tag("b", "1")}}},
		"aws:TagKeys of untag": {`"Action":"iam:UntagRole","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}}`,
			&iamapi.UntagRoleInput{RoleName: ptr("Plain"), TagKeys: []string{"a"}}, &iamapi.UntagRoleInput{RoleName: ptr("Plain"), TagKeys: []string{"b"}}},
		"iam:PolicyARN": {`"Action":"iam:AttachRolePolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"` + bound + `"}}`,
			&iamapi.AttachRolePolicyInput{RoleName: ptr("Plain"), PolicyArn: &bound}, &iamapi.AttachRolePolicyInput{RoleName: ptr("Plain"), PolicyArn: &free}},
		"iam:PermissionsBoundary of a new role": {`"Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + bound + `"}}`,
			withBoundary("r3", bound), withBoundary("r4", free)},
		"iam:PermissionsBoundary of a role": {`"Action":"iam:PutRolePolicy","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + bound + `"}}`,
			&iamapi.PutRolePolicyInput{RoleName: ptr("Bounded"), PolicyName: ptr("p"), PolicyDocument: ptr(allowAll)},
			&iamapi.PutRolePolicyInput{RoleName: ptr("Plain"), PolicyName: ptr("p"), PolicyDocument: ptr(allowAll)}},
		"iam:PermissionsBoundary to be set": {`"Action":"iam:PutRolePermissionsBoundary","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + bound + `"}}`,
			&iamapi.PutRolePermissionsBoundaryInput{RoleName: ptr("Other"), PermissionsBoundary: &bound},
			&iamapi.PutRolePermissionsBoundaryInput{RoleName: ptr("Bounded"), PermissionsBoundary: &free}},
		"a policy": {`"Action":"iam:GetPolicy","Resource":"` + bound + `"`,
			&iamapi.GetPolicyInput{PolicyArn: &bound}, &iamapi.GetPolicyInput{PolicyArn: &free}},
		"lists": {`"Action":"iam:List*","Resource":"arn:aws:iam::111122223333:role/*"`,
			&iamapi.ListRolesInput{}, &iamapi.ListUsersInput{}},
		"both names": {`"Action":"iam:UpdateUser","Resource":["arn:aws:iam::111122223333:user/operator","arn:aws:iam::111122223333:user/x/*"]`,
			&iamapi.UpdateUserInput{UserName: ptr("operator"), NewPath: ptr("/x/")}, &iamapi.UpdateUserInput{UserName: ptr("operator"), NewUserName: ptr("root")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.root(here, &iamapi.PutUserPolicyInput{UserName: ptr("operator"), PolicyName: ptr("p"), PolicyDocument: ptr(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + test.statement + `}]}`)})
			_, err := w.call(who, test.denied)
			wantError(t, err, "AccessDenied", "")
			w.as(who, test.allowed)
		})
	}
}

// TestSessionTokenWithoutMFA: a user with a session token may not call IAM.
func TestSessionTokenWithoutMFA(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	w.root(here, &iamapi.PutUserPolicyInput{UserName: ptr("alice"), PolicyName: ptr("p"), PolicyDocument: ptr(allowAll)})
	who := *w.user(w.makeKey(here, "alice"))
	w.as(&who, &iamapi.ListUsersInput{})
	who.IssuedAt = time.Now()
	_, err := w.call(&who, &iamapi.ListUsersInput{})
	wantError(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	who.MFA = true
	w.as(&who, &iamapi.ListUsersInput{})
}
