package control

import (
	"context"
	"time"

	"github.com/keyhold/keyhold"
)

// Restore undoes a deletion within its waiting period: the tenant is active again. An active tenant is returned as it
// is; one that was never finished is a Conflict.
func (p *Plane) Restore(ctx context.Context, id keyhold.TenantID) (keyhold.Tenant, error) {
	return p.change(ctx, id, func(rec *record) error {
		switch rec.State {
		case keyhold.TenantActive:
			return nil
		case keyhold.TenantCreating:
			return conflict("The tenant is still being created.")
		}
		if rec.State == keyhold.TenantDeleting {
			rec.State = keyhold.TenantRestoring
			if err := p.save(ctx, rec); err != nil {
				return err
			}
		}
		return p.revive(ctx, rec, p.tagged)
	})
}

// revive takes a tenant from wherever its restoring stands to active.
func (p *Plane) revive(ctx context.Context, rec *record, find finder) error {
	k, err := p.keyOf(ctx, rec, find)
	if err != nil {
		return err
	}
	if k == nil {
		if err := p.remove(ctx, rec); err != nil {
			return err
		}
		return errNoTenant
	}
	if err := p.enable(ctx, k); err != nil {
		return err
	}
	rec.Days, rec.DeletionDate = 0, time.Time{}
	// The deletion may have come before the creation was done, so what is left of that is done now.
	return p.build(ctx, rec, find)
}
