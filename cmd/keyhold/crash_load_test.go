package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/keyhold/keyhold"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// absent is the state of a tenant that there is not.
const absent keyhold.TenantState = ""

// model is what the clients know of a server: what it acknowledged, and what they had asked for when it died.
type model struct {
	mu       sync.Mutex // guards what follows
	t        *testing.T
	tenants  map[keyhold.TenantID]*known
	users    map[string]bool // made, acknowledged
	wanted   int             // acknowledgements until enough is closed
	enough   chan struct{}
	requests []string        // acknowledged, by the ids in AWS's answers, since the last check
	recorded map[string]bool // the ids that were found in the audit trail
	read     int64           // bytes of the audit trail
	keys     map[string]keyhold.TenantID
	count    figures
}

// known is what is known of a tenant. One worker at a time works on it.
type known struct {
	state   keyhold.TenantState
	asked   keyhold.TenantState // what an operation without an answer would have made of it; state if there is none
	keyID   string
	sealed  [][]byte // ciphertexts of its id
	touched bool     // since the last check
}

func newModel() *model {
	return &model{
		tenants: map[keyhold.TenantID]*known{}, users: map[string]bool{}, recorded: map[string]bool{}, keys: map[string]keyhold.TenantID{},
	}
}

const tenantWorkers = 4

// load lets clients work on a server, which is killed a while after it has acknowledged a number of operations.
func (m *model) load(s *child, round, operations int, after time.Duration) {
	m.t, m.wanted, m.enough = s.t, operations, make(chan struct{})
	var workers sync.WaitGroup
	for worker := range tenantWorkers {
		workers.Go(func() { m.workOnTenants(s, round, worker) })
	}
	workers.Go(func() { m.workOnUsers(s, round) })
	select {
	case <-m.enough:
	case <-time.After(5 * time.Second): // so slow a machine has done enough
	}
	s.kill(after)
	workers.Wait()
}

// died tells whether a call failed because the server had died. Other failures fail the test.
func (m *model) died(what string, err error) bool {
	if err == nil {
		return false
	}
	var problem *v1.Problem
	var api smithy.APIError
	if errors.As(err, &problem) || errors.As(err, &api) {
		m.t.Errorf("%s: %v", what, err)
	}
	return true
}

// acknowledge notes an operation that was answered; id is the request's, if it is known.
func (m *model) acknowledge(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count.acknowledged++
	if m.wanted--; m.wanted == 0 {
		close(m.enough)
	}
	if id != "" {
		m.requests = append(m.requests, id)
	}
}

// workOnTenants creates tenants, and deletes, restores and uses those that it made in this round and before.
func (m *model) workOnTenants(s *child, round, worker int) {
	own := m.own(worker)
	for i := 0; ; i++ {
		id := keyhold.TenantID(fmt.Sprintf("t-%d-%d-%d", worker, round, i))
		k := &known{}
		if len(own) > 0 && i%3 == 2 { // of three operations one is on an earlier tenant
			id = own[rand.IntN(len(own))]
			k = m.tenant(id)
		} else {
			own = append(own, id)
			m.add(id, k)
		}
		if died := m.work(s, id, k); died {
			return
		}
	}
}

// own are the tenants that a worker made in earlier rounds.
func (m *model) own(worker int) (ids []keyhold.TenantID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	prefix := fmt.Sprintf("t-%d-", worker)
	for id := range m.tenants {
		if strings.HasPrefix(string(id), prefix) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *model) add(id keyhold.TenantID, k *known) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tenants[id] = k
}

func (m *model) tenant(id keyhold.TenantID) *known {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tenants[id]
}

