package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyhold/keyhold"
)

// Resume finishes what was left half done by a crash or an error. It goes on after a failure; its error joins them
// all. It may run at any time.
func (p *Plane) Resume(ctx context.Context) error {
	ids, err := p.unfinished(ctx)
	if err != nil {
		return asError(err)
	}
	// All are locked before keys are looked for: what is found stays true until it is used, and one search serves all.
	for _, id := range ids {
		unlock, err := p.locks.lock(ctx, id)
		if err != nil {
			return asError(err)
		}
		defer unlock()
	}
	var todo []*record
	var nameless []keyhold.TenantID
	for _, id := range ids {
		rec, err := p.load(ctx, id)
		if errors.Is(err, errNoTenant) || err == nil && rec.finished() {
			continue
		}
		if err != nil {
			return asError(err)
		}
		todo = append(todo, rec)
		if rec.KeyID == "" {
			nameless = append(nameless, id)
		}
	}
	found := map[keyhold.TenantID][]string{}
	if len(nameless) > 0 {
		if found, err = p.tagged(ctx, nameless); err != nil {
			return asError(err)
		}
	}
	find := func(context.Context, []keyhold.TenantID) (map[keyhold.TenantID][]string, error) { return found, nil }
	var failures []error
	for _, rec := range todo {
		if err := p.finish(ctx, rec, find); err != nil && !errors.Is(err, errNoTenant) {
			failures = append(failures, fmt.Errorf("tenant %s: %w", rec.ID, asError(err)))
		}
	}
	return errors.Join(failures...)
}

func (p *Plane) unfinished(ctx context.Context) (ids []keyhold.TenantID, err error) {
	err = p.each(ctx, func(rec *record) error {
		if !rec.finished() {
			ids = append(ids, rec.ID)
		}
		return nil
	})
	return ids, err
}

// finish does what is left of what was asked last.
func (p *Plane) finish(ctx context.Context, rec *record, find finder) error {
	switch rec.State {
	case keyhold.TenantCreating:
		return p.build(ctx, rec, find)
	case keyhold.TenantDeleting:
		return p.destroy(ctx, rec, find)
	case keyhold.TenantRestoring:
		return p.revive(ctx, rec, find)
	}
	return fmt.Errorf("unknown state %q", rec.State)
}
