package sts

import (
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/policy"
)

// maxTags is how many session tags a request may have.
const maxTags = 50

// tag is a session tag.
type tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// tags are session tags in the order in which they were passed. Keys are unique without regard to case.
type tags []tag

// check refuses tags that AWS refuses.
func (ts tags) check() error {
	if len(ts) > maxTags {
		return tooLong("tags", maxTags)
	}
	for i, t := range ts {
		switch {
		case !utf8.ValidString(t.Key + t.Value):
			return constraint("", "tags", "be UTF-8")
		case t.Key == "" || utf8.RuneCountInString(t.Key) > 128:
			return constraint(t.Key, "tags.member.key", "have length between 1 and 128")
		case utf8.RuneCountInString(t.Value) > 256:
			return tooLong("tags.member.value", 256)
		case len(t.Key) >= 4 && strings.EqualFold(t.Key[:4], "aws:"):
			return systemTag()
		}
		if _, ok := ts[:i].lookup(t.Key); ok {
			return duplicateTags()
		}
	}
	return nil
}

// lookup finds a tag by its key, without regard to case.
func (ts tags) lookup(key string) (policy.Values, bool) {
	for _, t := range ts {
		if strings.EqualFold(t.Key, key) {
			return policy.One(t.Value), true
		}
	}
	return policy.Values{}, false
}

func (ts tags) keys() []string {
	keys := make([]string, len(ts))
	for i, t := range ts {
		keys[i] = t.Key
	}
	return keys
}

// over are the tags of a session: those of its role, and these in place of those with the same keys.
func (ts tags) over(role map[string]string) map[string]string {
	if len(ts) == 0 {
		return role
	}
	all := maps.Clone(role)
	if all == nil {
		all = make(map[string]string, len(ts))
	}
	maps.DeleteFunc(all, func(key, _ string) bool {
		_, ok := ts.lookup(key)
		return ok
	})
	for _, t := range ts {
		all[t.Key] = t.Value
	}
	return all
}

// conditions are the values of condition keys in a call of AssumeRole.
type conditions request

// Lookup implements policy.Context.
func (k *conditions) Lookup(key string) (policy.Values, bool) {
	switch key {
	case "sts:externalid":
		return policy.One(k.externalID), k.externalID != ""
	case "sts:rolesessionname":
		return policy.One(k.sessionName), true
	case "sts:sourceidentity":
		return policy.One(k.sourceIdentity), k.sourceIdentity != ""
	case "sts:transitivetagkeys":
		return policy.List(k.newTransitive...), len(k.newTransitive) > 0
	case "aws:tagkeys":
		return policy.List(k.passed.keys()...), len(k.passed) > 0
	}
	if name, ok := strings.CutPrefix(key, "aws:requesttag/"); ok {
		return k.passed.lookup(name)
	}
	name, ok := strings.CutPrefix(key, "aws:resourcetag/")
	if !ok {
		name, ok = strings.CutPrefix(key, "iam:resourcetag/")
	}
	if !ok {
		return policy.Values{}, false
	}
	return aws.Folded(k.role.Tags, name)
}
