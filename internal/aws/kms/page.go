package kms

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/keyhold/keyhold/internal/store"
)

// page is one request of a list in parts.
type page struct {
	list  string // the operation, which markers are bound to
	limit int
	after string // the last name that was given; empty at the start
}

// newPage reads a request's Limit and Marker. A limit above the operation's own is taken for that.
func newPage(list string, limit *int32, usual, most int, marker *string) (page, error) {
	p := page{list: list, limit: usual}
	if limit != nil {
		p.limit = max(1, min(int(*limit), most))
	}
	if marker == nil {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*marker)
	if err != nil {
		return page{}, invalidMarker()
	}
	after, ok := strings.CutPrefix(string(raw), list+"\x00")
	if !ok || after == "" {
		return page{}, invalidMarker()
	}
	p.after = after
	return p, nil
}

// marker is where the next part begins: after the entry of that name. A name is what comes below the list's own range of
// the store, so that no marker leads out of it.
func (p page) marker(name string) *string {
	return new(base64.RawURLEncoding.EncodeToString([]byte(p.list + "\x00" + name)))
}

// scan calls take for each entry right below prefix, until as many were taken as the page holds. It returns the
// marker of the next part, or nil after the last.
func (p page) scan(
	ctx context.Context, db store.Store, prefix []string, take func(r store.Reader, e store.Entry) (bool, error),
) (next *string, err error) {
	err = db.View(ctx, func(r store.Reader) error {
		from, to := store.Prefix(prefix...)
		if p.after != "" {
			from = store.Key(append(prefix[:len(prefix):len(prefix)], p.after)...) + "\x00"
		}
		taken := 0
		last := ""
		for e, err := range r.Scan(from, to) {
			if err != nil {
				return err
			}
			if taken == p.limit {
				next = p.marker(last)
				return nil
			}
			ok, err := take(r, e)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			parts, err := store.Split(e.Key)
			if err != nil {
				return err
			}
			taken, last = taken+1, parts[len(parts)-1]
		}
		return nil
	})
	return next, err
}

// part cuts a page from names, which are in order.
func (p page) part(all []string) (names []string, next *string) {
	names = []string{}
	for _, name := range all {
		switch {
		case name <= p.after:
		case len(names) == p.limit:
			return names, p.marker(names[len(names)-1])
		default:
			names = append(names, name)
		}
	}
	return names, nil
}
