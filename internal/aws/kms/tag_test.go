package kms_test

import (
	"fmt"
	"testing"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

func tags(pairs ...string) []kmsapi.Tag {
	var out []kmsapi.Tag
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, kmsapi.Tag{TagKey: &pairs[i], TagValue: &pairs[i+1]})
	}
	return out
}

func TestTags(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	key := w.newKey(who, kmsapi.CreateKeyInput{Tags: tags("a", "1", "b", "2")})
	list := func() (s string) {
		t.Helper()
		for _, tag := range must[kmsapi.ListResourceTagsOutput](w, who, &kmsapi.ListResourceTagsInput{KeyId: key.KeyId}).Tags {
			s += *tag.TagKey + "=" + *tag.TagValue + " "
		}
		return s
	}
	if got := list(); got != "a=1 b=2 " {
		t.Errorf("got %s", got)
	}
	must[kmsapi.TagResourceOutput](w, who, &kmsapi.TagResourceInput{KeyId: key.KeyId, Tags: tags("b", "3", "B", "4")})
	must[kmsapi.UntagResourceOutput](w, who, &kmsapi.UntagResourceInput{KeyId: key.KeyId, TagKeys: []string{"a", "none"}})
	if got := list(); got != "B=4 b=3 " {
		t.Errorf("got %s", got)
	}
	for i := range 48 {
		must[kmsapi.TagResourceOutput](w, who, &kmsapi.TagResourceInput{KeyId: key.KeyId, Tags: tags(fmt.Sprint(i), "")})
	}
	_, err := invoke[kmsapi.TagResourceOutput](w, who, &kmsapi.TagResourceInput{KeyId: key.KeyId, Tags: tags("one more", "")})
	fails(t, err, "TagException", "")
	_, err = invoke[kmsapi.TagResourceOutput](w, who, &kmsapi.TagResourceInput{KeyId: key.KeyId, Tags: tags("AWS:x", "")})
	fails(t, err, "TagException", "aws: prefixed tag key names are not allowed for external use.")
}

// Who may set tags can be bound to the tags that are asked for and to those that are there, before the change.
func TestTagPermissions(t *testing.T) {
	w := newWorld(t)
	key := w.newKey(admin(t, accountA), kmsapi.CreateKeyInput{Tags: tags("team", "red")})
	red := role(t, accountA, "Red", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:TagResource","kms:UntagResource"],"Resource":"*",
		"Condition":{"StringEquals":{"aws:ResourceTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["stage","team"]},"StringEqualsIfExists":{"aws:RequestTag/stage":"test"}}}]}`, "")
	must[kmsapi.TagResourceOutput](w, red, &kmsapi.TagResourceInput{KeyId: key.KeyId, Tags: tags("stage", "test")})
	for name, in := range map[string]*kmsapi.TagResourceInput{
		"value": {KeyId: key.KeyId, Tags: tags("stage", "production")},
		"name":  {KeyId: key.KeyId, Tags: tags("stage", "test", "owner", "me")},
	} {
		_, err := invoke[kmsapi.TagResourceOutput](w, red, in)
		t.Run(name, func(t *testing.T) { fails(t, err, "AccessDenied", "") })
	}
	_, err := invoke[kmsapi.UntagResourceOutput](w, red, &kmsapi.UntagResourceInput{KeyId: key.KeyId, TagKeys: []string{"owner"}})
	fails(t, err, "AccessDenied", "")
	must[kmsapi.UntagResourceOutput](w, red, &kmsapi.UntagResourceInput{KeyId: key.KeyId, TagKeys: []string{"team"}})
	_, err = invoke[kmsapi.TagResourceOutput](w, red, &kmsapi.TagResourceInput{KeyId: key.KeyId, Tags: tags("stage", "test")})
	fails(t, err, "AccessDenied", "") // the tag that allowed it is gone
}
