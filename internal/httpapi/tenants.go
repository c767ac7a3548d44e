package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

func (a *api) createTenant(ctx context.Context, r *request) (*response, error) {
	var in v1.CreateTenant
	if err := noQuery(r); err != nil {
		return nil, err
	}
	wrong, err := decodeStrings(r.body, map[string]*string{"id": &in.ID, "name": &in.Name, "description": &in.Description})
	if err != nil {
		return nil, err
	}
	for _, f := range control.NewTenant(in).Faults() {
		if !slices.ContainsFunc(wrong, func(w control.FieldError) bool { return w.Field == f.Field }) {
			wrong = append(wrong, f)
		}
	}
	if wrong != nil {
		return nil, faults(wrong)
	}
	tenant, created, err := a.config.Tenants.Create(ctx, control.NewTenant(in))
	if err != nil {
		return nil, err
	}
	resp := &response{body: tenant}
	if created {
		resp.status, resp.location = http.StatusCreated, "/v1/tenants/"+string(tenant.ID)
	}
	return resp, nil
}

func (a *api) listTenants(ctx context.Context, r *request) (*response, error) {
	values, err := query(r.Request, "limit", "cursor")
	if err != nil {
		return nil, err
	}
	limit, err := number(values.Get("limit"), "limit")
	if err != nil {
		return nil, err
	}
	page, err := a.config.Tenants.List(ctx, limit, values.Get("cursor"))
	if err != nil {
		return nil, inQuery{err}
	}
	list := v1.TenantList{Tenants: page.Tenants, Cursor: page.Cursor}
	if list.Tenants == nil {
		list.Tenants = []keyhold.Tenant{}
	}
	return &response{body: list}, nil
}

func (a *api) getTenant(ctx context.Context, r *request) (*response, error) {
	if err := noQuery(r); err != nil {
		return nil, err
	}
	id, err := tenantID(r)
	if err != nil {
		return nil, err
	}
	tenant, err := a.config.Tenants.Get(ctx, id)
	return &response{body: tenant}, err
}

func (a *api) deleteTenant(ctx context.Context, r *request) (*response, error) {
	values, err := query(r.Request, "days")
	if err != nil {
		return nil, err
	}
	days, err := number(values.Get("days"), "days")
	if err != nil {
		return nil, err
	}
	id, err := tenantID(r)
	if err != nil {
		return nil, err
	}
	tenant, err := a.config.Tenants.Delete(ctx, id, days)
	if err != nil {
		return nil, inQuery{err}
	}
	return &response{status: http.StatusAccepted, body: tenant}, nil
}

func (a *api) restoreTenant(ctx context.Context, r *request) (*response, error) {
	if err := noQuery(r); err != nil {
		return nil, err
	}
	id, err := tenantID(r)
	if err != nil {
		return nil, err
	}
	tenant, err := a.config.Tenants.Restore(ctx, id)
	return &response{body: tenant}, err
}

// tenantID is the tenant of the path. What cannot be a tenant's id names no tenant.
func tenantID(r *request) (keyhold.TenantID, error) {
	id, err := keyhold.ParseTenantID(r.PathValue("id"))
	if err != nil {
		return "", &control.Error{Code: control.NotFound, Detail: "There is no such tenant."}
	}
	return id, nil
}

// number reads a parameter that is a number from 1; 0 if it is absent.
func number(text, name string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, inQuery{faults([]control.FieldError{{Field: name, Detail: "must be a whole number from 1"}})}
	}
	return n, nil
}

func noQuery(r *request) error {
	_, err := query(r.Request)
	return err
}
