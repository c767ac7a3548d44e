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
		RoleName: ptr("ServiceA"), Path: ptr("/svc/"), AssumeRolePolicyDocument: ptr(trustHere), Description: ptr("serves"),
		MaxSessionDuration: ptr[int32](7200), Tags: []iamapi.Tag{{Key: ptr("Team"), Value: ptr("red")}},
	}).(*iamapi.CreateRoleOutput).Role
	if *made.Arn != "arn:aws:iam::111122223333:role/svc/ServiceA" {
		t.Errorf("ARN is %s", *made.Arn)
	}
	if !regexp.MustCompile(`^AROA[A-Z2-7]{17}$`).MatchString(*made.RoleId) {
		t.Errorf("id is %s", *made.RoleId)
	}
	got := w.root(here, &iamapi.GetRoleInput{RoleName: ptr("ServiceA")}).(*iamapi.GetRoleOutput).Role
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("GetRole differs from CreateRole (-made +got):\n%s", diff)
	}
	document, err := url.PathUnescape(*got.AssumeRolePolicyDocument)
	if err != nil || document != trustHere || strings.ContainsAny(*got.AssumeRolePolicyDocument, `{":+ `) {
		t.Errorf("trust policy is %s", *got.AssumeRolePolicyDocument)
	}
	w.root(here, &iamapi.UpdateRoleInput{RoleName: ptr("ServiceA"), MaxSessionDuration: ptr[int32](3600), Description: ptr("new")})
	got = w.root(here, &iamapi.GetRoleInput{RoleName: ptr("ServiceA")}).(*iamapi.GetRoleOutput).Role
	if *got.MaxSessionDuration != 3600 || *got.Description != "new" {
		t.Errorf("after UpdateRole: %d, %s", *got.MaxSessionDuration, *got.Description)
	}
	w.fails(there, &iamapi.GetRoleInput{RoleName: ptr("ServiceA")}, "NoSuchEntityException", "The role with name ServiceA cannot be found.")
	w.root(here, &iamapi.DeleteRoleInput{RoleName: ptr("ServiceA")})
	w.fails(here, &iamapi.GetRoleInput{RoleName: ptr("ServiceA")}, "NoSuchEntityException", "The role with name ServiceA cannot be found.")
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
		"taken":           {iamapi.CreateRoleInput{RoleName: ptr("Taken")}, "EntityAlreadyExistsException", "Role with name Taken already exists."},
		"taken, by case":  {iamapi.CreateRoleInput{RoleName: ptr("tAKEN")}, "EntityAlreadyExistsException", "Role with name tAKEN already exists."},
		"no document":     {iamapi.CreateRoleInput{RoleName: ptr("R"), AssumeRolePolicyDocument: ptr("{")}, "MalformedPolicyDocumentException", "This policy contains invalid Json"},
		"identity policy": {iamapi.CreateRoleInput{RoleName: ptr("R"), AssumeRolePolicyDocument: ptr(allowAll)}, "MalformedPolicyDocumentException", ""},
		"too large":       {iamapi.CreateRoleInput{RoleName: ptr("R"), AssumeRolePolicyDocument: ptr(long)}, "LimitExceededException", "Cannot exceed quota for ACLSizePerRole: 2048"},
		"white space":     {iamapi.CreateRoleInput{RoleName: ptr("Spaced"), AssumeRolePolicyDocument: ptr(spaced)}, "", ""},
		"bad path":        {iamapi.CreateRoleInput{RoleName: ptr("R"), Path: ptr("/a")}, "ValidationError", ""},
		"service-linked":  {iamapi.CreateRoleInput{RoleName: ptr("R"), Path: ptr("/aws-service-role/x/")}, "InvalidInputException", ""},
		"bad name":        {iamapi.CreateRoleInput{RoleName: ptr("a/b")}, "ValidationError", ""},
		"no name":         {iamapi.CreateRoleInput{}, "ValidationError", ""},
		"session too long": {iamapi.CreateRoleInput{RoleName: ptr("R"), MaxSessionDuration: ptr[int32](43201)}, "ValidationError",
			"1 validation error detected: Value '43201' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200"},
		"no boundary": {iamapi.CreateRoleInput{RoleName: ptr("R"), PermissionsBoundary: ptr("arn:aws:iam::111122223333:policy/none")},
			"NoSuchEntityException", "Scope ARN: arn:aws:iam::111122223333:policy/none does not exist or is not attachable."},
		"tags twice": {iamapi.CreateRoleInput{RoleName: ptr("R"), Tags: []iamapi.Tag{{Key: ptr("a"), Value: ptr("")}, {Key: ptr("A"), Value: ptr("")}}},
			"InvalidInputException", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			if test.in.AssumeRolePolicyDocument == nil {
				test.in.AssumeRolePolicyDocument = ptr(trustHere)
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
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: ptr("R"), PolicyArn: &arn})
	w.root(here, &iamapi.PutRolePolicyInput{RoleName: ptr("R"), PolicyName: ptr("I"), PolicyDocument: ptr(allowRead)})
	w.fails(here, &iamapi.DeleteRoleInput{RoleName: ptr("R")}, "DeleteConflictException", "Cannot delete entity, must detach all policies first.")
	w.fails(here, &iamapi.DeletePolicyInput{PolicyArn: &arn}, "DeleteConflictException", "Cannot delete a policy attached to entities.")
	w.root(here, &iamapi.DetachRolePolicyInput{RoleName: ptr("R"), PolicyArn: &arn})
	w.fails(here, &iamapi.DeleteRoleInput{RoleName: ptr("R")}, "DeleteConflictException", "Cannot delete entity, must delete policies first.")
	w.root(here, &iamapi.DeleteRolePolicyInput{RoleName: ptr("R"), PolicyName: ptr("I")})
	w.root(here, &iamapi.PutRolePermissionsBoundaryInput{RoleName: ptr("R"), PermissionsBoundary: &arn})
	w.fails(here, &iamapi.DeletePolicyInput{PolicyArn: &arn}, "DeleteConflictException", "")
	w.root(here, &iamapi.DeleteRoleInput{RoleName: ptr("R")})
	w.root(here, &iamapi.DeletePolicyInput{PolicyArn: &arn})
}

func TestListRoles(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"b", "A", "e", "D", "c"} {
		w.root(here, &iamapi.CreateRoleInput{RoleName: ptr(name), Path: ptr("/" + strings.ToLower(name) + "/"), AssumeRolePolicyDocument: ptr(trustHere)})
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
		names, marker = list(iamapi.ListRolesInput{MaxItems: ptr[int32](2), Marker: marker})
		all = append(all, names...)
	}
	if diff := cmp.Diff([]string{"A", "b", "c", "D", "e"}, all); diff != "" {
		t.Error(diff)
	}
	if names, _ := list(iamapi.ListRolesInput{PathPrefix: ptr("/d")}); len(names) != 1 || names[0] != "D" {
		t.Errorf("under /d: %v", names)
	}
	w.fails(here, &iamapi.ListRolesInput{Marker: ptr("?")}, "ValidationError", "")
}
