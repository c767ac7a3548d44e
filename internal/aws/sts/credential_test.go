package sts

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/policy"
)

const invalidToken = "The security token included in the request is invalid."

// TestForgedTokens: nothing but what was issued, as it was issued, is a credential.
func TestForgedTokens(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), mayAll)
	a, b := w.assume(user, assuming(arn)).Credentials, w.assume(user, assuming(arn)).Credentials
	w.caller(*b.AccessKeyId, *b.SessionToken) // into the cache
	other := New(seal.Generate(), w.iam)
	foreign, err := other.issue(&token{Kind: rootSession, Account: accountA, Expires: time.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	flip := func(s string, i int) string {
		return s[:i] + string(map[bool]byte{true: 'B', false: 'A'}[s[i] == 'A']) + s[i+1:]
	}
	tests := map[string]struct{ id, token string }{
		"token of another key id":     {*a.AccessKeyId, *b.SessionToken},
		"key id without token":        {*a.AccessKeyId, ""},
		"long-term key with token":    {user.AccessKeyID, *a.SessionToken},
		"unknown long-term key":       {"AKIAAAAAAAAAAAAAAAAA", ""},
		"no key id":                   {"", ""},
		"no key id with token":        {"", *a.SessionToken},
		"token of another root key":   {*foreign.AccessKeyId, *foreign.SessionToken},
		"altered first character":     {*a.AccessKeyId, flip(*a.SessionToken, 0)},
		"altered middle":              {*a.AccessKeyId, flip(*a.SessionToken, len(*a.SessionToken)/2)},
		"altered tag":                 {*a.AccessKeyId, flip(*a.SessionToken, len(*a.SessionToken)-6)},
		"cut off":                     {*a.AccessKeyId, (*a.SessionToken)[:len(*a.SessionToken)-4]},
		"line break":                  {*a.AccessKeyId, (*a.SessionToken)[:8] + "\n" + (*a.SessionToken)[8:]},
		"not base64":                  {*a.AccessKeyId, "????"},
		"one character":               {*a.AccessKeyId, "A"},
		"far too long":                {*a.AccessKeyId, strings.Repeat("A", maxToken+4)},
		"key id of another in case":   {strings.ToLower(*a.AccessKeyId), *a.SessionToken},
		"sealed for another purpose":  {*a.AccessKeyId, sealed(t, w, "iam access key", "{}", *a.AccessKeyId)},
		"sealed, but of no version":   {*a.AccessKeyId, sealed(t, w, tokenPurpose, `{"kind":"root","acct":"111122223333","exp":9999999999}`, *a.AccessKeyId)},
		"sealed, but of unknown kind": {*a.AccessKeyId, sealed(t, w, tokenPurpose, `{"ver":1,"kind":"god","acct":"111122223333","exp":9999999999}`, *a.AccessKeyId)},
	}
	for name, test := range tests {
		for range 2 { // whatever the cache holds
			_, err := w.sts.Credential(t.Context(), test.id, test.token)
			if err == nil {
				t.Fatalf("%s: accepted", name)
			}
			wantError(t, err, "InvalidClientTokenId", invalidToken)
			w.caller(*a.AccessKeyId, *a.SessionToken)
		}
	}
}

func sealed(t *testing.T, w *world, purpose, plain, id string) string {
	b, err := w.sts.root.Seal(purpose, []byte(plain), []byte(id))
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// TestExpiry: a session ends at the second that it was issued for.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		user := w.makeUser(accountA, "u", mayAssume)
		in := assuming(w.makeRole(accountA, "R", trusts(rootA, ""), ""))
		in.DurationSeconds = new(int32(900))
		c := w.assume(user, in).Credentials
		time.Sleep(15*time.Minute - time.Nanosecond)
		w.caller(*c.AccessKeyId, *c.SessionToken)
		time.Sleep(time.Nanosecond)
		for range 2 {
			_, err := w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken)
			wantError(t, err, "ExpiredToken", "The security token included in the request is expired")
		}
		if n := w.sts.sessions.count(); n != 0 {
			t.Errorf("%d expired sessions are cached", n)
		}
	})
}

