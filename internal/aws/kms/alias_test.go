package kms_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

func (w *world) aliases(in *kmsapi.ListAliasesInput) []string {
	w.t.Helper()
	var names []string
	for _, a := range must[kmsapi.ListAliasesOutput](w, admin(w.t, accountA), in).Aliases {
		names = append(names, *a.AliasName)
	}
	return names
}

func TestAlias(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	one, two := w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})
	w.alias(who, "alias/a", *one.Arn)
	arn := "arn:aws:kms:" + region + ":" + accountA + ":alias/a"

	listed := must[kmsapi.ListAliasesOutput](w, who, &kmsapi.ListAliasesInput{})
	if len(listed.Aliases) != 1 || *listed.Truncated {
		t.Fatalf("got %v", listed)
	}
	if a := listed.Aliases[0]; *a.AliasName != "alias/a" || *a.AliasArn != arn || *a.TargetKeyId != *one.KeyId || a.CreationDate.IsZero() {
		t.Errorf("got %+v", a)
	}

	_, err := invoke[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: new("alias/a"), TargetKeyId: two.KeyId})
	fails(t, err, "AlreadyExistsException", "An alias with the name "+arn+" already exists")

	blob := w.encrypt(who, "alias/a", "x")
	must[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: two.KeyId})
	if got := must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: new("alias/a")}).KeyMetadata; *got.KeyId != *two.KeyId {
		t.Errorf("alias/a is %s", *got.KeyId)
	}
	w.opens(who, blob, "x") // the ciphertext names the key, not the alias
	if got := w.aliases(&kmsapi.ListAliasesInput{KeyId: one.KeyId}); got != nil {
		t.Errorf("the old key still has %v", got)
	}
	if got := w.aliases(&kmsapi.ListAliasesInput{KeyId: two.Arn}); len(got) != 1 {
		t.Errorf("the new key has %v", got)
	}

	must[kmsapi.DeleteAliasOutput](w, who, &kmsapi.DeleteAliasInput{AliasName: new("alias/a")})
	_, err = invoke[kmsapi.DeleteAliasOutput](w, who, &kmsapi.DeleteAliasInput{AliasName: new("alias/a")})
	fails(t, err, "NotFoundException", "Alias "+arn+" is not found.")
	_, err = invoke[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: two.KeyId})
	fails(t, err, "NotFoundException", "Alias "+arn+" is not found.")
	if got := w.aliases(&kmsapi.ListAliasesInput{}); got != nil {
		t.Errorf("still there: %v", got)
	}
}

func TestAliasNames(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	for _, c := range []struct{ name, code, text string }{
		{"alias/a-B_9/x", "", ""},
		{"x", "ValidationError", `Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`},
		{"", "ValidationError", ""},
		{"alias/", "ValidationError", "Invalid identifier"},
		{"alias/aws/s3", "NotAuthorizedException", ""},
		{"alias/a:b", "InvalidAliasNameException", ""},
		{"alias/a b", "InvalidAliasNameException", ""},
		{"alias/ä", "InvalidAliasNameException", ""},
	} {
		_, err := invoke[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: &c.name, TargetKeyId: key.KeyId})
		check(t, err, c.code, c.text)
	}
	_, err := invoke[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: new("alias/b"), TargetKeyId: new("alias/a-B_9/x")})
	fails(t, err, "ValidationError", "Aliases must refer to keys. Not aliases")
	_, err = invoke[kmsapi.ListAliasesOutput](w, who, &kmsapi.ListAliasesInput{KeyId: new("alias/a-B_9/x")})
	fails(t, err, "InvalidArnException", "")
}

// Alias operations need permission on the alias, which IAM gives, and on each key that is involved.
func TestAliasPermissions(t *testing.T) {
	w := newWorld(t)
	boss := admin(t, accountA)
	mine, other := w.newKey(boss, kmsapi.CreateKeyInput{}), w.newKey(boss, kmsapi.CreateKeyInput{})
	aliasARN := "arn:aws:kms:" + region + ":" + accountA + ":alias/team/*"
	statement := func(resources string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*Alias","Resource":[` + resources + `]}]}`
	}
	both := role(t, accountA, "Both", statement(`"`+aliasARN+`","`+*mine.Arn+`"`), "")
	keyOnly := role(t, accountA, "KeyOnly", statement(`"`+*mine.Arn+`"`), "")
	aliasOnly := role(t, accountA, "AliasOnly", statement(`"`+aliasARN+`"`), "")

	create := &kmsapi.CreateAliasInput{AliasName: new("alias/team/x"), TargetKeyId: mine.KeyId}
	_, err := invoke[kmsapi.CreateAliasOutput](w, keyOnly, create)
	fails(t, err, "AccessDenied", "User: * is not authorized to perform: kms:CreateAlias on resource: arn:aws:kms:eu-central-1:111122223333:alias/team/x because no identity-based policy allows the kms:CreateAlias action")
	_, err = invoke[kmsapi.CreateAliasOutput](w, aliasOnly, create)
	fails(t, err, "AccessDenied", "User: * on resource: "+*mine.Arn+" because no identity-based policy allows the kms:CreateAlias action")
	must[kmsapi.CreateAliasOutput](w, both, create)
	_, err = invoke[kmsapi.UpdateAliasOutput](w, both, &kmsapi.UpdateAliasInput{AliasName: new("alias/team/x"), TargetKeyId: other.KeyId})
	fails(t, err, "AccessDenied", "User: * on resource: "+*other.Arn+"*")
	w.alias(boss, "alias/team/other", *other.KeyId)
	_, err = invoke[kmsapi.UpdateAliasOutput](w, both, &kmsapi.UpdateAliasInput{AliasName: new("alias/team/other"), TargetKeyId: mine.KeyId})
	fails(t, err, "AccessDenied", "User: * on resource: "+*other.Arn+"*")
	_, err = invoke[kmsapi.DeleteAliasOutput](w, both, &kmsapi.DeleteAliasInput{AliasName: new("alias/team/other")})
	fails(t, err, "AccessDenied", "User: * on resource: "+*other.Arn+"*")
	must[kmsapi.DeleteAliasOutput](w, both, &kmsapi.DeleteAliasInput{AliasName: new("alias/team/x")})
}

