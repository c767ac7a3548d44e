package iam

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/policy"
)

func TestManagedPolicy(t *testing.T) {
	w := newWorld(t)
	arn := w.makePolicy(here, "P", allowRead)
	w.fails(here, &iamapi.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(allowAll)}, "EntityAlreadyExistsException",
		"A policy called p already exists. Duplicate names are not allowed.")
	got := w.root(here, &iamapi.GetPolicyInput{PolicyArn: &arn}).(*iamapi.GetPolicyOutput).Policy
	if *got.Arn != "arn:aws:iam::111122223333:policy/P" || *got.DefaultVersionId != "v1" || *got.AttachmentCount != 0 || !*got.IsAttachable {
		t.Errorf("policy is %+v", got)
	}
	version := w.root(here, &iamapi.GetPolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")}).(*iamapi.GetPolicyVersionOutput).PolicyVersion
	if document, err := url.PathUnescape(*version.Document); err != nil || document != allowRead {
		t.Errorf("document is %s", *version.Document)
	}
	w.makeRole(here, "R")
	w.makeUser(here, "u")
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.root(here, &iamapi.PutUserPermissionsBoundaryInput{UserName: new("u"), PermissionsBoundary: &arn})
	got = w.root(here, &iamapi.GetPolicyInput{PolicyArn: &arn}).(*iamapi.GetPolicyOutput).Policy
	if *got.AttachmentCount != 1 || *got.PermissionsBoundaryUsageCount != 1 {
		t.Errorf("used %d and %d times", *got.AttachmentCount, *got.PermissionsBoundaryUsageCount)
	}
	attached := w.root(here, &iamapi.ListAttachedRolePoliciesInput{RoleName: new("R")}).(*iamapi.ListAttachedRolePoliciesOutput).AttachedPolicies
	if diff := cmp.Diff([]iamapi.AttachedPolicy{{PolicyName: new("P"), PolicyArn: &arn}}, attached); diff != "" {
		t.Error(diff)
	}
	w.root(here, &iamapi.DetachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.fails(here, &iamapi.DetachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn}, "NoSuchEntityException", "Policy "+arn+" was not found.")
	w.root(here, &iamapi.DeleteUserPermissionsBoundaryInput{UserName: new("u")})
	w.fails(here, &iamapi.DeleteUserPermissionsBoundaryInput{UserName: new("u")}, "NoSuchEntityException", "")
	w.root(here, &iamapi.DeletePolicyInput{PolicyArn: &arn})
	w.fails(here, &iamapi.GetPolicyInput{PolicyArn: &arn}, "NoSuchEntityException", "Policy "+arn+" was not found.")
	w.fails(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn}, "NoSuchEntityException", "Policy "+arn+" does not exist or is not attachable.")
	w.fails(here, &iamapi.GetPolicyInput{PolicyArn: new("arn:aws:iam::444455556666:policy/P")}, "AccessDenied", "")
	w.fails(here, &iamapi.GetPolicyInput{PolicyArn: new("P")}, "InvalidInputException", "ARN P is not valid.")
}

func TestManagedQuotas(t *testing.T) {
	w := newWorld(t)
	w.makePolicy(here, "largest", ofSize(t, 6144))
	w.fails(here, &iamapi.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(ofSize(t, 6145))}, "LimitExceededException", "Cannot exceed quota for PolicySize: 6144")
	w.makeRole(here, "R")
	for i := range 11 {
		arn := w.makePolicy(here, fmt.Sprintf("p%d", i), allowRead)
		in := &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn}
		if i < 10 {
			w.root(here, in)
		} else {
			w.fails(here, in, "LimitExceededException", "Cannot exceed quota for PoliciesPerRole: 10")
		}
	}
	first := w.root(here, &iamapi.ListAttachedRolePoliciesInput{RoleName: new("R"), MaxItems: new(int32(6))}).(*iamapi.ListAttachedRolePoliciesOutput)
	rest := w.root(here, &iamapi.ListAttachedRolePoliciesInput{RoleName: new("R"), Marker: first.Marker}).(*iamapi.ListAttachedRolePoliciesOutput)
	if len(first.AttachedPolicies) != 6 || len(rest.AttachedPolicies) != 4 || *rest.IsTruncated {
		t.Errorf("pages of %d and %d", len(first.AttachedPolicies), len(rest.AttachedPolicies))
	}
}

