package server

import (
	"context"
	"errors"
	"sync"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
)

// tenants is the control plane, whose changes do not overlap with a reset: they take several steps, and the rest of one
// that a reset cut in two would be left behind as half a tenant. It implements httpapi.Tenants.
type tenants struct {
	*control.Plane
	sync.RWMutex // locked by a reset, read-locked by a change
}

// Create implements httpapi.Tenants.
func (t *tenants) Create(ctx context.Context, in control.NewTenant) (keyhold.Tenant, bool, error) {
	t.RLock()
	defer t.RUnlock()
	return t.Plane.Create(ctx, in)
}

// Delete implements httpapi.Tenants.
func (t *tenants) Delete(ctx context.Context, id keyhold.TenantID, days int) (keyhold.Tenant, error) {
	t.RLock()
	defer t.RUnlock()
	return t.Plane.Delete(ctx, id, days)
}

// Restore implements httpapi.Tenants.
func (t *tenants) Restore(ctx context.Context, id keyhold.TenantID) (keyhold.Tenant, error) {
	t.RLock()
	defer t.RUnlock()
	return t.Plane.Restore(ctx, id)
}

// Sweep ends the tenants whose time has come, and finishes those that were left half done.
func (t *tenants) Sweep(ctx context.Context) error {
	t.RLock()
	defer t.RUnlock()
	_, err := t.Plane.Sweep(ctx)
	return errors.Join(t.Plane.Resume(ctx), err)
}
