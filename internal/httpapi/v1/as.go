package v1

import (
	"errors"
	"strings"

	"github.com/keyhold/keyhold"
)

// The roles of an As.
const (
	AsAdmin    = "admin"     // the administrator of the local set-up
	AsControl  = "control"   // the control plane
	AsServiceB = "service-b" // the service, without a tenant
	AsTenant   = "tenant"    // the service's session for one tenant
)

// As says whose credentials are asked for. Its text form is the role, or tenant:<id>.
type As struct {
	Role   string
	Tenant keyhold.TenantID // for AsTenant
}

var errAs = errors.New("must be admin, control, service-b or tenant:<id>")

// ParseAs reads the text form.
func ParseAs(s string) (As, error) {
	switch s {
	case AsAdmin, AsControl, AsServiceB:
		return As{Role: s}, nil
	}
	if text, ok := strings.CutPrefix(s, AsTenant+":"); ok {
		if id, err := keyhold.ParseTenantID(text); err == nil {
			return As{Role: AsTenant, Tenant: id}, nil
		}
	}
	return As{}, errAs
}

// String is the text form.
func (a As) String() string {
	if a.Role == AsTenant {
		return AsTenant + ":" + string(a.Tenant)
	}
	return a.Role
}
