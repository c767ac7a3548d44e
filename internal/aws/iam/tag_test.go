package iam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
)

func TestTags(t *testing.T) {
	w := newWorld(t)
	w.makeRole(here, "R")
	w.makeUser(here, "u")
	arn := w.makePolicy(here, "P", allowRead)
	set := func(pairs ...string) (out []iamapi.Tag) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, iamapi.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return out
	}
	kinds := map[string]struct {
		tag   func([]iamapi.Tag) any
		untag func(...string) any
		list  func() []iamapi.Tag
	}{
		"role": {
			func(ts []iamapi.Tag) any { return &iamapi.TagRoleInput{RoleName: new("R"), Tags: ts} },
			func(ks ...string) any { return &iamapi.UntagRoleInput{RoleName: new("R"), TagKeys: ks} },
			func() []iamapi.Tag {
				return w.root(here, &iamapi.ListRoleTagsInput{RoleName: new("R")}).(*iamapi.ListRoleTagsOutput).Tags
			},
		},
		"user": {
			func(ts []iamapi.Tag) any { return &iamapi.TagUserInput{UserName: new("u"), Tags: ts} },
			func(ks ...string) any { return &iamapi.UntagUserInput{UserName: new("u"), TagKeys: ks} },
			func() []iamapi.Tag {
				return w.root(here, &iamapi.ListUserTagsInput{UserName: new("u")}).(*iamapi.ListUserTagsOutput).Tags
			},
		},
		"policy": {
			func(ts []iamapi.Tag) any { return &iamapi.TagPolicyInput{PolicyArn: &arn, Tags: ts} },
			func(ks ...string) any { return &iamapi.UntagPolicyInput{PolicyArn: &arn, TagKeys: ks} },
			func() []iamapi.Tag {
				return w.root(here, &iamapi.ListPolicyTagsInput{PolicyArn: &arn}).(*iamapi.ListPolicyTagsOutput).Tags
			},
		},
	}
	for name, k := range kinds {
		w.root(here, k.tag(set("b", "1", "A", "2")))
		w.root(here, k.tag(set("B", "3")))
		if diff := cmp.Diff(set("A", "2", "B", "3"), k.list()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		w.fails(here, k.tag(set("x", "1", "X", "2")), "InvalidInputException", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		w.fails(here, k.tag(set("aws:x", "1")), "InvalidInputException", "")
		w.fails(here, k.tag(set(strings.Repeat("k", 129), "1")), "ValidationError", "")
		w.fails(here, k.tag(set("k", strings.Repeat("v", 257))), "ValidationError", "")
		var many []iamapi.Tag
		for i := range 49 {
			many = append(many, set(fmt.Sprintf("k%d", i), "")...)
		}
		w.fails(here, k.tag(many), "LimitExceededException", "The number of tags has reached the maximum limit.")
		w.root(here, k.tag(many[1:]))
		w.root(here, k.untag("a", "b", "none"))
		if n := len(k.list()); n != 48 {
			t.Errorf("%s: %d tags are left", name, n)
		}
	}
}