func TestPolicyVersions(t *testing.T) {
	w := newWorld(t)
	arn := w.makePolicy(here, "P", allowRead)
	add := func() any { return &iamapi.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(allowAll)} }
	for range 4 {
		w.root(here, add())
	}
	w.fails(here, add(), "LimitExceededException", "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	w.fails(here, &iamapi.DeletePolicyInput{PolicyArn: &arn}, "DeleteConflictException", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	w.fails(here, &iamapi.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")}, "DeleteConflictException", "Cannot delete the default version of a policy.")
	w.root(here, &iamapi.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: new("v3")})
	w.root(here, &iamapi.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")})
	w.fails(here, &iamapi.GetPolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")}, "NoSuchEntityException", "Policy "+arn+" version v1 does not exist or is not attachable.")
	w.root(here, &iamapi.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: new("v5")})
	made := w.root(here, add()).(*iamapi.CreatePolicyVersionOutput).PolicyVersion
	if *made.VersionId != "v6" || *made.IsDefaultVersion {
		t.Errorf("made %s, default %v", *made.VersionId, *made.IsDefaultVersion)
	}
	var ids []string
	var marker *string
	for page := 0; page == 0 || marker != nil; page++ {
		out := w.root(here, &iamapi.ListPolicyVersionsInput{PolicyArn: &arn, MaxItems: new(int32(3)), Marker: marker}).(*iamapi.ListPolicyVersionsOutput)
		for _, v := range out.Versions {
			if *v.IsDefaultVersion != (*v.VersionId == "v3") || v.Document != nil {
				t.Errorf("version %+v", v)
			}
			ids = append(ids, *v.VersionId)
		}
		marker = out.Marker
	}
	if diff := cmp.Diff([]string{"v6", "v4", "v3", "v2"}, ids); diff != "" {
		t.Error(diff)
	}
}

// TestPoliciesOfAWS: they parse, can be used by every account, and cannot be changed.
func TestPoliciesOfAWS(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	for arn, m := range byAWS {
		if err := checkManaged(m.document()); err != nil {
			t.Errorf("%s: %v", arn, err)
		}
		w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
		w.fails(here, &iamapi.DeletePolicyInput{PolicyArn: &arn}, "AccessDenied", "Policy is outside your own account.")
		w.fails(here, &iamapi.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(allowRead)}, "AccessDenied", "Policy is outside your own account.")
		p, err := w.iam.ManagedPolicy(t.Context(), here, arn)
		if err != nil || p.Kind() != policy.Session {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

func TestListPolicies(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"B", "a"} {
		w.root(here, &iamapi.CreatePolicyInput{PolicyName: &name, Path: new("/x/"), PolicyDocument: new(allowRead)})
	}
	w.makePolicy(there, "other", allowRead)
	w.makeRole(here, "R")
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: new("arn:aws:iam::aws:policy/IAMFullAccess")})
	w.root(here, &iamapi.PutRolePermissionsBoundaryInput{RoleName: new("R"), PermissionsBoundary: new("arn:aws:iam::111122223333:policy/x/a")})
	tests := map[string]struct {
		in   iamapi.ListPoliciesInput
		want int
	}{
		"all":                {iamapi.ListPoliciesInput{}, len(byAWS) + 2},
		"AWS":                {iamapi.ListPoliciesInput{Scope: new("AWS")}, len(byAWS)},
		"local":              {iamapi.ListPoliciesInput{Scope: new("Local")}, 2},
		"under a path":       {iamapi.ListPoliciesInput{PathPrefix: new("/x")}, 2},
		"attached":           {iamapi.ListPoliciesInput{OnlyAttached: new(true)}, 2},
		"as permissions":     {iamapi.ListPoliciesInput{PolicyUsageFilter: new(asPermissions)}, 1},
		"as boundary, local": {iamapi.ListPoliciesInput{Scope: new("Local"), PolicyUsageFilter: new(asBoundary)}, 1},
	}
	for name, test := range tests {
		got, pages := 0, 0
		for marker := (*string)(nil); pages == 0 || marker != nil; pages++ {
			test.in.Marker, test.in.MaxItems = marker, new(int32(2))
			out := w.root(here, &test.in).(*iamapi.ListPoliciesOutput)
			got, marker = got+len(out.Policies), out.Marker
		}
		if got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestListEntitiesForPolicy(t *testing.T) {
	w := newWorld(t)
	arn := w.makePolicy(here, "P", allowRead)
	w.makeRole(here, "R")
	w.makeUser(here, "u")
	w.root(here, &iamapi.CreateGroupInput{GroupName: new("g"), Path: new("/x/")})
	w.root(here, &iamapi.AttachRolePolicyInput{RoleName: new("R"), PolicyArn: &arn})
	w.root(here, &iamapi.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: &arn})
	w.root(here, &iamapi.PutUserPermissionsBoundaryInput{UserName: new("u"), PermissionsBoundary: &arn})
	tests := map[string]struct {
		in                   iamapi.ListEntitiesForPolicyInput
		groups, users, roles int
	}{
		"all":            {iamapi.ListEntitiesForPolicyInput{}, 1, 1, 1},
		"users":          {iamapi.ListEntitiesForPolicyInput{EntityFilter: new("User")}, 0, 1, 0},
		"as permissions": {iamapi.ListEntitiesForPolicyInput{PolicyUsageFilter: new(asPermissions)}, 1, 0, 1},
		"under a path":   {iamapi.ListEntitiesForPolicyInput{PathPrefix: new("/x/")}, 1, 0, 0},
		"one":            {iamapi.ListEntitiesForPolicyInput{MaxItems: new(int32(1))}, 1, 0, 0},
	}
	for name, test := range tests {
		test.in.PolicyArn = &arn
		out := w.root(here, &test.in).(*iamapi.ListEntitiesForPolicyOutput)
		if len(out.PolicyGroups) != test.groups || len(out.PolicyUsers) != test.users || len(out.PolicyRoles) != test.roles {
			t.Errorf("%s: %d groups, %d users, %d roles", name, len(out.PolicyGroups), len(out.PolicyUsers), len(out.PolicyRoles))
		}
	}
}
