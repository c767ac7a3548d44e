package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// tag is one tag of a role, user or policy.
type tag struct{ Key, Value string }

// tags are in the order of their keys, which are unique without regard to case.
type tags []tag

// TagRole adds tags to a role or gives existing ones new values.
func (s *Service) TagRole(ctx context.Context, c *aws.Call, in *iamapi.TagRoleInput) (*iamapi.TagRoleOutput, error) {
	return &iamapi.TagRoleOutput{}, s.tagEntity(ctx, c, in.Tags)
}

// ListRoleTags lists a role's tags.
func (s *Service) ListRoleTags(_ context.Context, c *aws.Call, in *iamapi.ListRoleTagsInput) (*iamapi.ListRoleTagsOutput, error) {
	tags, more, marker, err := entityTags(c, in.Marker, in.MaxItems)
	return &iamapi.ListRoleTagsOutput{Tags: tags, IsTruncated: more, Marker: marker}, err
}

// UntagRole removes tags from a role.
func (s *Service) UntagRole(ctx context.Context, c *aws.Call, in *iamapi.UntagRoleInput) (*iamapi.UntagRoleOutput, error) {
	return &iamapi.UntagRoleOutput{}, s.untagEntity(ctx, c, in.TagKeys)
}

// TagUser adds tags to a user or gives existing ones new values.
func (s *Service) TagUser(ctx context.Context, c *aws.Call, in *iamapi.TagUserInput) (*iamapi.TagUserOutput, error) {
	return &iamapi.TagUserOutput{}, s.tagEntity(ctx, c, in.Tags)
}

// ListUserTags lists a user's tags.
func (s *Service) ListUserTags(_ context.Context, c *aws.Call, in *iamapi.ListUserTagsInput) (*iamapi.ListUserTagsOutput, error) {
	tags, more, marker, err := entityTags(c, in.Marker, in.MaxItems)
	return &iamapi.ListUserTagsOutput{Tags: tags, IsTruncated: more, Marker: marker}, err
}

// UntagUser removes tags from a user.
func (s *Service) UntagUser(ctx context.Context, c *aws.Call, in *iamapi.UntagUserInput) (*iamapi.UntagUserOutput, error) {
	return &iamapi.UntagUserOutput{}, s.untagEntity(ctx, c, in.TagKeys)
}

// TagPolicy adds tags to a managed policy or gives existing ones new values.
func (s *Service) TagPolicy(ctx context.Context, c *aws.Call, in *iamapi.TagPolicyInput) (*iamapi.TagPolicyOutput, error) {
	added := tagsOf(in.Tags)
	return &iamapi.TagPolicyOutput{}, s.changePolicy(ctx, c, func(_ store.Txn, m *managed) (err error) {
		m.Tags, err = m.Tags.with(added)
		return err
	})
}

// ListPolicyTags lists a managed policy's tags.
func (s *Service) ListPolicyTags(_ context.Context, c *aws.Call, in *iamapi.ListPolicyTagsInput) (*iamapi.ListPolicyTagsOutput, error) {
	m, err := targetPolicy(c)
	if err != nil {
		return nil, err
	}
	tags, more, marker, err := m.Tags.page(in.Marker, in.MaxItems)
	return &iamapi.ListPolicyTagsOutput{Tags: tags, IsTruncated: more, Marker: marker}, err
}

// UntagPolicy removes tags from a managed policy.
func (s *Service) UntagPolicy(ctx context.Context, c *aws.Call, in *iamapi.UntagPolicyInput) (*iamapi.UntagPolicyOutput, error) {
	return &iamapi.UntagPolicyOutput{}, s.changePolicy(ctx, c, func(_ store.Txn, m *managed) error {
		m.Tags = m.Tags.without(in.TagKeys)
		return nil
	})
}

func (s *Service) tagEntity(ctx context.Context, c *aws.Call, added []iamapi.Tag) error {
	return s.change(ctx, c, func(_ store.Txn, e *entity) (err error) {
		e.Tags, err = e.Tags.with(tagsOf(added))
		return err
	})
}

func (s *Service) untagEntity(ctx context.Context, c *aws.Call, keys []string) error {
	return s.change(ctx, c, func(_ store.Txn, e *entity) error {
		e.Tags = e.Tags.without(keys)
		return nil
	})
}

func entityTags(c *aws.Call, marker *string, maxItems *int32) ([]iamapi.Tag, *bool, *string, error) {
	e, err := target(c)
	if err != nil {
		return nil, nil, nil, err
	}
	return e.Tags.page(marker, maxItems)
}

// tagsOf reads tags from a request.
func tagsOf(in []iamapi.Tag) tags {
	out := make(tags, 0, len(in))
	for _, t := range in {
		out = append(out, tag{value(t.Key), value(t.Value)})
	}
	slices.SortStableFunc(out, tag.compare)
	return out
}

func (t tag) compare(other tag) int { return strings.Compare(fold(t.Key), fold(other.Key)) }

// check refuses tags that AWS refuses beyond the model's constraints.
func (ts tags) check() error {
	if len(ts) > maxTags {
		return tooManyTags()
	}
	for i, t := range ts {
		switch {
		case t.Key == "" || len([]rune(t.Key)) > 128:
			return constraint(t.Key, "tags.member.key", "have length between 1 and 128")
		case len([]rune(t.Value)) > 256:
			return constraint(t.Value, "tags.member.value", "have length less than or equal to 256")
		case strings.HasPrefix(fold(t.Key), "aws:"):
			return systemTag()
		case i > 0 && ts[i-1].compare(t) == 0:
			return duplicateTags()
		}
	}
	return nil
}

// with returns the tags with more added; a key that is there already, in whatever case, takes the new case and value.
func (ts tags) with(more tags) (tags, error) {
	if err := more.check(); err != nil {
		return nil, err
	}
	out := ts.without(more.keys())
	out = append(out, more...)
	slices.SortFunc(out, tag.compare)
	return out, out.check()
}

// without returns the tags whose keys are not among keys, without regard to case.
func (ts tags) without(keys []string) tags {
	return slices.DeleteFunc(slices.Clone(ts), func(t tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return fold(k) == fold(t.Key) })
	})
}

func (ts tags) keys() []string {
	keys := make([]string, len(ts))
	for i, t := range ts {
		keys[i] = t.Key
	}
	return keys
}

// page is the wire form of one page of the tags.
func (ts tags) page(marker *string, maxItems *int32) ([]iamapi.Tag, *bool, *string, error) {
	p, err := pageOf(marker, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	items, more, next := cut(p, ts, func(t tag) string { return fold(t.Key) })
	return items.wire(), more, next, nil
}

// wire is the wire form of the tags.
func (ts tags) wire() []iamapi.Tag {
	out := make([]iamapi.Tag, len(ts))
	for i := range ts {
		out[i] = iamapi.Tag{Key: &ts[i].Key, Value: &ts[i].Value}
	}
	return out
}

// byKey is the form of the tags that others than IAM use.
func (ts tags) byKey() map[string]string {
	if len(ts) == 0 {
		return nil
	}
	m := make(map[string]string, len(ts))
	for _, t := range ts {
		m[t.Key] = t.Value
	}
	return m
}

// lookup finds the tag that a condition key names in lower case.
func (ts tags) lookup(lower string) (policy.Values, bool) {
	for _, t := range ts {
		if strings.EqualFold(t.Key, lower) {
			return policy.One(t.Value), true
		}
	}
	return policy.Values{}, false
}
