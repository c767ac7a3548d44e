package iam

import (
	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
)

// Service is IAM. It implements aws.Service and aws.Directory and may be used by several goroutines at once.
type Service struct {
	store *store.Observed
	root  *seal.Root

	names       names
	entities    *store.Cache[*binding]
	policies    *store.Cache[*compiled]
	credentials *store.Cache[*credential]
}

// New makes the service over a store, through whose Updates all that write IAM's records must go. Secret access keys are
// sealed under root.
func New(s *store.Observed, root *seal.Root) *Service {
	return &Service{store: s, root: root,
		entities:    entityCache(s),
		policies:    store.NewCache(s, store.Key("iam", "policy"), maxPolicies, loadCompiled),
		credentials: store.NewCache(s, store.Key("iam", "key"), maxCredentials, loadCredential(root)),
	}
}

// Ops implements aws.Service. Each operation needs the permission iam:<operation> on what its rule names: the ARN of
// the role, user, group or policy with its path, with the condition keys of conditions. CreateRole, CreateUser and
// CreatePolicy with tags need iam:TagRole, iam:TagUser or iam:TagPolicy too.
func (s *Service) Ops() aws.Ops {
	return aws.Ops{Service: "iam", Model: iamapi.Model, Refused: refused, Table: map[string]aws.Op{
		"CreateRole":                    do(s.CreateRole, creates(role)),
		"GetRole":                       do(s.GetRole, s.on(role)).Read().But(noLastUse),
		"ListRoles":                     do(s.ListRoles, lists(role)).Read(),
		"UpdateRole":                    do(s.UpdateRole, s.on(role)),
		"UpdateRoleDescription":         do(s.UpdateRoleDescription, s.on(role)),
		"UpdateAssumeRolePolicy":        do(s.UpdateAssumeRolePolicy, s.on(role)),
		"DeleteRole":                    do(s.DeleteRole, s.on(role)),
		"PutRolePolicy":                 do(s.PutRolePolicy, s.limits(role)),
		"GetRolePolicy":                 do(s.GetRolePolicy, s.on(role)).Read(),
		"ListRolePolicies":              do(s.ListRolePolicies, s.on(role)).Read(),
		"DeleteRolePolicy":              do(s.DeleteRolePolicy, s.limits(role)),
		"AttachRolePolicy":              do(s.AttachRolePolicy, s.limits(role)),
		"ListAttachedRolePolicies":      do(s.ListAttachedRolePolicies, s.on(role)).Read(),
		"DetachRolePolicy":              do(s.DetachRolePolicy, s.limits(role)),
		"PutRolePermissionsBoundary":    do(s.PutRolePermissionsBoundary, s.limits(role)),
		"DeleteRolePermissionsBoundary": do(s.DeleteRolePermissionsBoundary, s.limits(role)),
		"TagRole":                       do(s.TagRole, s.on(role)),
		"ListRoleTags":                  do(s.ListRoleTags, s.on(role)).Read(),
		"UntagRole":                     do(s.UntagRole, s.on(role)),

		"CreateUser":                    do(s.CreateUser, creates(user)),
		"GetUser":                       do(s.GetUser, s.self).Read().But("without UserName it does not describe the root user"),
		"ListUsers":                     do(s.ListUsers, lists(user)).Read(),
		"UpdateUser":                    do(s.UpdateUser, s.renames(user)),
		"DeleteUser":                    do(s.DeleteUser, s.on(user)),
		"PutUserPolicy":                 do(s.PutUserPolicy, s.limits(user)),
		"GetUserPolicy":                 do(s.GetUserPolicy, s.on(user)).Read(),
		"ListUserPolicies":              do(s.ListUserPolicies, s.on(user)).Read(),
		"DeleteUserPolicy":              do(s.DeleteUserPolicy, s.limits(user)),
		"AttachUserPolicy":              do(s.AttachUserPolicy, s.limits(user)),
		"ListAttachedUserPolicies":      do(s.ListAttachedUserPolicies, s.on(user)).Read(),
		"DetachUserPolicy":              do(s.DetachUserPolicy, s.limits(user)),
		"PutUserPermissionsBoundary":    do(s.PutUserPermissionsBoundary, s.limits(user)),
		"DeleteUserPermissionsBoundary": do(s.DeleteUserPermissionsBoundary, s.limits(user)),
		"TagUser":                       do(s.TagUser, s.on(user)),
		"ListUserTags":                  do(s.ListUserTags, s.on(user)).Read(),
		"UntagUser":                     do(s.UntagUser, s.on(user)),

		"CreateAccessKey": do(s.CreateAccessKey, s.self),
		"ListAccessKeys":  do(s.ListAccessKeys, s.self).Read(),
		"UpdateAccessKey": do(s.UpdateAccessKey, s.self),
		"DeleteAccessKey": do(s.DeleteAccessKey, s.self),

		"CreateGroup":               do(s.CreateGroup, creates(group)),
		"GetGroup":                  do(s.GetGroup, s.on(group)).Read(),
		"ListGroups":                do(s.ListGroups, lists(group)).Read(),
		"ListGroupsForUser":         do(s.ListGroupsForUser, s.on(user)).Read(),
		"UpdateGroup":               do(s.UpdateGroup, s.renames(group)),
		"AddUserToGroup":            do(s.AddUserToGroup, s.on(group)),
		"RemoveUserFromGroup":       do(s.RemoveUserFromGroup, s.on(group)),
		"DeleteGroup":               do(s.DeleteGroup, s.on(group)),
		"PutGroupPolicy":            do(s.PutGroupPolicy, s.on(group)),
		"GetGroupPolicy":            do(s.GetGroupPolicy, s.on(group)).Read(),
		"ListGroupPolicies":         do(s.ListGroupPolicies, s.on(group)).Read(),
		"DeleteGroupPolicy":         do(s.DeleteGroupPolicy, s.on(group)),
		"AttachGroupPolicy":         do(s.AttachGroupPolicy, s.on(group)),
		"ListAttachedGroupPolicies": do(s.ListAttachedGroupPolicies, s.on(group)).Read(),
		"DetachGroupPolicy":         do(s.DetachGroupPolicy, s.on(group)),

		"CreatePolicy":            do(s.CreatePolicy, createsPolicy),
		"GetPolicy":               do(s.GetPolicy, s.onManaged).Read(),
		"ListPolicies":            do(s.ListPolicies, listsPolicies).Read(),
		"ListEntitiesForPolicy":   do(s.ListEntitiesForPolicy, s.onManaged).Read(),
		"DeletePolicy":            do(s.DeletePolicy, s.onManaged),
		"CreatePolicyVersion":     do(s.CreatePolicyVersion, s.onManaged),
		"GetPolicyVersion":        do(s.GetPolicyVersion, s.onManaged).Read(),
		"ListPolicyVersions":      do(s.ListPolicyVersions, s.onManaged).Read(),
		"SetDefaultPolicyVersion": do(s.SetDefaultPolicyVersion, s.onManaged),
		"DeletePolicyVersion":     do(s.DeletePolicyVersion, s.onManaged),
		"TagPolicy":               do(s.TagPolicy, s.onManaged),
		"ListPolicyTags":          do(s.ListPolicyTags, s.onManaged).Read(),
		"UntagPolicy":             do(s.UntagPolicy, s.onManaged),
	}}
}

const noLastUse = "RoleLastUsed is empty: the last use is not recorded"

// refused gives the reasons for operations that are left out on purpose.
var refused = map[string]string{
	"GetAccessKeyLastUsed":    "the last use of access keys is not recorded",
	"CreateServiceLinkedRole": "there are no service-linked roles",
	"DeleteServiceLinkedRole": "there are no service-linked roles",
	"CreateLoginProfile":      "there is no console: users have no passwords",
	"ChangePassword":          "there is no console: users have no passwords",
	"CreateVirtualMFADevice":  "there is no multi-factor authentication",
	"EnableMFADevice":         "there is no multi-factor authentication",
	"CreateSAMLProvider":      "there is no federation by SAML",
	"CreateInstanceProfile":   "there are no instances",
}
