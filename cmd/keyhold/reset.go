package main

import (
	"context"

	"github.com/keyhold/keyhold/internal/httpapi/client"
)

type resetCmd struct{ connection }

// Run empties a local server.
func (c *resetCmd) Run(ctx context.Context) error {
	return c.call(ctx, func(ctx context.Context, api *client.Client) error { return api.Reset(ctx) })
}
