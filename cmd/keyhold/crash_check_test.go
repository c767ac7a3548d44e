package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// check holds a server that is ready against what is known. What it shows is known from then on.
func (m *model) check(s *child) {
	m.t = s.t
	m.count.restarts++
	ctx, cancel := under()
	defer cancel()
	listed := m.checkTenants(ctx, s)
	m.checkKeys(ctx, s, listed)
	m.checkUse(ctx, s)
	m.checkUsers(ctx, s)
	m.checkTrail(s)
	for id, k := range m.tenants {
		k.touched = false
		if k.state == absent {
			delete(m.tenants, id)
		}
	}
}

// violated counts and reports a violation.
func (m *model) violated(counter *int, format string, args ...any) {
	m.t.Helper()
	*counter++
	m.t.Errorf(format, args...)
}

// checkTenants wants every tenant in the state that was acknowledged, or that an operation without an answer asked for.
func (m *model) checkTenants(ctx context.Context, s *child) map[keyhold.TenantID]keyhold.Tenant {
	listed := map[keyhold.TenantID]keyhold.Tenant{}
	for cursor := ""; ; {
		page, err := s.api.Tenants(ctx, pageSize, cursor)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, tenant := range page.Tenants {
			listed[tenant.ID] = tenant
			if m.tenants[tenant.ID] == nil {
				m.violated(&m.count.half, "nobody asked for tenant %+v", tenant)
			}
			if tenant.State != keyhold.TenantActive && (tenant.State != keyhold.TenantDeleting || tenant.DeletionDate.IsZero()) {
				m.violated(&m.count.half, "half done: %+v", tenant)
			}
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	for id, k := range m.tenants {
		tenant := listed[id]
		if tenant.State != k.state && tenant.State != k.asked {
			m.violated(&m.count.lost, "%s was %q, asked to be %q, and is %+v", id, k.state, k.asked, tenant)
		}
		if k.keyID != "" && tenant.KeyID != k.keyID {
			m.violated(&m.count.lost, "%s had the key %s and has %q", id, k.keyID, tenant.KeyID)
		}
		k.state, k.asked, k.keyID = tenant.State, tenant.State, tenant.KeyID
	}
	m.count.tenants = len(listed)
	return listed
}

// checkKeys wants exactly one key for every tenant, which the tag on it tells, and none besides.
func (m *model) checkKeys(ctx context.Context, s *child, listed map[keyhold.TenantID]keyhold.Tenant) {
	cfg, err := s.config(ctx, v1.As{Role: v1.AsControl}, often)
	if err != nil {
		m.t.Fatal(err)
	}
	client := kms.NewFromConfig(cfg)
	count := map[keyhold.TenantID]int{}
	pages := kms.NewListKeysPaginator(client, &kms.ListKeysInput{Limit: awssdk.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, key := range page.Keys {
			count[m.tenantOf(ctx, client, *key.KeyId)]++
		}
	}
	for id, n := range count {
		if _, ok := listed[id]; !ok || n > 1 {
			m.violated(&m.count.duplicates, "%d keys of tenant %q: %+v", n, id, listed[id])
		}
	}
	for id := range listed {
		if count[id] == 0 {
			m.violated(&m.count.lost, "tenant %s has no key", id)
		}
	}
}

// tenantOf reads whose a key is, if that is not known from an earlier check: the tag does not change.
func (m *model) tenantOf(ctx context.Context, client *kms.Client, keyID string) keyhold.TenantID {
	if id, ok := m.keys[keyID]; ok {
		return id
	}
	out, err := client.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &keyID})
	if err != nil {
		m.t.Fatal(err)
	}
	for _, tag := range out.Tags {
		if *tag.TagKey == keyhold.TenantTag {
			m.keys[keyID] = keyhold.TenantID(*tag.TagValue)
		}
	}
	return m.keys[keyID]
}

// checkUse wants the keys of the tenants that were worked on to rotate, and their ciphertexts to open. Of a tenant that is
// being deleted neither can be asked.
func (m *model) checkUse(ctx context.Context, s *child) {
	control, err := s.config(ctx, v1.As{Role: v1.AsControl}, often)
	if err != nil {
		m.t.Fatal(err)
	}
	m.count.ciphertexts = 0
	for id, k := range m.tenants {
		m.count.ciphertexts += len(k.sealed)
		if !k.touched || k.state != keyhold.TenantActive {
			continue
		}
		rotation, err := kms.NewFromConfig(control).GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &k.keyID})
		if err != nil || !rotation.KeyRotationEnabled {
			m.violated(&m.count.half, "the key of %s does not rotate: %v", id, err)
		}
		service, err := s.config(ctx, v1.As{Role: v1.AsTenant, Tenant: id}, often)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, sealed := range k.sealed {
			out, err := kms.NewFromConfig(service).Decrypt(ctx, &kms.DecryptInput{
				KeyId: awssdk.String(id.Alias()), CiphertextBlob: sealed, EncryptionContext: map[string]string{"tenant": string(id)},
			})
			if err != nil || string(out.Plaintext) != string(id) {
				m.violated(&m.count.lost, "a ciphertext of %s does not open: %v", id, err)
			}
		}
	}
}

// checkUsers wants every user that was made.
func (m *model) checkUsers(ctx context.Context, s *child) {
	cfg, err := s.config(ctx, v1.As{Role: v1.AsAdmin}, often)
	if err != nil {
		m.t.Fatal(err)
	}
	found := map[string]bool{}
	pages := iam.NewListUsersPaginator(iam.NewFromConfig(cfg), &iam.ListUsersInput{MaxItems: awssdk.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, user := range page.Users {
			found[*user.UserName] = true
		}
	}
	for name := range m.users {
		if !found[name] {
			m.violated(&m.count.lost, "user %s was made and is gone", name)
		}
	}
	m.count.users = len(m.users)
}

// checkTrail reads what was added to the audit trail. Its lines are whole, and tell of every request that was answered
// once.
func (m *model) checkTrail(s *child) {
	f, err := os.Open(filepath.Join(s.dir, "audit", "audit.jsonl"))
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.NewSectionReader(f, m.read, 1<<40))
	if err != nil {
		m.t.Fatal(err)
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // the server goes on writing
	m.read += int64(len(text))
	for line := range bytes.Lines(text) {
		var record struct{ RequestID string }
		if err := json.Unmarshal(line, &record); err != nil || record.RequestID == "" {
			m.count.torn++ // what was cut off was not acknowledged, or is missed below
			continue
		}
		if m.recorded[record.RequestID] {
			m.violated(&m.count.repeated, "request %s is recorded twice", record.RequestID)
		}
		m.recorded[record.RequestID] = true
	}
	for _, id := range m.requests {
		if !m.recorded[id] {
			m.violated(&m.count.unrecorded, "request %s was answered and is not recorded", id)
		}
	}
	m.requests = nil
	if m.count.torn > m.count.restarts {
		m.t.Errorf("%d torn lines after %d deaths", m.count.torn, m.count.restarts)
	}
}
