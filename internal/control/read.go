package control

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/keyhold/keyhold"
)

// The number of tenants on a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Page is some of the tenants in the order of their ids.
type Page struct {
	Tenants []keyhold.Tenant
	Cursor  string // for the next page; empty on the last one
}

// Get returns a tenant.
func (p *Plane) Get(ctx context.Context, id keyhold.TenantID) (keyhold.Tenant, error) {
	rec, err := p.load(ctx, id)
	if err != nil {
		return keyhold.Tenant{}, asError(err)
	}
	if p.gone(ctx, rec) {
		return keyhold.Tenant{}, errNoTenant
	}
	return rec.Tenant, nil
}

// List returns up to limit tenants (0: DefaultLimit) after those of the page that gave the cursor. A page that is not
// the last may hold fewer.
func (p *Plane) List(ctx context.Context, limit int, cursor string) (Page, error) {
	var wrong []FieldError
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 1 || limit > MaxLimit {
		wrong = append(wrong, FieldError{"limit", fmt.Sprintf("must be 1 to %d", MaxLimit)})
	}
	after, err := decodeCursor(cursor)
	if err != nil {
		wrong = append(wrong, FieldError{"cursor", "must be the cursor of an earlier page"})
	}
	if wrong != nil {
		return Page{}, invalid(wrong...)
	}
	recs, more, err := p.page(ctx, after, limit)
	if err != nil {
		return Page{}, asError(err)
	}
	page := Page{Tenants: make([]keyhold.Tenant, 0, len(recs))}
	for _, rec := range recs {
		if !p.gone(ctx, rec) {
			page.Tenants = append(page.Tenants, rec.Tenant)
		}
	}
	if more {
		page.Cursor = encodeCursor(recs[len(recs)-1].ID)
	}
	return page, nil
}

// page reads up to limit records with ids after the given one.
func (p *Plane) page(ctx context.Context, after keyhold.TenantID, limit int) (recs []*record, more bool, err error) {
	from := tenantPrefix
	if after != "" {
		from += string(after) + "\x00"
	}
	err = p.records.View(ctx, func(r Reader) error {
		var bad error
		recs, more = nil, false
		err := r.Scan(from, tenantEnd, func(_ string, value []byte) bool {
			if more = len(recs) == limit; more {
				return false
			}
			rec, err := decode(value)
			recs, bad = append(recs, rec), err
			return err == nil
		})
		if err == nil {
			err = bad
		}
		return err
	})
	return recs, more, err
}

// each calls fn with every record, page by page, until it fails.
func (p *Plane) each(ctx context.Context, fn func(*record) error) error {
	for after, more := keyhold.TenantID(""), true; more; {
		var recs []*record
		var err error
		if recs, more, err = p.page(ctx, after, MaxLimit); err != nil {
			return err
		}
		for _, rec := range recs {
			if err := fn(rec); err != nil {
				return err
			}
			after = rec.ID
		}
	}
	return nil
}

// gone tells, of a tenant whose deletion date has passed, whether its deletion has ended. While KMS cannot be asked the
// tenant is shown as it was.
func (p *Plane) gone(ctx context.Context, rec *record) bool {
	if !rec.due() {
		return false
	}
	ended, err := p.ended(ctx, rec)
	return err == nil && ended
}

func encodeCursor(id keyhold.TenantID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id))
}

func decodeCursor(cursor string) (keyhold.TenantID, error) {
	if cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", err
	}
	return keyhold.ParseTenantID(string(text))
}
