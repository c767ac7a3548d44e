package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/httpapi/client"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

type tenantCmd struct {
	Create  tenantCreateCmd  `cmd:"" help:"Onboard a tenant: make its key and alias. Repeating it changes nothing."`
	List    tenantListCmd    `cmd:"" help:"List all tenants."`
	Get     tenantGetCmd     `cmd:"" help:"Show a tenant."`
	Delete  tenantDeleteCmd  `cmd:"" help:"Off-board a tenant: disable its key now and delete it after a waiting period."`
	Restore tenantRestoreCmd `cmd:"" help:"Undo a deletion within its waiting period."`
}

// output is how an answer is printed.
type output struct {
	Output string `short:"o" help:"text, or json, whose fields stay as they are." enum:"text,json" default:"text"`
}

// print writes v as JSON, or lets text write it.
func (o output) print(w io.Writer, v any, text func(io.Writer) error) error {
	if o.Output != "json" {
		return text(w)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// tenant prints one tenant.
func (o output) tenant(w io.Writer, t keyhold.Tenant) error {
	return o.print(w, t, func(w io.Writer) error {
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		row := func(name, value string) {
			if value != "" {
				_, _ = fmt.Fprintf(tw, "%s\t%s\n", name, value)
			}
		}
		row("id", string(t.ID))
		row("name", t.Name)
		row("description", t.Description)
		row("state", string(t.State))
		row("alias", t.Alias)
		row("key", t.KeyARN)
		row("created", t.CreatedAt.Format(time.RFC3339))
		if !t.DeletionDate.IsZero() {
			row("key deleted on", t.DeletionDate.Format(time.RFC3339))
		}
		return tw.Flush()
	})
}

type tenantCreateCmd struct {
	Name        string `arg:"" help:"Unique name."`
	ID          string `name:"id" help:"Id, by which AWS names know the tenant: 1 to 49 of a-z, 0-9 and inner hyphens. Default: a random one."`
	Description string `help:"Description."`
	connection
	output
}

// Run creates a tenant.
func (c *tenantCreateCmd) Run(ctx context.Context, std stdio) error {
	return c.call(ctx, func(ctx context.Context, api *client.Client) error {
		t, created, err := api.CreateTenant(ctx, v1.CreateTenant{ID: c.ID, Name: c.Name, Description: c.Description})
		if err != nil {
			return err
		}
		if !created {
			_, _ = fmt.Fprintf(std.err, "tenant %s exists already; nothing was changed\n", t.ID)
		}
		return c.tenant(std.out, t)
	})
}

type tenantListCmd struct {
	connection
	output
}

// pageSize is how many tenants are asked for at once.
const pageSize = 1000

// Run lists all tenants, page by page.
func (c *tenantListCmd) Run(ctx context.Context, std stdio) error {
	return c.call(ctx, func(ctx context.Context, api *client.Client) error {
		tenants := []keyhold.Tenant{}
		for cursor := ""; ; {
			page, err := api.Tenants(ctx, pageSize, cursor)
			if err != nil {
				return err
			}
			tenants = append(tenants, page.Tenants...)
			if cursor = page.Cursor; cursor == "" {
				break
			}
		}
		return c.print(std.out, tenants, func(w io.Writer) error {
			tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(tw, "ID\tNAME\tSTATE\tCREATED")
			for _, t := range tenants {
				_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", t.ID, t.Name, t.State, t.CreatedAt.Format(time.RFC3339))
			}
			return tw.Flush()
		})
	})
}

// onTenant calls one method of the API for one tenant and prints what it answers.
func onTenant(ctx context.Context, c connection, o output, w io.Writer, id string, do func(context.Context, *client.Client, keyhold.TenantID) (keyhold.Tenant, error)) error {
	tenant, err := keyhold.ParseTenantID(id)
	if err != nil {
		return err
	}
	return c.call(ctx, func(ctx context.Context, api *client.Client) error {
		t, err := do(ctx, api, tenant)
		if err != nil {
			return err
		}
		return o.tenant(w, t)
	})
}

type tenantGetCmd struct {
	ID string `arg:"" help:"The tenant's id."`
	connection
	output
}

// Run shows a tenant.
func (c *tenantGetCmd) Run(ctx context.Context, std stdio) error {
	return onTenant(ctx, c.connection, c.output, std.out, c.ID, func(ctx context.Context, api *client.Client, id keyhold.TenantID) (keyhold.Tenant, error) {
		return api.Tenant(ctx, id)
	})
}

type tenantDeleteCmd struct {
	ID   string `arg:"" help:"The tenant's id."`
	Days int    `help:"Waiting period in days, 7 to 30." default:"30"`
	connection
	output
}

// Run deletes a tenant.
func (c *tenantDeleteCmd) Run(ctx context.Context, std stdio) error {
	if c.Days == 0 { // which the API would take for its default
		return usageError{errors.New("--days must be 7 to 30: a key is not deleted at once")}
	}
	return onTenant(ctx, c.connection, c.output, std.out, c.ID, func(ctx context.Context, api *client.Client, id keyhold.TenantID) (keyhold.Tenant, error) {
		return api.DeleteTenant(ctx, id, c.Days)
	})
}

type tenantRestoreCmd struct {
	ID string `arg:"" help:"The tenant's id."`
	connection
	output
}

// Run restores a tenant.
func (c *tenantRestoreCmd) Run(ctx context.Context, std stdio) error {
	return onTenant(ctx, c.connection, c.output, std.out, c.ID, func(ctx context.Context, api *client.Client, id keyhold.TenantID) (keyhold.Tenant, error) {
		return api.RestoreTenant(ctx, id)
	})
}
