package iam

import (
	"testing"
	"time"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

// TestConditionKeys tells which conditions on a user's permissions hold.
func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	trust := new(trustTasks)
	w.root(here, &iamapi.CreateRoleInput{RoleName: new("Red"), Path: new("/a/"), AssumeRolePolicyDocument: trust, Tags: []iamapi.Tag{{Key: new("Team"), Value: new("red")}}})
	w.makeRole(here, "Plain")
	w.makeRole(here, "Other")
	w.makeUser(here, "operator")
	who := w.user(w.makeKey(here, "operator"))
	bound := w.makePolicy(here, "Bound", allowRead)
	free := w.makePolicy(here, "Free", allowAll)
	w.root(here, &iamapi.CreateRoleInput{RoleName: new("Bounded"), AssumeRolePolicyDocument: trust, PermissionsBoundary: &bound})
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
			&iamapi.GetRoleInput{RoleName: new("Red")}, &iamapi.GetRoleInput{RoleName: new("Plain")}},
		"iam:ResourceTag": {`"Action":"iam:GetRole","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/Team":"red"}}`,
			&iamapi.GetRoleInput{RoleName: new("Red")}, &iamapi.GetRoleInput{RoleName: new("none")}},
		"path": {`"Action":"iam:GetRole","Resource":"arn:aws:iam::111122223333:role/a/*"`,
			&iamapi.GetRoleInput{RoleName: new("Red")}, &iamapi.GetRoleInput{RoleName: new("Plain")}},
		"aws:RequestTag": {`"Action":["iam:CreateRole","iam:TagRole"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}`,
			create("r1", tag("team", "red")), create("r2", tag("team", "blue"))},
		"aws:TagKeys": {`"Action":"iam:TagRole","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"aws:TagKeys":"false"}}`,
			&iamapi.TagRoleInput{RoleName: new("Plain"), Tags: []iamapi.Tag{tag("a", "1")}},
			&iamapi.TagRoleInput{RoleName: new("Plain"), Tags: []iamapi.Tag{tag("a", "1"), tag("b", "1")}}},
		"aws:TagKeys of untag": {`"Action":"iam:UntagRole","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}}`,
			&iamapi.UntagRoleInput{RoleName: new("Plain"), TagKeys: []string{"a"}}, &iamapi.UntagRoleInput{RoleName: new("Plain"), TagKeys: []string{"b"}}},
		"iam:PolicyARN": {`"Action":"iam:AttachRolePolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"` + bound + `"}}`,
			&iamapi.AttachRolePolicyInput{RoleName: new("Plain"), PolicyArn: &bound}, &iamapi.AttachRolePolicyInput{RoleName: new("Plain"), PolicyArn: &free}},
		"iam:PermissionsBoundary of a new role": {`"Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + bound + `"}}`,
			withBoundary("r3", bound), withBoundary("r4", free)},
		"iam:PermissionsBoundary of a role": {`"Action":"iam:PutRolePolicy","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + bound + `"}}`,
			&iamapi.PutRolePolicyInput{RoleName: new("Bounded"), PolicyName: new("p"), PolicyDocument: new(allowAll)},
			&iamapi.PutRolePolicyInput{RoleName: new("Plain"), PolicyName: new("p"), PolicyDocument: new(allowAll)}},
		"iam:PermissionsBoundary to be set": {`"Action":"iam:PutRolePermissionsBoundary","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + bound + `"}}`,
			&iamapi.PutRolePermissionsBoundaryInput{RoleName: new("Other"), PermissionsBoundary: &bound},
			&iamapi.PutRolePermissionsBoundaryInput{RoleName: new("Bounded"), PermissionsBoundary: &free}},
		"a policy": {`"Action":"iam:GetPolicy","Resource":"` + bound + `"`,
			&iamapi.GetPolicyInput{PolicyArn: &bound}, &iamapi.GetPolicyInput{PolicyArn: &free}},
		"lists": {`"Action":"iam:List*","Resource":"arn:aws:iam::111122223333:role/*"`,
			&iamapi.ListRolesInput{}, &iamapi.ListUsersInput{}},
		"both paths": {`"Action":"iam:UpdateUser","Resource":["arn:aws:iam::111122223333:user/operator","arn:aws:iam::111122223333:user/x/operator"]`,
			&iamapi.UpdateUserInput{UserName: new("operator")}, &iamapi.UpdateUserInput{UserName: new("operator"), NewPath: new("/y/")}},
		"both names": {`"Action":"iam:UpdateUser","Resource":["arn:aws:iam::111122223333:user/operator","arn:aws:iam::111122223333:user/x/*"]`,
			&iamapi.UpdateUserInput{UserName: new("operator"), NewPath: new("/x/")}, &iamapi.UpdateUserInput{UserName: new("operator"), NewUserName: new("root")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.root(here, &iamapi.PutUserPolicyInput{UserName: new("operator"), PolicyName: new("p"), PolicyDocument: new(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + test.statement + `}]}`)})
			_, err := w.call(who, test.denied)
			wantError(t, err, "AccessDenied", "")
			w.as(who, test.allowed)
		})
	}
}

