package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keyhold/keyhold"
)

// Reader reads one consistent state of the records.
type Reader interface {
	// Get returns the value of key; ok is false if there is none.
	Get(key string) (value []byte, ok bool, err error)
	// Scan visits the entries with from <= key < to in the order of their keys, until visit returns false.
	Scan(from, to string, visit func(key string, value []byte) bool) error
}

// Tx reads one consistent state of the records and collects changes, which its own reads see.
type Tx interface {
	Reader
	Set(key string, value []byte) error
	Delete(key string) error
}

// Records keeps the control plane's records: an ordered map with serialisable transactions, durable when Update
// returns nil. The function given to Update may run again after a conflict.
type Records interface {
	View(ctx context.Context, fn func(Reader) error) error
	Update(ctx context.Context, fn func(Tx) error) error
}

// The keys of records: the record of a tenant by its id, and the id by the tenant's name.
const (
	tenantPrefix = "tenant/"
	tenantEnd    = "tenant0" // the first key after all that begin with tenantPrefix
	namePrefix   = "name/"
)

// record is what is kept of a tenant.
type record struct {
	keyhold.Tenant
	// Days is the waiting period that was asked for, until the deletion is scheduled.
	Days int32 `json:"days,omitempty"`
}

// finished tells whether nothing is left to do for what was asked last.
func (r *record) finished() bool {
	return r.State == keyhold.TenantActive || r.State == keyhold.TenantDeleting && !r.DeletionDate.IsZero()
}

// due tells whether the deletion date has come.
func (r *record) due() bool {
	return r.State == keyhold.TenantDeleting && !r.DeletionDate.IsZero() && !time.Now().Before(r.DeletionDate)
}

// errNoTenant says that there is no record.
var errNoTenant error = &Error{Code: NotFound, Detail: "There is no such tenant."}

// nameKey is the key under which a name is taken, without regard to case.
func nameKey(name string) string { return namePrefix + strings.ToLower(name) }

func (p *Plane) load(ctx context.Context, id keyhold.TenantID) (rec *record, err error) {
	err = p.records.View(ctx, func(r Reader) (err error) {
		rec, err = load(r, id)
		return err
	})
	return rec, err
}

// load reads the record of a tenant; its error is errNoTenant if there is none.
func load(r Reader, id keyhold.TenantID) (*record, error) {
	value, ok, err := r.Get(tenantPrefix + string(id))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoTenant
	}
	return decode(value)
}

func decode(value []byte) (*record, error) {
	rec := new(record)
	if err := json.Unmarshal(value, rec); err != nil {
		return nil, fmt.Errorf("read tenant record: %w", err)
	}
	return rec, nil
}

// save writes the next generation of a record that nobody else changed meanwhile.
func (p *Plane) save(ctx context.Context, rec *record) error {
	next := *rec
	next.Generation++
	next.UpdatedAt = now()
	err := p.records.Update(ctx, func(tx Tx) error {
		if err := unchanged(tx, rec); err != nil {
			return err
		}
		return put(tx, &next)
	})
	if err == nil {
		*rec = next
	}
	return err
}

// remove deletes a record and frees its id and name.
func (p *Plane) remove(ctx context.Context, rec *record) error {
	return p.records.Update(ctx, func(tx Tx) error {
		if err := unchanged(tx, rec); err != nil {
			return err
		}
		return errors.Join(tx.Delete(tenantPrefix+string(rec.ID)), tx.Delete(nameKey(rec.Name)))
	})
}

func unchanged(r Reader, rec *record) error {
	stored, err := load(r, rec.ID)
	if err != nil {
		return err
	}
	if stored.Generation != rec.Generation || !stored.CreatedAt.Equal(rec.CreatedAt) {
		return conflict("The tenant was changed by someone else meanwhile.")
	}
	return nil
}

func put(tx Tx, rec *record) error {
	value, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return tx.Set(tenantPrefix+string(rec.ID), value)
}

// now is the time as records keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
