package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyhold/keyhold"
)

// The waiting period of a deletion, in days, as KMS allows it.
const (
	DefaultDays = 30
	MinDays     = 7
	MaxDays     = 30
)

// Delete disables a tenant's key at once and has it deleted after a waiting period of days (0: DefaultDays), within
// which Restore undoes it. The tenant's id and name stay taken until the key is gone. A tenant that is being deleted is
// returned as it is.
func (p *Plane) Delete(ctx context.Context, id keyhold.TenantID, days int) (keyhold.Tenant, error) {
	if days == 0 {
		days = DefaultDays
	}
	if days < MinDays || days > MaxDays {
		return keyhold.Tenant{}, invalid(FieldError{"days", fmt.Sprintf("must be %d to %d", MinDays, MaxDays)})
	}
	return p.change(ctx, id, func(rec *record) error {
		if rec.State == keyhold.TenantDeleting && rec.finished() {
			return nil
		}
		rec.State, rec.Days = keyhold.TenantDeleting, int32(days)
		if err := p.save(ctx, rec); err != nil {
			return err
		}
		return p.destroy(ctx, rec, p.tagged)
	})
}

// change runs fn on the record of a tenant, in turn with other calls for it.
func (p *Plane) change(ctx context.Context, id keyhold.TenantID, fn func(*record) error) (keyhold.Tenant, error) {
	unlock, err := p.locks.lock(ctx, id)
	if err != nil {
		return keyhold.Tenant{}, asError(err)
	}
	defer unlock()
	rec, err := p.load(ctx, id)
	if err != nil {
		return keyhold.Tenant{}, asError(err)
	}
	if p.gone(ctx, rec) {
		return keyhold.Tenant{}, errNoTenant
	}
	if err := fn(rec); err != nil {
		return keyhold.Tenant{}, asError(err)
	}
	return rec.Tenant, nil
}

// destroy takes a tenant from wherever its deletion stands to a key whose deletion is scheduled. A tenant without a
// key is removed at once.
func (p *Plane) destroy(ctx context.Context, rec *record, find finder) error {
	k, err := p.keyOf(ctx, rec, find)
	if err != nil {
		return err
	}
	if k == nil {
		rec.DeletionDate = now()
		return p.remove(ctx, rec)
	}
	date, err := p.retire(ctx, k, rec.Days)
	if err != nil {
		return err
	}
	rec.Days, rec.DeletionDate = 0, date
	return p.save(ctx, rec)
}

// keyOf finds the key of a tenant; nil if there is none. One that was not recorded is recorded now.
func (p *Plane) keyOf(ctx context.Context, rec *record, find finder) (*key, error) {
	if rec.KeyID != "" {
		return p.describe(ctx, rec.KeyID)
	}
	k, err := p.orphan(ctx, rec.ID, find)
	if err != nil || k == nil {
		return nil, err
	}
	rec.KeyID, rec.KeyARN = k.id, k.arn
	return k, p.save(ctx, rec)
}

// ended tells whether the deletion of a tenant has ended: its key is gone. Its record is then removed.
func (p *Plane) ended(ctx context.Context, rec *record) (bool, error) {
	if rec.State != keyhold.TenantDeleting || rec.DeletionDate.IsZero() {
		return false, nil
	}
	k, err := p.describe(ctx, rec.KeyID)
	if err != nil || k != nil {
		return false, err
	}
	if err := p.remove(ctx, rec); err != nil && !errors.Is(err, errNoTenant) {
		return false, err
	}
	return true, nil
}

// Sweep removes the records of tenants whose deletion has ended, and returns how many it removed.
func (p *Plane) Sweep(ctx context.Context) (int, error) {
	n := 0
	err := p.each(ctx, func(rec *record) error {
		if !rec.due() {
			return nil
		}
		ended, err := p.ended(ctx, rec)
		if ended {
			n++
		}
		return err
	})
	return n, asError(err)
}
