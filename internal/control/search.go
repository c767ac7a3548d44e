package control

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keyhold/keyhold"
)

// finder finds the keys that carry the tag of one of the tenants.
type finder func(context.Context, []keyhold.TenantID) (map[keyhold.TenantID][]string, error)

// findNothing serves a tenant for which no key can have been made yet.
func findNothing(context.Context, []keyhold.TenantID) (map[keyhold.TenantID][]string, error) {
	return nil, nil
}

// obtainKey returns the tenant's key: the one that was made but not recorded, or else a new one.
func (p *Plane) obtainKey(ctx context.Context, id keyhold.TenantID, find finder) (*key, error) {
	k, err := p.named(ctx, id)
	if err != nil {
		return nil, err
	}
	if k == nil {
		if k, err = p.orphan(ctx, id, find); err != nil {
			return nil, err
		}
	}
	if k == nil {
		return p.createKey(ctx, id)
	}
	// Whoever may tag keys could have set it up for us to find; with this policy it is the tenant's alone.
	if err := p.setPolicy(ctx, k.id, id); err != nil {
		return nil, err
	}
	return k, nil
}

// named finds the key that has the tenant's alias; nil if there is none. A key that cannot become the tenant's is a
// Conflict.
func (p *Plane) named(ctx context.Context, id keyhold.TenantID) (*key, error) {
	k, err := p.describe(ctx, id.Alias())
	if err != nil || k == nil {
		return nil, err
	}
	owner, err := p.tenantOf(ctx, k.id)
	switch {
	case err != nil:
		return nil, err
	case owner != id:
		return nil, conflict("The alias " + id.Alias() + " belongs to a key that is not the tenant's.")
	case k.state == types.KeyStatePendingDeletion:
		return nil, conflict("The key of an earlier tenant with this id is not deleted yet.")
	}
	return k, nil
}

// orphan finds the key that was made for a tenant and not recorded; nil if there is none.
func (p *Plane) orphan(ctx context.Context, id keyhold.TenantID, find finder) (*key, error) {
	found, err := find(ctx, []keyhold.TenantID{id})
	if err != nil {
		return nil, err
	}
	switch keys := found[id]; len(keys) {
	case 0:
		return nil, nil
	case 1:
		return p.describe(ctx, keys[0])
	default:
		return nil, fmt.Errorf("keys %v carry the tag of tenant %s and none has its alias: schedule the deletion of all but one", keys, id)
	}
}

// tagged finds the keys that carry the tag of one of the tenants, and whose deletion is not pending. Keys whose tags
// are hidden from the control plane are not the tenants'.
func (p *Plane) tagged(ctx context.Context, ids []keyhold.TenantID) (map[keyhold.TenantID][]string, error) {
	found := map[keyhold.TenantID][]string{}
	pages := kms.NewListKeysPaginator(p.kms, &kms.ListKeysInput{Limit: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, entry := range page.Keys {
			tenant, err := p.tenantOf(ctx, aws.ToString(entry.KeyId))
			if err != nil {
				return nil, err
			}
			if !slices.Contains(ids, tenant) {
				continue
			}
			k, err := p.describe(ctx, aws.ToString(entry.KeyId))
			if err != nil {
				return nil, err
			}
			if k != nil && k.state != types.KeyStatePendingDeletion {
				found[tenant] = append(found[tenant], k.id)
			}
		}
	}
	return found, nil
}

// tenantOf reads the tenant's id from a key's tags; empty if the key has none, is gone, or hides its tags.
func (p *Plane) tenantOf(ctx context.Context, keyID string) (keyhold.TenantID, error) {
	pages := kms.NewListResourceTagsPaginator(p.kms, &kms.ListResourceTagsInput{KeyId: aws.String(keyID)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if code := awsCode(err); code == "AccessDeniedException" || code == "NotFoundException" {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		for _, tag := range page.Tags {
			if aws.ToString(tag.TagKey) == keyhold.TenantTag {
				return keyhold.TenantID(aws.ToString(tag.TagValue)), nil
			}
		}
	}
	return "", nil
}
