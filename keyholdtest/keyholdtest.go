// Package keyholdtest gives a Go test the whole of Keyhold in memory: the embedded AWS with its two accounts, the
// control plane, and the SDK. There is no socket and no process; it starts in milliseconds.
//
//	func TestMyService(t *testing.T) {
//		kh := keyholdtest.New(t)
//		kh.CreateTenant(t, "acme")
//		client := kh.Client(t, "crm")
//		sealed, err := client.EncryptTenantData(t.Context(), "acme", []byte("secret"))
//		…
//	}
//
// Inside a bubble of testing/synctest its clock is the bubble's: sessions expire and key deletions fall due as the test
// lets time pass.
package keyholdtest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/server"
)

// The accounts of the scene.
const (
	CentralAccount = server.DefaultCentralAccount // account A, 111122223333: owns the tenants' keys
	ServiceAccount = server.DefaultServiceAccount // account B, 444455556666: runs the services
)

// The principals that Config knows. Tenants follow as Tenant(id).
const (
	Admin    = v1.AsAdmin    // an IAM user of account A with AdministratorAccess
	Control  = v1.AsControl  // KeyholdControlRole of account A
	ServiceB = v1.AsServiceB // ServiceBRole of account B
)

// Tenant is the principal of a tenant's session: ServiceARole, narrowed to the tenant's alias.
func Tenant(id keyhold.TenantID) string { return v1.As{Role: v1.AsTenant, Tenant: id}.String() }

// Keyhold is a Keyhold in memory.
type Keyhold struct{ server *server.Server }

// New makes a Keyhold that ends with the test.
func New(t testing.TB) *Keyhold {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Keyhold{s}
}

// Config is the configuration of an AWS client that calls this Keyhold as a principal. Its credentials renew themselves.
func (k *Keyhold) Config(t testing.TB, principal string) aws.Config {
	t.Helper()
	as, err := v1.ParseAs(principal)
	if err != nil {
		t.Fatalf("principal %q: %v", principal, err)
	}
	return k.server.AWSConfig(as)
}

// Client is an SDK client of a service that runs as ServiceBRole.
func (k *Keyhold) Client(t testing.TB, service string, opts ...keyhold.Option) *keyhold.Client {
	t.Helper()
	opts = append([]keyhold.Option{keyhold.WithAccount(CentralAccount), keyhold.WithService(service)}, opts...)
	c, err := keyhold.New(k.Config(t, ServiceB), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// CreateTenant onboards a tenant under a given id, which is also its name.
func (k *Keyhold) CreateTenant(t testing.TB, id keyhold.TenantID) {
	t.Helper()
	if _, _, err := k.server.Control().Create(t.Context(), control.NewTenant{ID: string(id), Name: string(id)}); err != nil {
		t.Fatalf("create tenant %q: %v", id, err)
	}
}

// DeleteTenant disables a tenant's key at once and schedules its deletion in 7 to 30 days.
func (k *Keyhold) DeleteTenant(t testing.TB, id keyhold.TenantID, days int) {
	t.Helper()
	if _, err := k.server.Control().Delete(t.Context(), id, days); err != nil {
		t.Fatalf("delete tenant %q: %v", id, err)
	}
}

// Reset empties the Keyhold of everything but the seeded accounts and the credentials.
func (k *Keyhold) Reset(t testing.TB) {
	t.Helper()
	if err := k.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Sweep does what a server does every minute: it ends what has had its time, such as keys whose deletion is due.
func (k *Keyhold) Sweep(t testing.TB) {
	t.Helper()
	if err := k.server.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}
