package iam

import (
	"testing"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

func TestUser(t *testing.T) {
	w := newWorld(t)
	made := w.makeUser(here, "alice")
	w.fails(here, &iamapi.CreateUserInput{UserName: ptr("Alice")}, "EntityAlreadyExistsException", "User with name Alice already exists.")
	w.fails(here, &iamapi.GetUserInput{}, "ValidationError", "Must specify userName when calling with non-User credentials")
	w.fails(here, &iamapi.GetUserInput{UserName: ptr("ALICE")}, "NoSuchEntityException", "The user with name ALICE cannot be found.")
	key := w.makeKey(here, "alice")
	w.fails(here, &iamapi.DeleteUserInput{UserName: ptr("alice")}, "DeleteConflictException", "Cannot delete entity, must delete access keys first.")

	arn := w.makePolicy(here, "P", allowRead)
	w.root(here, &iamapi.AttachUserPolicyInput{UserName: ptr("alice"), PolicyArn: &arn})
	w.root(here, &iamapi.CreateGroupInput{GroupName: ptr("g")})
	w.root(here, &iamapi.AddUserToGroupInput{GroupName: ptr("g"), UserName: ptr("alice")})
	w.root(here, &iamapi.UpdateUserInput{UserName: ptr("alice"), NewUserName: ptr("Bob"), NewPath: ptr("/x/")})

	got := w.as(w.user(key), &iamapi.GetUserInput{}).(*iamapi.GetUserOutput).User
	if *got.UserId != *made.UserId || *got.Arn != "arn:aws:iam::111122223333:user/x/Bob" {
		t.Errorf("renamed: %s %s", *got.UserId, *got.Arn)
	}
	members := w.root(here, &iamapi.GetGroupInput{GroupName: ptr("g")}).(*iamapi.GetGroupOutput).Users
	if len(members) != 1 || *members[0].UserName != "Bob" {
		t.Errorf("members: %v", members)
	}
	users := w.root(here, &iamapi.ListEntitiesForPolicyInput{PolicyArn: &arn}).(*iamapi.ListEntitiesForPolicyOutput).PolicyUsers
	if len(users) != 1 || *users[0].UserName != "Bob" {
		t.Errorf("users of the policy: %v", users)
	}
	w.fails(here, &iamapi.GetUserInput{UserName: ptr("alice")}, "NoSuchEntityException", "")
	w.makeUser(here, "alice")
	w.fails(here, &iamapi.UpdateUserInput{UserName: ptr("Bob"), NewUserName: ptr("Alice")}, "EntityAlreadyExistsException", "User with name Alice already exists.")

	w.root(here, &iamapi.DeleteAccessKeyInput{UserName: ptr("Bob"), AccessKeyId: &key})
	w.root(here, &iamapi.DetachUserPolicyInput{UserName: ptr("Bob"), PolicyArn: &arn})
	w.fails(here, &iamapi.DeleteUserInput{UserName: ptr("Bob")}, "DeleteConflictException", "Cannot delete entity, must remove users from group first.")
	w.fails(here, &iamapi.DeleteGroupInput{GroupName: ptr("g")}, "DeleteConflictException", "Cannot delete entity, must remove users from group first.")
	w.root(here, &iamapi.UpdateGroupInput{GroupName: ptr("g"), NewGroupName: ptr("h")})
	w.root(here, &iamapi.RemoveUserFromGroupInput{GroupName: ptr("h"), UserName: ptr("Bob")})
	w.root(here, &iamapi.DeleteUserInput{UserName: ptr("Bob")})
	w.root(here, &iamapi.DeleteGroupInput{GroupName: ptr("h")})
	wantEmpty(t, w, "alice")
}

// wantEmpty deletes the one user that should be left and looks whether any record is.
func wantEmpty(t *testing.T, w *world, lastUser string) {
	t.Helper()
	w.root(here, &iamapi.DeleteUserInput{UserName: &lastUser})
	for _, arn := range []string{"arn:aws:iam::111122223333:policy/P"} {
		w.root(here, &iamapi.DeletePolicyInput{PolicyArn: &arn})
	}
	for _, key := range w.records() {
		t.Errorf("left: %q", key)
	}
}

func TestGroupsOfUser(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	for _, name := range []string{"b", "A"} {
		w.root(here, &iamapi.CreateGroupInput{GroupName: ptr(name)})
		w.root(here, &iamapi.AddUserToGroupInput{GroupName: ptr(name), UserName: ptr("alice")})
	}
	out := w.root(here, &iamapi.ListGroupsForUserInput{UserName: ptr("alice"), MaxItems: ptr[int32](1)}).(*iamapi.ListGroupsForUserOutput)
	if len(out.Groups) != 1 || *out.Groups[0].GroupName != "A" || !*out.IsTruncated {
		t.Errorf("first page: %+v", out)
	}
	out = w.root(here, &iamapi.ListGroupsForUserInput{UserName: ptr("alice"), Marker: out.Marker}).(*iamapi.ListGroupsForUserOutput)
	if len(out.Groups) != 1 || *out.Groups[0].GroupName != "b" || *out.IsTruncated {
		t.Errorf("second page: %+v", out)
	}
	w.fails(here, &iamapi.AddUserToGroupInput{GroupName: ptr("A"), UserName: ptr("eve")}, "NoSuchEntityException", "The user with name eve cannot be found.")
	w.root(here, &iamapi.RemoveUserFromGroupInput{GroupName: ptr("A"), UserName: ptr("alice")})
	w.fails(here, &iamapi.RemoveUserFromGroupInput{GroupName: ptr("A"), UserName: ptr("alice")}, "NoSuchEntityException", "")
}
