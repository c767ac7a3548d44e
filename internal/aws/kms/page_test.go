package kms_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

// pages collects a list part by part.
func pages[T any](t *testing.T, limit int32, list func(limit *int32, marker *string) (items []T, next *string, truncated bool)) []T {
	t.Helper()
	var all []T
	var marker *string
	for {
		items, next, truncated := list(&limit, marker)
		if len(items) > int(limit) || truncated != (next != nil) {
			t.Fatalf("%d items, truncated %v, marker %v", len(items), truncated, next)
		}
		all = append(all, items...)
		if !truncated {
			return all
		}
		marker = next
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	w.newKey(admin(t, accountB), kmsapi.CreateKeyInput{}) // another account's, not to be listed
	w.region = "us-east-1"
	w.newKey(who, kmsapi.CreateKeyInput{}) // another region's
	w.region = region
	var ids, names []string
	for i := range 7 {
		key := w.newKey(who, kmsapi.CreateKeyInput{Tags: tags("0", "", "1", "", "2", "", "3", "", "4", "", "5", "", "6", "")})
		ids = append(ids, *key.KeyId)
		names = append(names, fmt.Sprintf("alias/%d", i))
		w.alias(who, names[i], *key.KeyId)
		w.alias(admin(t, accountA), fmt.Sprintf("alias/of-first/%d", i), ids[0])
	}
	for range 7 {
		must[kmsapi.RotateKeyOnDemandOutput](w, who, &kmsapi.RotateKeyOnDemandInput{KeyId: &ids[0]})
	}
	slices.Sort(ids)
	for _, limit := range []int32{1, 2, 3, 6, 7, 8, 1000} {
		keys := pages(t, limit, func(limit *int32, marker *string) (found []string, _ *string, _ bool) {
			out := must[kmsapi.ListKeysOutput](w, who, &kmsapi.ListKeysInput{Limit: limit, Marker: marker})
			for _, k := range out.Keys {
				found = append(found, *k.KeyId)
			}
			return found, out.NextMarker, *out.Truncated
		})
		if !slices.Equal(keys, ids) {
			t.Errorf("keys by %d: %v", limit, keys)
		}
		aliases := pages(t, limit, func(limit *int32, marker *string) (found []string, _ *string, _ bool) {
			out := must[kmsapi.ListAliasesOutput](w, who, &kmsapi.ListAliasesInput{Limit: limit, Marker: marker})
			for _, a := range out.Aliases {
				found = append(found, *a.AliasName)
			}
			return found, out.NextMarker, *out.Truncated
		})
		if len(aliases) != 14 || !slices.IsSorted(aliases) {
			t.Errorf("aliases by %d: %v", limit, aliases)
		}
		found := pages(t, limit, func(limit *int32, marker *string) (found []string, _ *string, _ bool) {
			out := must[kmsapi.ListResourceTagsOutput](w, who, &kmsapi.ListResourceTagsInput{KeyId: &ids[0], Limit: limit, Marker: marker})
			for _, tag := range out.Tags {
				found = append(found, *tag.TagKey)
			}
			return found, out.NextMarker, *out.Truncated
		})
		if !slices.Equal(found, []string{"0", "1", "2", "3", "4", "5", "6"}) {
			t.Errorf("tags by %d: %v", limit, found)
		}
	}
}

// A marker is good for the list that gave it, and leads nowhere else.
func TestMarkers(t *testing.T) {
	w := newWorld(t)
	who := admin(t, accountA)
	for i := range 3 {
		w.alias(who, fmt.Sprintf("alias/%d", i), *w.newKey(who, kmsapi.CreateKeyInput{}).KeyId)
	}
	theirs := w.newKey(admin(t, accountB), kmsapi.CreateKeyInput{})
	ofKeys := must[kmsapi.ListKeysOutput](w, who, &kmsapi.ListKeysInput{Limit: new(int32(1))}).NextMarker
	for _, marker := range []string{"x", "!", *ofKeys, base64.RawURLEncoding.EncodeToString([]byte("ListAliases\x00"))} {
		_, err := invoke[kmsapi.ListAliasesOutput](w, who, &kmsapi.ListAliasesInput{Marker: &marker})
		fails(t, err, "InvalidMarkerException", "")
	}
	for _, name := range []string{"\x00", "\x00\x01", "alias\x00\x01" + accountB, "\xff\xff"} {
		forged := base64.RawURLEncoding.EncodeToString([]byte("ListKeys\x00" + name))
		out := must[kmsapi.ListKeysOutput](w, who, &kmsapi.ListKeysInput{Marker: &forged})
		for _, k := range out.Keys {
			if *k.KeyId == *theirs.KeyId {
				t.Errorf("marker %q leads to another account's key", name)
			}
		}
	}
}