// TestDeletedRole: sessions end with their role, also if it is made again.
func TestDeletedRole(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), mayAll)
	c := w.assume(user, assuming(arn)).Credentials
	who := w.caller(*c.AccessKeyId, *c.SessionToken)
	if _, err := w.call(who, &iamapi.ListRolesInput{}); err != nil {
		t.Fatal(err)
	}
	w.deleteRole(accountA, "R")
	for range 2 {
		_, err := w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken)
		wantError(t, err, "InvalidClientTokenId", invalidToken)
		_, err = w.call(who, &iamapi.ListRolesInput{}) // a request that was authenticated before
		wantError(t, err, "InvalidClientTokenId", invalidToken)
		if w.iam != nil {
			_, _ = w.call(aws.RootUser(accountA), &iamapi.CreateRoleInput{RoleName: new("R"), AssumeRolePolicyDocument: new(trusts(rootA, ""))})
		}
	}
}

// TestChangedRole: tags and policies of a role count from the next request on.
func TestChangedRole(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}]}`)
	c := w.assume(user, assuming(arn)).Credentials
	list := func() error {
		_, err := w.call(w.caller(*c.AccessKeyId, *c.SessionToken), &iamapi.ListRolesInput{})
		return err
	}
	wantError(t, list(), "AccessDenied", "")
	w.root(accountA, &iamapi.TagRoleInput{RoleName: new("R"), Tags: []iamapi.Tag{{Key: new("Team"), Value: new("red")}}})
	if err := list(); err != nil {
		t.Error(err)
	}
	w.root(accountA, &iamapi.UntagRoleInput{RoleName: new("R"), TagKeys: []string{"team"}})
	wantError(t, list(), "AccessDenied", "")
}

func TestGetSessionToken(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAll)
	get := func(who *aws.Caller, in stsapi.GetSessionTokenInput) (*stsapi.Credentials, error) {
		out, err := w.call(who, &in)
		if err != nil {
			return nil, err
		}
		return out.(*stsapi.GetSessionTokenOutput).Credentials, nil
	}
	c, err := get(user, stsapi.GetSessionTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(*c.Expiration); d < 11*time.Hour || d > 12*time.Hour {
		t.Errorf("lasts %v", d)
	}
	who := w.caller(*c.AccessKeyId, *c.SessionToken)
	if who.Kind != policy.User || who.ARN != user.ARN || who.ID != user.ID || !who.Temporary() || who.AccessKeyID != *c.AccessKeyId {
		t.Errorf("caller is %+v", who)
	}
	_, err = w.call(who, &iamapi.ListRolesInput{})
	wantError(t, err, "InvalidClientTokenId", invalidToken)
	_, err = get(who, stsapi.GetSessionTokenInput{})
	wantError(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), "")
	_, err = get(w.session(who, assuming(arn)), stsapi.GetSessionTokenInput{})
	wantError(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	if _, err := w.call(who, &stsapi.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
	for _, in := range []stsapi.GetSessionTokenInput{
		{DurationSeconds: new(int32(899))}, {DurationSeconds: new(int32(129601))}, {SerialNumber: new("x")}, {TokenCode: new("123456")},
	} {
		_, err := get(user, in)
		wantError(t, err, "ValidationError", "")
	}
	_, err = get(aws.Anonymous(), stsapi.GetSessionTokenInput{})
	wantError(t, err, "MissingAuthenticationToken", "")

	byRoot, err := get(aws.RootUser(accountA), stsapi.GetSessionTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(*byRoot.Expiration); d > time.Hour {
		t.Errorf("the root user's session lasts %v", d)
	}
	if who := w.caller(*byRoot.AccessKeyId, *byRoot.SessionToken); who.Kind != policy.Root || !who.Temporary() {
		t.Errorf("caller is %+v", who)
	}

	w.root(accountA, &iamapi.DeleteUserPolicyInput{UserName: new("u"), PolicyName: new("inline")})
	w.root(accountA, &iamapi.DeleteAccessKeyInput{UserName: new("u"), AccessKeyId: &user.AccessKeyID})
	w.root(accountA, &iamapi.DeleteUserInput{UserName: new("u")})
	_, err = w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken)
	wantError(t, err, "InvalidClientTokenId", invalidToken)
	w.makeUser(accountA, "u", mayAll) // another of the same name
	_, err = w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken)
	wantError(t, err, "InvalidClientTokenId", invalidToken)
}

// TestCacheBounds fills a small cache: it stays within its bounds, and whatever it forgot still opens.
func TestCacheBounds(t *testing.T) {
	w := newWorld(t)
	w.sts.sessions = newCache(1 << 20)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), "")
	var all []*stsapi.Credentials
	for range 600 {
		all = append(all, w.assume(user, assuming(arn)).Credentials)
	}
	for range 2 {
		for _, c := range all {
			if who := w.caller(*c.AccessKeyId, *c.SessionToken); who.AccessKeyID != *c.AccessKeyId {
				t.Fatalf("caller is %s", who.AccessKeyID)
			}
		}
	}
	if n := w.sts.sessions.count(); n < 50 || n > 500 {
		t.Errorf("%d sessions are cached", n)
	}
	for i := range w.sts.sessions.shards {
		s := &w.sts.sessions.shards[i]
		size := 0
		for place, at := range s.ring {
			size += at.session.cost()
			if at.place != place || s.sessions[ending(at.session.wire)] != at {
				t.Fatal("the ring is broken")
			}
		}
		if size != s.size || size > s.space || len(s.ring) != len(s.sessions) {
			t.Errorf("shard %d: %d bytes, counted %d of %d", i, size, s.size, s.space)
		}
	}
}

func (c *cache) count() (n int) {
	for i := range c.shards {
		n += len(c.shards[i].sessions)
	}
	return n
}

// TestConcurrency uses sessions while their role changes, in a cache that evicts all the time.
func TestConcurrency(t *testing.T) {
	w := newWorld(t)
	w.sts.sessions = newCache(64 << 10)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), mayAll)
	var all []*stsapi.Credentials
	for range 64 {
		all = append(all, w.assume(user, assuming(arn)).Credentials)
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range 400 {
				c := all[rand.IntN(len(all))]
				cred, err := w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken)
				if err != nil || cred.Caller.AccessKeyID != *c.AccessKeyId || cred.Secret.Reveal() != *c.SecretAccessKey {
					t.Errorf("%v", err)
					return
				}
				if i%10 != 0 {
					continue
				}
				if _, err := w.call(cred.Caller, &iamapi.TagRoleInput{RoleName: new("R"), Tags: []iamapi.Tag{{Key: new("n"), Value: new(string(rune('a' + i%26)))}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
}

func FuzzOpenToken(f *testing.F) {
	w := newWorld(f)
	c, err := w.sts.issue(&token{Kind: rootSession, Account: accountA, Expires: time.Now().Add(time.Hour).Unix()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(*c.AccessKeyId, *c.SessionToken, `{"ver":1}`)
	f.Add("ASIAAAAAAAAAAAAAAAAA", "QUFB", `{"ver":1,"kind":"role","pol":"{","tags":[{}],"exp":-1}`)
	f.Fuzz(func(t *testing.T, id, wire, plain string) {
		if _, err := w.sts.Credential(t.Context(), id, wire); err == nil && (id != *c.AccessKeyId || wire != *c.SessionToken) {
			t.Error("a forged token is accepted")
		}
		sealed, err := w.sts.root.Seal(tokenPurpose, []byte(plain), []byte(id)) // as another version of ours might have made it
		if err != nil {
			t.Fatal(err)
		}
		if o, err := w.sts.open(base64.StdEncoding.EncodeToString(sealed), id); err == nil {
			_, _ = w.sts.credential(t.Context(), o)
		}
	})
}

func BenchmarkCredential(b *testing.B) {
	w := newWorld(b)
	user := w.makeUser(accountA, "u", mayAssume)
	in := assuming(w.makeRole(accountA, "R", trusts(rootA, ""), mayAll))
	in.Policy = new(onlyList)
	c := w.assume(user, in).Credentials
	ctx := b.Context()
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.sts.Credential(ctx, *c.AccessKeyId, *c.SessionToken); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.sts.sessions = newCache(cacheBytes)
			if _, err := w.sts.Credential(ctx, *c.AccessKeyId, *c.SessionToken); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// random is a text that does not compress.
func random(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}
