package client

import (
	"context"
	"net/http"

	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// Health tells whether the server can do its work.
func (c *Client) Health(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodGet, "/v1/health", nil, nil)
	return err
}

// Reset brings a local server back to how it was at first.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodPost, "/v1/local/reset", nil, nil)
	return err
}

// Credentials asks a local server for AWS credentials.
func (c *Client) Credentials(ctx context.Context, as v1.As) (credentials v1.Credentials, err error) {
	_, err = c.call(ctx, http.MethodPost, "/v1/local/credentials", v1.CredentialsRequest{As: as.String()}, &credentials)
	return credentials, err
}
