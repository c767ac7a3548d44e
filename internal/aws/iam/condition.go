package iam

import (
	"strings"

	"github.com/keyhold/keyhold/policy"
)

// conditions are the values of condition keys in one call.
type conditions struct {
	resource  tags     // tags of what the call is for
	request   tags     // tags that the call brings
	tagKeys   []string // keys of tags that the call brings or takes away
	boundary  string   // ARN of the permissions boundary that the call sets, or that binds what it changes
	policyARN string   // ARN of the policy that the call attaches or detaches
}

// Lookup implements policy.Context.
func (k *conditions) Lookup(key string) (policy.Values, bool) {
	switch key {
	case "iam:permissionsboundary":
		return policy.One(k.boundary), k.boundary != ""
	case "iam:policyarn":
		return policy.One(k.policyARN), k.policyARN != ""
	case "aws:tagkeys":
		return policy.List(k.tagKeys...), len(k.tagKeys) > 0
	}
	if name, ok := strings.CutPrefix(key, "aws:requesttag/"); ok {
		return k.request.lookup(name)
	}
	name, ok := strings.CutPrefix(key, "aws:resourcetag/")
	if !ok {
		name, ok = strings.CutPrefix(key, "iam:resourcetag/")
	}
	if !ok {
		return policy.Values{}, false
	}
	return k.resource.lookup(name)
}
