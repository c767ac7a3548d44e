package control

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
)

// Config says where the tenants' keys live.
type Config struct {
	CentralAccount string // the 12 digits of the account that owns the keys
}

// Plane is the control plane. It is safe for concurrent use.
type Plane struct {
	kms     *kms.Client
	records Records
	config  Config
	locks   locks
}

// New makes a Plane whose client calls KMS in the central account as KeyholdControlRole. It calls nothing; Resume
// should run before the first request.
func New(client *kms.Client, records Records, config Config) *Plane {
	return &Plane{kms: client, records: records, config: config, locks: locks{held: map[keyhold.TenantID]chan struct{}{}}}
}
