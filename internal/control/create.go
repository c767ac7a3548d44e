package control

import (
	"context"
	"errors"

	"github.com/keyhold/keyhold"
)

// Create makes a tenant and its key. created is false if the tenant, with the same id and name, was active already.
// Another name for the id, or another id for the name, is a Conflict; so is a tenant whose deletion has not ended.
func (p *Plane) Create(ctx context.Context, in NewTenant) (tenant keyhold.Tenant, created bool, err error) {
	in, err = in.checked()
	if err != nil {
		return tenant, false, err
	}
	unlock, err := p.locks.lock(ctx, keyhold.TenantID(in.ID))
	if err != nil {
		return tenant, false, asError(err)
	}
	defer unlock()
	rec, fresh, err := p.reserve(ctx, in)
	if err != nil {
		return tenant, false, asError(err)
	}
	if rec.State == keyhold.TenantActive {
		return rec.Tenant, false, nil
	}
	find := p.tagged
	if fresh {
		find = findNothing
	}
	if err := p.build(ctx, rec, find); err != nil {
		return tenant, false, asError(err)
	}
	return rec.Tenant, true, nil
}

// reserve takes the id and name for a tenant. fresh is false if they were taken for the same tenant before.
func (p *Plane) reserve(ctx context.Context, in NewTenant) (rec *record, fresh bool, err error) {
	// Both the id and the name may be held by tenants that have just ended, hence three tries.
	for try := 1; ; try++ {
		var blocker *record
		err = p.records.Update(ctx, func(tx Tx) (err error) {
			rec, fresh, blocker, err = take(tx, in)
			return err
		})
		if err != nil {
			return nil, false, err
		}
		if blocker == nil {
			return rec, fresh, nil
		}
		if ended, err := p.ended(ctx, blocker); err != nil || !ended || try == 3 {
			return nil, false, blocked(in, blocker, err)
		}
	}
}

// take puts the record of a new tenant, or returns the tenant's record, or the one that stands in its way.
func take(tx Tx, in NewTenant) (rec *record, fresh bool, blocker *record, err error) {
	id := keyhold.TenantID(in.ID)
	rec, err = load(tx, id)
	switch {
	case err == nil && rec.Name == in.Name && (rec.State == keyhold.TenantCreating || rec.State == keyhold.TenantActive):
		return rec, false, nil, nil
	case err == nil:
		return nil, false, rec, nil
	case !errors.Is(err, errNoTenant):
		return nil, false, nil, err
	}
	holder, taken, err := tx.Get(nameKey(in.Name))
	if err != nil {
		return nil, false, nil, err
	}
	if taken {
		blocker, err = load(tx, keyhold.TenantID(holder))
		return nil, false, blocker, err
	}
	t := now()
	rec = &record{Tenant: keyhold.Tenant{
		ID: id, Name: in.Name, Description: in.Description, State: keyhold.TenantCreating, Alias: id.Alias(),
		CreatedAt: t, UpdatedAt: t, Generation: 1,
	}}
	if err := tx.Set(nameKey(in.Name), []byte(id)); err != nil {
		return nil, false, nil, err
	}
	return rec, true, nil, put(tx, rec)
}

// blocked explains why a tenant cannot be created.
func blocked(in NewTenant, blocker *record, err error) error {
	if err != nil {
		return err
	}
	what := "The name is taken by tenant " + string(blocker.ID)
	if string(blocker.ID) == in.ID {
		what = "The id is taken by a tenant with another name"
		if blocker.Name == in.Name {
			what = "The tenant exists"
		}
	}
	switch blocker.State {
	case keyhold.TenantDeleting:
		what += ", and its deletion has not ended"
	case keyhold.TenantRestoring:
		what += ", and its deletion is being undone"
	}
	return conflict(what + ".")
}

// build takes a tenant from wherever its creation stands to active.
func (p *Plane) build(ctx context.Context, rec *record, find finder) error {
	if rec.KeyID == "" {
		k, err := p.obtainKey(ctx, rec.ID, find)
		if err != nil {
			return err
		}
		rec.KeyID, rec.KeyARN = k.id, k.arn
		// The caller may be gone by now; the record of the key is not to be lost for that.
		if err := p.save(context.WithoutCancel(ctx), rec); err != nil {
			return err
		}
	}
	if err := p.name(ctx, rec.KeyID, rec.ID); err != nil {
		return err
	}
	if err := p.rotate(ctx, rec.KeyID); err != nil {
		return err
	}
	rec.State = keyhold.TenantActive
	return p.save(ctx, rec)
}
