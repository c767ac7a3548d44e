package kms

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
	"github.com/keyhold/keyhold/internal/store"
)

const maxTags = 50

// tagMap adds tags to a copy of old.
func tagMap(tags []kmsapi.Tag, old map[string]string) (map[string]string, error) {
	fresh := make(map[string]string, len(tags))
	for _, t := range tags {
		name := deref(t.TagKey)
		if strings.HasPrefix(strings.ToLower(name), "aws:") {
			return nil, systemTag()
		}
		if _, twice := fresh[name]; twice {
			return nil, duplicateTag()
		}
		fresh[name] = deref(t.TagValue)
	}
	all := maps.Clone(old)
	if all == nil {
		all = fresh
	}
	maps.Copy(all, fresh)
	if len(all) > maxTags {
		return nil, tooManyTags()
	}
	return all, nil
}

func (s *Service) requireTagResource(ctx context.Context, c *aws.Call, in *kmsapi.TagResourceInput) error {
	tags, err := tagMap(in.Tags, nil)
	if err != nil {
		return err
	}
	a := s.newAccess(ctx, c)
	a.tags = tags
	if err := a.manage("kms:TagResource", in.KeyId); err != nil {
		return err
	}
	if tenant, ok := tags[TenantTag]; ok {
		a.noteTenant(tenant)
	}
	return nil
}

// tenantTagNote is the audit note of a change to the tag that marks a tenant's key; its value is the tenant's id, that of
// before if there was one. Without it the tag could be taken off to change the key's policy without a mark.
const tenantTagNote = "tenantTagChange"

// noteTenant notes that the key's tenant tag becomes the given one.
func (a *access) noteTenant(after string) {
	if a.key == nil || a.key.record.Tags[TenantTag] == after {
		return
	}
	a.call.Note(tenantTagNote, cmp.Or(a.key.record.Tags[TenantTag], after))
}

// TagResource adds tags to a key, or replaces their values.
func (s *Service) TagResource(ctx context.Context, c *aws.Call, in *kmsapi.TagResourceInput) (*kmsapi.TagResourceOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) (err error) {
		if err := r.notPendingDeletion(a.key.arn); err != nil {
			return err
		}
		r.Tags, err = tagMap(in.Tags, r.Tags)
		return err
	})
	return &kmsapi.TagResourceOutput{}, err
}

func (s *Service) requireUntagResource(ctx context.Context, c *aws.Call, in *kmsapi.UntagResourceInput) error {
	a := s.newAccess(ctx, c)
	a.tagKeys = in.TagKeys
	if err := a.manage("kms:UntagResource", in.KeyId); err != nil {
		return err
	}
	if slices.Contains(in.TagKeys, TenantTag) {
		a.noteTenant("")
	}
	return nil
}

// UntagResource removes tags from a key. Those that it does not have are no error.
func (s *Service) UntagResource(ctx context.Context, c *aws.Call, in *kmsapi.UntagResourceInput) (*kmsapi.UntagResourceOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, a.key, c.Time, func(_ store.Txn, r *keyRecord) error {
		for _, name := range in.TagKeys {
			delete(r.Tags, name)
		}
		return r.notPendingDeletion(a.key.arn)
	})
	return &kmsapi.UntagResourceOutput{}, err
}

// ListResourceTags lists a key's tags in the order of their names.
func (s *Service) ListResourceTags(
	_ context.Context, c *aws.Call, in *kmsapi.ListResourceTagsInput,
) (*kmsapi.ListResourceTagsOutput, error) {
	a, err := authorized(c, 0)
	if err != nil {
		return nil, err
	}
	p, err := newPage("ListResourceTags", in.Limit, 50, 50, in.Marker)
	if err != nil {
		return nil, err
	}
	names, next := p.part(slices.Sorted(maps.Keys(a.key.record.Tags)))
	out := &kmsapi.ListResourceTagsOutput{Tags: make([]kmsapi.Tag, len(names)), NextMarker: next, Truncated: new(next != nil)}
	for i, name := range names {
		out.Tags[i] = kmsapi.Tag{TagKey: &name, TagValue: new(a.key.record.Tags[name])}
	}
	return out, nil
}