// TestDenialNames tells how denials name what they are about, and that what is made with tags needs the permission to tag.
func TestDenialNames(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	w.makeUser(here, "operator")
	who := w.user(w.makeKey(here, "operator"))
	own := w.makePolicy(here, "P", allowRead)
	w.root(here, &iamapi.PutUserPolicyInput{UserName: new("operator"), PolicyName: new("p"), PolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateRole","iam:CreateUser","iam:CreatePolicy"],"Resource":"*"}]}`)})
	tags := []iamapi.Tag{{Key: new("a"), Value: new("1")}}
	const arn = "arn:aws:iam::111122223333:"
	tests := []struct {
		in           any
		action, name string
	}{
		{&iamapi.CreateRoleInput{RoleName: new("New"), Path: new("/a/"), AssumeRolePolicyDocument: new(trustTasks), Tags: tags}, "TagRole", arn + "role/a/New"},
		{&iamapi.CreateUserInput{UserName: new("New"), Tags: tags}, "TagUser", arn + "user/New"},
		{&iamapi.CreatePolicyInput{PolicyName: new("New"), PolicyDocument: new(allowRead), Tags: tags}, "TagPolicy", "policy New"},
		{&iamapi.CreateGroupInput{GroupName: new("New")}, "CreateGroup", arn + "group/New"},
		{&iamapi.GetRoleInput{RoleName: new("R")}, "GetRole", "role R"},
		{&iamapi.TagRoleInput{RoleName: new("none"), Tags: tags}, "TagRole", "role none"},
		{&iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("p"), PolicyDocument: new(allowRead)}, "PutRolePolicy", "role R"},
		{&iamapi.ListAccessKeysInput{}, "ListAccessKeys", "user operator"},
		{&iamapi.GetGroupInput{GroupName: new("G")}, "GetGroup", "group G"},
		{&iamapi.ListRolesInput{PathPrefix: new("/a/")}, "ListRoles", arn + "role/a/"},
		{&iamapi.GetPolicyInput{PolicyArn: &own}, "GetPolicy", "policy " + own},
		{&iamapi.ListPoliciesInput{}, "ListPolicies", "policy path /"},
	}
	for _, test := range tests {
		_, err := w.call(who, test.in)
		wantError(t, err, "AccessDenied", "User: "+arn+"user/operator is not authorized to perform: iam:"+test.action+
			" on resource: "+test.name+" because no identity-based policy allows the iam:"+test.action+" action")
	}
	for _, made := range []any{
		&iamapi.CreateRoleInput{RoleName: new("New"), AssumeRolePolicyDocument: new(trustTasks)},
		&iamapi.CreateUserInput{UserName: new("New")},
		&iamapi.CreatePolicyInput{PolicyName: new("New"), PolicyDocument: new(allowRead)},
	} {
		w.as(who, made)
	}
}

// TestSessionTokenWithoutMFA: a user with a session token may not call IAM.
func TestSessionTokenWithoutMFA(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	w.root(here, &iamapi.PutUserPolicyInput{UserName: new("alice"), PolicyName: new("p"), PolicyDocument: new(allowAll)})
	who := *w.user(w.makeKey(here, "alice"))
	w.as(&who, &iamapi.ListUsersInput{})
	who.IssuedAt = time.Now()
	_, err := w.call(&who, &iamapi.ListUsersInput{})
	wantError(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	who.MFA = true
	w.as(&who, &iamapi.ListUsersInput{})
}
