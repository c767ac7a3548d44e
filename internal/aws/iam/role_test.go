package iam

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

func TestRole(t *testing.T) {
	w := newWorld(t)
	made := w.root(here, &iamapi.CreateRoleInput{
		RoleName: new("ServiceA"), Path: new("/svc/"), AssumeRolePolicyDocument: new(trustHere), Description: new("serves"),
		MaxSessionDuration: new(int32(7200)), Tags: []iamapi.Tag{{Key: new("Team"), Value: new("red")}},
	}).(*iamapi.CreateRoleOutput).Role
	if *made.Arn != "arn:aws:iam::111122223333:role/svc/ServiceA" {
		t.Errorf("ARN is %s", *made.Arn)
	}
	if !regexp.MustCompile(`^AROA[A-Z2-7]{17}$`).MatchString(*made.RoleId) {
		t.Errorf("id is %s", *made.RoleId)
	}
	got := w.root(here, &iamapi.GetRoleInput{RoleName: new("ServiceA")}).(*iamapi.GetRoleOutput).Role
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("GetRole differs from CreateRole (-made +got):\n%s", diff)
	}
	document, err := url.PathUnescape(*got.AssumeRolePolicyDocument)
	if err != nil || document != trustHere || strings.ContainsAny(*got.AssumeRolePolicyDocument, `{":+ `) {
		t.Errorf("trust policy is %s", *got.AssumeRolePolicyDocument)
	}
	w.root(here, &iamapi.UpdateRoleInput{RoleName: new("ServiceA"), MaxSessionDuration: new(int32(3600)), Description: new("new")})
	got = w.root(here, &iamapi.GetRoleInput{RoleName: new("ServiceA")}).(*iamapi.GetRoleOutput).Role
	if *got.MaxSessionDuration != 3600 || *got.Description != "new" {
		t.Errorf("after UpdateRole: %d, %s", *got.MaxSessionDuration, *got.Description)
	}
	w.fails(there, &iamapi.GetRoleInput{RoleName: new("ServiceA")}, "NoSuchEntityException", "The role with name ServiceA cannot be found.")
	w.root(here, &iamapi.DeleteRoleInput{RoleName: new("ServiceA")})
	w.fails(here, &iamapi.GetRoleInput{RoleName: new("ServiceA")}, "NoSuchEntityException", "The role with name ServiceA cannot be found.")
}

func TestCreateRoleErrors(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "Taken")
	long := strings.Replace(trustHere, `"sts:AssumeRole"`, `["sts:AssumeRole"`+strings.Repeat(`,"sts:TagSession"`, 150)+`]`, 1)
	spaced := strings.Replace(trustHere, `"Statement"`, strings.Repeat(" \n", 3000)+`"Statement"`, 1)
	tests := map[string]struct {
		in            iamapi.CreateRoleInput
		code, message string
	}{
		"taken":           {iamapi.CreateRoleInput{RoleName: new("Taken")}, "EntityAlreadyExistsException", "Role with name Taken already exists."},
		"taken, by case":  {iamapi.CreateRoleInput{RoleName: new("tAKEN")}, "EntityAlreadyExistsException", "Role with name tAKEN already exists."},
		"no document":     {iamapi.CreateRoleInput{RoleName: new("R"), AssumeRolePolicyDocument: new("{")}, "MalformedPolicyDocumentException", "This policy contains invalid Json"},
		"identity policy": {iamapi.CreateRoleInput{RoleName: new("R"), AssumeRolePolicyDocument: new(allowAll)}, "MalformedPolicyDocumentException", ""},
		"too large":       {iamapi.CreateRoleInput{RoleName: new("R"), AssumeRolePolicyDocument: new(long)}, "LimitExceededException", "Cannot exceed quota for ACLSizePerRole: 2048"},
		"white space":     {iamapi.CreateRoleInput{RoleName: new("Spaced"), AssumeRolePolicyDocument: new(spaced)}, "", ""},
		"bad path":        {iamapi.CreateRoleInput{RoleName: new("R"), Path: new("/a")}, "ValidationError", ""},
		"service-linked":  {iamapi.CreateRoleInput{RoleName: new("R"), Path: new("/aws-service-role/x/")}, "InvalidInputException", ""},
		"bad name":        {iamapi.CreateRoleInput{RoleName: new("a/b")}, "ValidationError", ""},
		"no name":         {iamapi.CreateRoleInput{}, "ValidationError", ""},
		"session too long": {iamapi.CreateRoleInput{RoleName: new("R"), MaxSessionDuration: new(int32(43201))}, "ValidationError",
			"1 validation error detected: Value '43201' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200"},
		"no boundary": {iamapi.CreateRoleInput{RoleName: new("R"), PermissionsBoundary: new("arn:aws:iam::111122223333:policy/none")},
			"NoSuchEntityException", "Scope ARN: arn:aws:iam::111122223333:policy/none does not exist or is not attachable."},
		"tags twice": {iamapi.CreateRoleInput{RoleName: new("R"), Tags: []iamapi.Tag{{Key: new("a"), Value: new("")}, {Key: new("A"), Value: new("")}}},
			"InvalidInputException", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			if test.in.AssumeRolePolicyDocument == nil {
				test.in.AssumeRolePolicyDocument = new(trustHere)
			}
			if test.code == "" {
				w.root(here, &test.in)
				return
			}
			w.fails(here, &test.in, test.code, test.message)
		})
	}
}

