// Package v1 has the JSON forms of the /v1 API that are not tenants themselves (keyhold.Tenant): what the server
// writes and the client reads. Times are RFC 3339.
package v1

import (
	"fmt"
	"strings"
	"time"

	"github.com/keyhold/keyhold"
)

// CreateTenant is the body of POST /v1/tenants.
type CreateTenant struct {
	ID          string `json:"id,omitempty"` // generated if empty
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// TenantList is a page of GET /v1/tenants, in the order of the tenants' ids.
type TenantList struct {
	Tenants []keyhold.Tenant `json:"tenants"`
	Cursor  string           `json:"cursor,omitempty"` // for the next page; absent on the last one
}

// Health is the answer of GET /v1/health.
type Health struct {
	Status string `json:"status"` // ok
}

// Problem is every answer that is an error: application/problem+json of RFC 9457. It is a Go error.
type Problem struct {
	Type      string       `json:"type"`   // about:blank: Code says more than the status
	Title     string       `json:"title"`  // the phrase of the status
	Status    int          `json:"status"` // HTTP status
	Detail    string       `json:"detail"`
	Code      string       `json:"code"` // a control.Code
	RequestID string       `json:"requestId"`
	Errors    []FieldError `json:"errors,omitempty"`
}

// FieldError says what is wrong with one value of a request.
type FieldError struct {
	Pointer   string `json:"pointer,omitempty"`   // into the body: a JSON pointer as a URI fragment, such as #/name
	Parameter string `json:"parameter,omitempty"` // of the query
	Detail    string `json:"detail"`
}

// Error implements error.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Detail)
	for i, e := range p.Errors {
		if i > 0 {
			b.WriteByte(';')
		}
		fmt.Fprintf(&b, " %s%s %s", strings.TrimPrefix(e.Pointer, "#/"), e.Parameter, e.Detail)
	}
	if p.RequestID != "" {
		b.WriteString(" (request " + p.RequestID + ")")
	}
	return b.String()
}

// CredentialsRequest is the body of POST /v1/local/credentials.
type CredentialsRequest struct {
	As string `json:"as"` // the text form of an As
}

// Credentials are AWS credentials and where to use them. They are secret: formatted they show the access key id alone.
type Credentials struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	SessionToken    string    `json:"sessionToken,omitempty"`
	Expiration      time.Time `json:"expiration,omitzero"` // absent: never
	Account         string    `json:"account"`
	CentralAccount  string    `json:"centralAccount"` // account A, which owns the tenants' keys
	Region          string    `json:"region"`
	Endpoint        string    `json:"endpoint"`
}

// Format implements fmt.Formatter.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credentials %s of account %s [redacted]", c.AccessKeyID, c.Account)
}
