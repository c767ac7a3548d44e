package iam

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

func TestAccessKey(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	w.root(here, &iamapi.TagUserInput{UserName: new("alice"), Tags: []iamapi.Tag{{Key: new("team"), Value: new("red")}}})
	made := w.root(here, &iamapi.CreateAccessKeyInput{UserName: new("alice")}).(*iamapi.CreateAccessKeyOutput).AccessKey
	if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(*made.AccessKeyId) || !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(*made.SecretAccessKey) {
		t.Errorf("made %s with a secret of %d characters", *made.AccessKeyId, len(*made.SecretAccessKey))
	}
	cred, err := w.iam.Credential(t.Context(), *made.AccessKeyId)
	if err != nil {
		t.Fatal(err)
	}
	if cred.Secret.Reveal() != *made.SecretAccessKey || !cred.Expires.IsZero() {
		t.Error("the credential is not the one that was made")
	}
	who := cred.Caller
	if who.Kind != policy.User || who.ARN != "arn:aws:iam::111122223333:user/alice" || who.UserID != who.ID || who.UserName != "alice" || who.AccessKeyID != *made.AccessKeyId || who.Temporary() {
		t.Errorf("caller is %+v", who)
	}
	if diff := cmp.Diff(map[string]string{"team": "red"}, who.Tags); diff != "" {
		t.Error(diff)
	}
	w.makeKey(here, "alice")
	w.fails(here, &iamapi.CreateAccessKeyInput{UserName: new("alice")}, "LimitExceededException", "Cannot exceed quota for AccessKeysPerUser: 2")
	if n := len(w.root(here, &iamapi.ListAccessKeysInput{UserName: new("alice")}).(*iamapi.ListAccessKeysOutput).AccessKeyMetadata); n != 2 {
		t.Errorf("%d keys", n)
	}
	w.makeUser(here, "bob")
	w.fails(here, &iamapi.DeleteAccessKeyInput{UserName: new("bob"), AccessKeyId: made.AccessKeyId}, "NoSuchEntityException", "The Access Key with id "+*made.AccessKeyId+" cannot be found.")
	w.fails(here, &iamapi.UpdateAccessKeyInput{UserName: new("alice"), AccessKeyId: made.AccessKeyId, Status: new("Expired")}, "ValidationError", "")
}

// TestSecretsRestSealed looks for the secret in all that is stored.
func TestSecretsRestSealed(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	made := w.root(here, &iamapi.CreateAccessKeyInput{UserName: new("alice")}).(*iamapi.CreateAccessKeyOutput).AccessKey
	err := w.store.View(t.Context(), func(r store.Reader) error {
		for _, key := range w.records() {
			value, err := r.Get(key)
			if err != nil {
				return err
			}
			if bytes.Contains(value, []byte(*made.SecretAccessKey)) {
				t.Errorf("the secret is in %q", key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestKeysStopAtOnce: a key that is switched off or deleted is refused from the next request on, and a change of its user
// shows in the next.
func TestKeysStopAtOnce(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	id := w.makeKey(here, "alice")
	w.user(id)
	set := func(status string) {
		w.root(here, &iamapi.UpdateAccessKeyInput{UserName: new("alice"), AccessKeyId: &id, Status: &status})
	}
	refused := func() {
		t.Helper()
		_, err := w.iam.Credential(t.Context(), id)
		wantError(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	set("Inactive")
	refused()
	set("Active")
	w.user(id)
	w.root(here, &iamapi.TagUserInput{UserName: new("alice"), Tags: []iamapi.Tag{{Key: new("a"), Value: new("b")}}})
	if got := w.user(id).Tags["a"]; got != "b" {
		t.Errorf("tag is %q", got)
	}
	w.root(here, &iamapi.UpdateUserInput{UserName: new("alice"), NewPath: new("/x/"), NewUserName: new("ALICE")})
	if got := w.user(id).ARN; got != "arn:aws:iam::111122223333:user/x/ALICE" {
		t.Errorf("ARN is %s", got)
	}
	w.root(here, &iamapi.DeleteAccessKeyInput{UserName: new("ALICE"), AccessKeyId: &id})
	refused()
}

func TestImportAccessKey(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "admin")
	w.makeUser(here, "other")
	const id = "AKIAKEYHOLDLOCAL0001"
	load := func(user, id, secret string) error { return w.iam.ImportAccessKey(t.Context(), here, user, id, secret) }
	for range 2 {
		if err := load("admin", id, "one"); err != nil {
			t.Fatal(err)
		}
	}
	secret := func() string {
		cred, err := w.iam.Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return cred.Secret.Reveal()
	}
	if got := secret(); got != "one" {
		t.Errorf("secret is %s", got)
	}
	if err := load("admin", id, "two"); err != nil || secret() != "two" {
		t.Errorf("%v, secret is %s", err, secret())
	}
	w.root(here, &iamapi.UpdateAccessKeyInput{UserName: new("admin"), AccessKeyId: new(id), Status: new("Inactive")})
	if err := load("admin", id, "three"); err != nil {
		t.Error(err)
	}
	_, err := w.iam.Credential(t.Context(), id)
	wantError(t, err, "InvalidClientTokenId", "")
	wantError(t, load("nobody", "AKIAKEYHOLDLOCAL0002", "x"), "NoSuchEntityException", "")
	for name, err := range map[string]error{
		"another user's": load("other", id, "x"), "too short": load("admin", "short", "x"), "temporary": load("admin", "ASIAKEYHOLDLOCAL0001", "x"),
		"odd": load("admin", "AKIAKEYHOLD+LOCAL001", "x"), "no secret": load("admin", "AKIAKEYHOLDLOCAL0003", ""),
	} {
		if err == nil {
			t.Errorf("%s: imported", name)
		}
	}
}

// TestSelfService: without a user's name the caller is meant.
func TestSelfService(t *testing.T) {
	w := newWorld(t)
	w.makeUser(here, "alice")
	w.root(here, &iamapi.PutUserPolicyInput{UserName: new("alice"), PolicyName: new("own"), PolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:user/${aws:username}"}]}`)})
	who := w.user(w.makeKey(here, "alice"))
	if got := w.as(who, &iamapi.GetUserInput{}).(*iamapi.GetUserOutput).User; *got.UserName != "alice" {
		t.Errorf("user is %s", *got.UserName)
	}
	made := w.as(who, &iamapi.CreateAccessKeyInput{}).(*iamapi.CreateAccessKeyOutput).AccessKey
	w.as(who, &iamapi.UpdateAccessKeyInput{AccessKeyId: made.AccessKeyId, Status: new("Inactive")})
	if n := len(w.as(who, &iamapi.ListAccessKeysInput{}).(*iamapi.ListAccessKeysOutput).AccessKeyMetadata); n != 2 {
		t.Errorf("%d keys", n)
	}
	w.as(who, &iamapi.DeleteAccessKeyInput{AccessKeyId: made.AccessKeyId})
	_, err := w.call(who, &iamapi.GetUserInput{UserName: new("bob")})
	wantError(t, err, "AccessDenied", "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:GetUser on resource: user bob because no identity-based policy allows the iam:GetUser action")
	session := &aws.Caller{Principal: policy.Principal{Kind: policy.RoleSession, Account: here}}
	_, err = w.call(session, &iamapi.GetUserInput{})
	wantError(t, err, "ValidationError", "Must specify userName when calling with non-User credentials")
}
