package keyhold

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

// Names that the control plane, the SDK and the deployed policies share. The roles' names are fixed because the key
// policies of all tenants name them.
const (
	// ServiceARole is the role in the central account through which services use tenants' keys.
	ServiceARole = "ServiceARole"
	// ServiceBRole is the role as which a service runs in its own account.
	ServiceBRole = "ServiceBRole"
	// KeyholdControlRole is the role in the central account as which the control plane administers keys.
	KeyholdControlRole = "KeyholdControlRole"

	// TenantTag is the tag of a tenant's key, and the pair of its encryption contexts, that holds the tenant's id.
	TenantTag = "keyhold:tenant"
	// AliasPrefix and the tenant's id make the alias of the tenant's key.
	AliasPrefix = "alias/customer-"
)

// maxTenantID is the longest id whose session name still fits in the 64 characters that STS allows.
const maxTenantID = 49

// TenantID identifies a tenant: 1 to 49 lower-case letters, digits and hyphens that neither begin nor end with a
// hyphen. Every name that AWS knows a tenant by is made of it, so an id from outside goes through ParseTenantID.
type TenantID string

// ParseTenantID returns s as a TenantID, or an error that is ErrInvalidTenant.
func ParseTenantID(s string) (TenantID, error) {
	id := TenantID(s)
	if !id.valid() {
		return "", fmt.Errorf("%w: %.64q is not 1 to %d of a-z, 0-9 and inner hyphens", ErrInvalidTenant, s, maxTenantID)
	}
	return id, nil
}

// NewTenantID makes a random id: "t-" and 20 lower-case base32 characters, which are 100 random bits.
func NewTenantID() TenantID {
	return TenantID("t-" + strings.ToLower(rand.Text()[:20]))
}

// Alias is the alias of the tenant's key, the one name under which the key can be used.
func (id TenantID) Alias() string { return AliasPrefix + string(id) }

// SessionName is the role session name under which a service acts for the tenant; audit trails show it.
func (id TenantID) SessionName() string { return "Tenant-" + string(id) + "-Session" }

func (id TenantID) valid() bool {
	if len(id) == 0 || len(id) > maxTenantID || id[0] == '-' || id[len(id)-1] == '-' {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// TenantState is where a tenant is in its life.
type TenantState string

// The states of a tenant.
const (
	// TenantCreating is a tenant whose id and name are taken and whose key is being made.
	TenantCreating TenantState = "creating"
	// TenantActive is a tenant whose key is in use.
	TenantActive TenantState = "active"
	// TenantDeleting is a tenant whose key is disabled and will be deleted at the deletion date.
	TenantDeleting TenantState = "deleting"
	// TenantRestoring is a tenant whose deletion is being undone.
	TenantRestoring TenantState = "restoring"
)

// Tenant is a customer of the SaaS, as the control plane records it. Its JSON form is that of the /v1 API.
type Tenant struct {
	ID          TenantID    `json:"id"`
	Name        string      `json:"name"` // unique, without regard to case
	Description string      `json:"description"`
	State       TenantState `json:"state"`
	KeyID       string      `json:"keyId,omitempty"` // empty until the key exists
	KeyARN      string      `json:"keyArn,omitempty"`
	Alias       string      `json:"alias"`
	CreatedAt   time.Time   `json:"createdAt"`
	UpdatedAt   time.Time   `json:"updatedAt"`
	// DeletionDate is when the key is deleted for good; zero unless the tenant is being deleted.
	DeletionDate time.Time `json:"deletionDate,omitzero"`
	// Generation counts the changes of the record, from 1.
	Generation int64 `json:"generation"`
}