// work does something to a tenant that suits its state. It returns whether the server died of it.
func (m *model) work(s *child, id keyhold.TenantID, k *known) (died bool) {
	create := func(ctx context.Context) (keyhold.Tenant, error) {
		tenant, _, err := s.api.CreateTenant(ctx, v1.CreateTenant{ID: string(id), Name: "Tenant " + string(id)})
		return tenant, err
	}
	remove := func(ctx context.Context) (keyhold.Tenant, error) { return s.api.DeleteTenant(ctx, id, 7) }
	restore := func(ctx context.Context) (keyhold.Tenant, error) { return s.api.RestoreTenant(ctx, id) }
	switch {
	case k.state == absent:
		return m.change(id, k, keyhold.TenantActive, create) || m.encrypt(s, id, k)
	case k.state == keyhold.TenantDeleting:
		return m.change(id, k, keyhold.TenantActive, restore)
	case rand.IntN(4) == 0:
		return m.change(id, k, keyhold.TenantActive, create) // again: nothing changes
	case rand.IntN(2) == 0:
		return m.encrypt(s, id, k)
	}
	return m.change(id, k, keyhold.TenantDeleting, remove)
}

// change brings a tenant into a state.
func (m *model) change(id keyhold.TenantID, k *known, to keyhold.TenantState, do func(context.Context) (keyhold.Tenant, error)) (died bool) {
	ctx, cancel := under()
	defer cancel()
	k.asked, k.touched = to, true
	tenant, err := do(ctx)
	if m.died(fmt.Sprintf("%s, which is %q, to %q", id, k.state, to), err) {
		return true
	}
	if tenant.ID != id || tenant.State != to || tenant.KeyID == "" || k.keyID != "" && tenant.KeyID != k.keyID {
		m.t.Errorf("%s, which had the key %q, was answered %+v", id, k.keyID, tenant)
	}
	k.state, k.keyID = to, tenant.KeyID
	m.acknowledge("")
	return false
}

// encrypt encrypts the tenant's id under its key, as a service does.
func (m *model) encrypt(s *child, id keyhold.TenantID, k *known) (died bool) {
	ctx, cancel := under()
	defer cancel()
	cfg, err := s.config(ctx, v1.As{Role: v1.AsTenant, Tenant: id}, once)
	if m.died("credentials", err) {
		return true
	}
	out, err := kms.NewFromConfig(cfg).Encrypt(ctx, &kms.EncryptInput{
		KeyId: awssdk.String(id.Alias()), Plaintext: []byte(id), EncryptionContext: map[string]string{"tenant": string(id)},
	})
	if m.died("encrypt for "+string(id), err) {
		return true
	}
	k.sealed, k.touched = append(k.sealed, out.CiphertextBlob), true
	m.acknowledge(requestID(m.t, out.ResultMetadata))
	return false
}

// workOnUsers changes IAM as the administrator.
func (m *model) workOnUsers(s *child, round int) {
	ctx, cancel := under()
	defer cancel()
	cfg, err := s.config(ctx, v1.As{Role: v1.AsAdmin}, once)
	if m.died("credentials", err) {
		return
	}
	client := iam.NewFromConfig(cfg)
	for i := 0; ; i++ {
		name := fmt.Sprintf("u-%d-%d", round, i)
		out, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: &name})
		if m.died("create user", err) {
			return
		}
		m.acknowledge(requestID(m.t, out.ResultMetadata))
		m.mu.Lock()
		m.users[name] = true
		m.mu.Unlock()
	}
}

// The attempts that AWS clients make. A change is asked for once, so that an answer is to what was asked. What only reads
// is asked for again, because aws-sdk-go-v2 now and then closes its connection on a quick and long answer (its issue 2737).
const (
	once  = 1
	often = 10
)

// config is that of an AWS client that calls the server as a principal.
func (c *child) config(ctx context.Context, as v1.As, attempts int) (awssdk.Config, error) {
	cred, err := c.api.Credentials(ctx, as)
	if err != nil {
		return awssdk.Config{}, err
	}
	return awssdk.Config{
		Region: cred.Region, BaseEndpoint: &cred.Endpoint, HTTPClient: &http.Client{Transport: c.http}, RetryMaxAttempts: attempts,
		Credentials: credentials.NewStaticCredentialsProvider(cred.AccessKeyID, cred.SecretAccessKey, cred.SessionToken),
	}, nil
}

func requestID(t *testing.T, answer middleware.Metadata) string {
	id, ok := awsmiddleware.GetRequestIDMetadata(answer)
	if !ok {
		t.Error("an answer of AWS has no request id")
	}
	return id
}
