package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/keyhold/keyhold"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// CreateTenant makes a tenant. created is false if it existed as asked.
func (c *Client) CreateTenant(ctx context.Context, in v1.CreateTenant) (tenant keyhold.Tenant, created bool, err error) {
	status, err := c.call(ctx, http.MethodPost, "/v1/tenants", in, &tenant)
	return tenant, status == http.StatusCreated, err
}

// Tenants returns up to limit tenants (0: the server's default) after those of the page that gave the cursor.
func (c *Client) Tenants(ctx context.Context, limit int, cursor string) (list v1.TenantList, err error) {
	values := url.Values{}
	if limit != 0 {
		values.Set("limit", strconv.Itoa(limit))
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	_, err = c.call(ctx, http.MethodGet, "/v1/tenants"+encode(values), nil, &list)
	return list, err
}

// Tenant returns a tenant.
func (c *Client) Tenant(ctx context.Context, id keyhold.TenantID) (tenant keyhold.Tenant, err error) {
	_, err = c.call(ctx, http.MethodGet, tenantPath(id), nil, &tenant)
	return tenant, err
}

// DeleteTenant begins the deletion of a tenant, which ends after a number of days (0: the server's default).
func (c *Client) DeleteTenant(ctx context.Context, id keyhold.TenantID, days int) (tenant keyhold.Tenant, err error) {
	values := url.Values{}
	if days != 0 {
		values.Set("days", strconv.Itoa(days))
	}
	_, err = c.call(ctx, http.MethodDelete, tenantPath(id)+encode(values), nil, &tenant)
	return tenant, err
}

// RestoreTenant undoes the deletion of a tenant.
func (c *Client) RestoreTenant(ctx context.Context, id keyhold.TenantID) (tenant keyhold.Tenant, err error) {
	_, err = c.call(ctx, http.MethodPost, tenantPath(id)+"/restore", nil, &tenant)
	return tenant, err
}

func tenantPath(id keyhold.TenantID) string { return "/v1/tenants/" + url.PathEscape(string(id)) }

func encode(values url.Values) string {
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}