func TestAliasQuota(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{})
	for i := range 50 {
		w.alias(who, fmt.Sprintf("alias/%d", i), *key.KeyId)
	}
	_, err := invoke[kmsapi.CreateAliasOutput](w, who, &kmsapi.CreateAliasInput{AliasName: new("alias/one-more"), TargetKeyId: key.KeyId})
	fails(t, err, "LimitExceededException", "")
	must[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/7"), TargetKeyId: key.KeyId}) // to where it points
	if got := len(w.aliases(&kmsapi.ListAliasesInput{KeyId: key.KeyId, Limit: new(int32(100))})); got != 50 {
		t.Errorf("%d aliases", got)
	}
}

// While an alias is swapped between two keys, whoever encrypts by it uses the one key or the other, each ciphertext opens, and of
// the swaps that run at once none leaves half of one behind.
func TestAliasSwappedWhileInUse(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	keys := []*kmsapi.KeyMetadata{w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})}
	w.alias(who, "alias/a", *keys[0].KeyId)
	const rounds = 200
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range rounds {
				_, err := invoke[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: keys[(i+n)%2].KeyId})
				if err != nil {
					fails(t, err, "DependencyTimeoutException", "") // the other was faster
				}
			}
		})
		wg.Go(func() {
			for range rounds {
				out, err := invoke[kmsapi.EncryptOutput](w, who, &kmsapi.EncryptInput{KeyId: new("alias/a"), Plaintext: []byte("x")})
				if err != nil {
					t.Error(err)
					return
				}
				opened, err := invoke[kmsapi.DecryptOutput](w, who, &kmsapi.DecryptInput{CiphertextBlob: out.CiphertextBlob, KeyId: out.KeyId})
				if err != nil || string(opened.Plaintext) != "x" {
					t.Errorf("%v, %v", opened, err)
				}
			}
		})
	}
	wg.Wait()
	target := *must[kmsapi.DescribeKeyOutput](w, who, &kmsapi.DescribeKeyInput{KeyId: new("alias/a")}).KeyMetadata.KeyId
	for _, key := range keys {
		want := 0
		if *key.KeyId == target {
			want = 1
		}
		if got := w.aliases(&kmsapi.ListAliasesInput{KeyId: key.KeyId}); len(got) != want {
			t.Errorf("%s has %v, alias/a is %s", *key.KeyId, got, target)
		}
	}
}

// interrupted runs something before its next Update.
type interrupted struct {
	store.Store
	before func()
}

func (s *interrupted) Update(ctx context.Context, fn func(store.Txn) error) error {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Store.Update(ctx, fn)
}

// An alias that points to another key by the time at which its change is made stays as it is: the caller was let in for the key
// before.
func TestAliasMovedMeanwhile(t *testing.T) {
	for name, change := range map[string]func(w *world, spare *string) error{
		"UpdateAlias": func(w *world, spare *string) error {
			return errOf(invoke[kmsapi.UpdateAliasOutput](w, admin(t, accountA), &kmsapi.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: spare}))
		},
		"DeleteAlias": func(w *world, _ *string) error {
			return errOf(invoke[kmsapi.DeleteAliasOutput](w, admin(t, accountA), &kmsapi.DeleteAliasInput{AliasName: new("alias/a")}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := &interrupted{Store: mem.New()}
			w := worldOn(t, db, testRoot(t))
			who := admin(t, accountA)
			one, two, spare := w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{}), w.newKey(who, kmsapi.CreateKeyInput{})
			w.alias(who, "alias/a", *one.KeyId)
			db.before = func() {
				must[kmsapi.UpdateAliasOutput](w, who, &kmsapi.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: two.KeyId})
			}
			fails(t, change(w, spare.KeyId), "DependencyTimeoutException", "")
			for _, key := range []*kmsapi.KeyMetadata{one, two, spare} {
				want := 0
				if key == two {
					want = 1
				}
				if got := w.aliases(&kmsapi.ListAliasesInput{KeyId: key.KeyId}); len(got) != want {
					t.Errorf("%s has %v", *key.KeyId, got)
				}
			}
		})
	}
}