func TestDeleteRoleConflicts(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	arn := w.makePolicy(here, "P", allowRead)
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.root(here, &iamapi.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("I"), PolicyDocument: new(allowRead)})
	w.fails(here, &iamapi.DeleteRoleInput{RoleName: new("R")}, "DeleteConflictException", "Cannot delete entity, must detach all policies first.")
	w.fails(here, &iamapi.DeletePolicyInput{PolicyArn: &arn}, "DeleteConflictException", "Cannot delete a policy attached to entities.")
	w.root(here, &iamapi.DetachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.fails(here, &iamapi.DeleteRoleInput{RoleName: new("R")}, "DeleteConflictException", "Cannot delete entity, must delete policies first.")
	w.root(here, &iamapi.DeleteRolePolicyInput{RoleName: new("R"), PolicyName: new("I")})
	w.root(here, &iamapi.PutRolePermissionsBoundaryInput{RoleName: new("R"), PermissionsBoundary: &arn})
	w.fails(here, &iamapi.DeletePolicyInput{PolicyArn: &arn}, "DeleteConflictException", "")
	w.root(here, &iamapi.DeleteRoleInput{RoleName: new("R")})
	w.root(here, &iamapi.DeletePolicyInput{PolicyArn: &arn})
}

func TestListRoles(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"b", "A", "e", "D", "c"} {
		w.root(here, &iamapi.CreateRoleInput{RoleName: new(name), Path: new("/" + strings.ToLower(name) + "/"), AssumeRolePolicyDocument: new(trustHere)})
	}
	w.makeRole(there, "Other")
	list := func(in iamapi.ListRolesInput) (names []string, marker *string) {
		out := w.root(here, &in).(*iamapi.ListRolesOutput)
		for _, r := range out.Roles {
			names = append(names, *r.RoleName)
		}
		if *out.IsTruncated != (out.Marker != nil) {
			t.Errorf("truncated is %v", *out.IsTruncated)
		}
		return names, out.Marker
	}
	var all []string
	var marker *string
	for page := 0; page == 0 || marker != nil; page++ {
		var names []string
		names, marker = list(iamapi.ListRolesInput{MaxItems: new(int32(2)), Marker: marker})
		all = append(all, names...)
	}
	if diff := cmp.Diff([]string{"A", "b", "c", "D", "e"}, all); diff != "" {
		t.Error(diff)
	}
	if names, _ := list(iamapi.ListRolesInput{PathPrefix: new("/d")}); len(names) != 1 || names[0] != "D" {
		t.Errorf("under /d: %v", names)
	}
	w.fails(here, &iamapi.ListRolesInput{Marker: new("?")}, "ValidationError", "")
}
