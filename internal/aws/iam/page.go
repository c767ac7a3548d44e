package iam

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
)

// defaultPage is how many items a list answers with when the caller does not say.
const defaultPage = 100

// page is one page of a list: what Marker and MaxItems ask for.
type page struct {
	after string // the last name of the page before; empty for the first
	max   int
}

// pageOf reads the arguments of a list operation.
func pageOf(marker *string, maxItems *int32) (page, error) {
	p := page{max: defaultPage}
	if maxItems != nil {
		p.max = int(*maxItems)
	}
	if p.max < 1 || p.max > 1000 {
		return page{}, constraint(strconv.Itoa(p.max), "maxItems", "have value between 1 and 1000")
	}
	if marker == nil {
		return p, nil
	}
	after, err := base64.RawURLEncoding.DecodeString(*marker)
	if err != nil || len(after) == 0 {
		return page{}, invalidMarker()
	}
	p.after = string(after)
	return p, nil
}

// cut takes the page out of items, which are in the order of their names: the items, whether more follow, and the
// marker for them.
func cut[S ~[]T, T any](p page, items S, name func(T) string) (S, *bool, *string) {
	start := 0
	for start < len(items) && p.after != "" && name(items[start]) <= p.after {
		start++
	}
	items = items[start:]
	more := len(items) > p.max
	if !more {
		return items, &more, nil
	}
	items = items[:p.max]
	marker := base64.RawURLEncoding.EncodeToString([]byte(name(items[p.max-1])))
	return items, &more, &marker
}

// sortedKeys are a map's keys in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
