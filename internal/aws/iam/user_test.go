package iam

import (
	"testing"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

func TestUser(t *testing.T) {
	w := newWorld(t)
	made := w.makeUser(here, "alice")
	w.fails(here, &iamapi.CreateUserInput{UserName: new("Alice")}, "EntityAlreadyExistsException", "User with name Alice already exists.")
	w.fails(here, &iamapi.GetUserInput{}, "ValidationError", "Must specify userName when calling with non-User credentials")
	w.fails(here, &iamapi.GetUserInput{UserName: new("ALICE")}, "NoSuchEntityException", "The user with name ALICE cannot be found.")
	key := w.makeKey(here, "alice")
	w.fails(here, &iamapi.DeleteUserInput{UserName: new("alice")}, "DeleteConflictException", "Cannot delete entity, must delete access keys first.")

	arn := w.makePolicy(here, "P", allowRead)
	w.root(here, &iamapi.AttachUserPolicyInput{UserName: new("alice"), PolicyArn: &arn})
	w.root(here, &iamapi.CreateGroupInput{GroupName: new("g")})
	w.root(here, &iamapi.AddUserToGroupInput{GroupName: new("g"), UserName: new("alice")})
	w.root(here, &iamapi.UpdateUserInput{UserName: new("alice"), NewUserName: new("Bob"), NewPath: new("/x/")})

	got := w.as(w.user(key), &iamapi.GetUserInput{}).(*iamapi.GetUserOutput).User
	if *got.UserId != *made.UserId || *got.Arn != "arn:aws:iam::111122223333:user/x/Bob" {
		t.Errorf("renamed: %s %s", *got.UserId, *got.Arn)
	}
	members := w.root(here, &iamapi.GetGroupInput{GroupName: new("g")}).(*iamapi.GetGroupOutput).Users
	if len(members) != 1 || *members[0].UserName != "Bob" {
		t.Errorf("members: %v", members)
	}
	users := w.root(here, &iamapi.ListEntitiesForPolicyInput{PolicyArn: &arn}).(*iamapi.ListEntitiesForPolicyOutput).PolicyUsers
	if len(users) != 1 || *users[0].UserName != "Bob" {
		t.Errorf("users of the policy: %v", users)
	}
	w.fails(here, &iamapi.GetUserInput{UserName: new("alice")}, "NoSuchEntityException", "")
	w.makeUser(here, "alice")
	w.fails(here, &iamapi.UpdateUserInput{UserName: new("Bob"), NewUserName: new("Alice")}, "EntityAlreadyExistsException", "User with name Alice already exists.")

	w.root(here, &iamapi.DeleteAccessKeyInput{UserName: new("Bob"), AccessKeyId: &key})
	w.root(here, &iamapi.DetachUserPolicyInput{UserName: new("Bob"), PolicyArn: &arn})
	w.fails(here, &iamapi.DeleteUserInput{UserName: new("Bob")}, "DeleteConflictException", "Cannot delete entity, must remove users from group first.")
	w.fails(here, &iamapi.DeleteGroupInput{GroupName: new("g")}, "DeleteConflictException", "Cannot delete entity, must remove users from group first.")
	w.root(here, &iamapi.UpdateGroupInput{GroupName: new("g"), NewGroupName: new("h")})
	w.root(here, &iamapi.RemoveUserFromGroupInput{GroupName: new("h"), UserName: new("Bob")})
	w.root(here, &iamapi.DeleteUserInput{UserName: new("Bob")})
	w.root(here, &iamapi.DeleteGroupInput{GroupName: new("h")})
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
		w.root(here, &iamapi.CreateGroupInput{GroupName: new(name)})
		w.root(here, &iamapi.AddUserToGroupInput{GroupName: new(name), UserName: new("alice")})
	}
	out := w.root(here, &iamapi.ListGroupsForUserInput{UserName: new("alice"), MaxItems: new(int32(1))}).(*iamapi.ListGroupsForUserOutput)
	if len(out.Groups) != 1 || *out.Groups[0].GroupName != "A" || !*out.IsTruncated {
		t.Errorf("first page: %+v", out)
	}
	out = w.root(here, &iamapi.ListGroupsForUserInput{UserName: new("alice"), Marker: out.Marker}).(*iamapi.ListGroupsForUserOutput)
	if len(out.Groups) != 1 || *out.Groups[0].GroupName != "b" || *out.IsTruncated {
		t.Errorf("second page: %+v", out)
	}
	w.fails(here, &iamapi.AddUserToGroupInput{GroupName: new("A"), UserName: new("eve")}, "NoSuchEntityException", "The user with name eve cannot be found.")
	w.root(here, &iamapi.RemoveUserFromGroupInput{GroupName: new("A"), UserName: new("alice")})
	w.fails(here, &iamapi.RemoveUserFromGroupInput{GroupName: new("A"), UserName: new("alice")}, "NoSuchEntityException", "")
}
