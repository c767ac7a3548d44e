// Package httpapi is the /v1 API of the control plane: JSON over HTTP, errors as problem+json (RFC 9457).
//
// All routes stand in one table (routes.go), and every request takes the same path through it (api.go): is it meant
// for this server, which route, the body, who asks, may they, and then the handler. Handlers neither read bodies nor
// write answers.
package httpapi
