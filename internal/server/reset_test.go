package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// TestResetUnderLoad resets a server again and again while tenants are created, deleted and used and the administrator
// works. Nobody sees a server that is half reset, and after the last one there is what came after it, whole.
func TestResetUnderLoad(t *testing.T) {
	for name, memory := range map[string]bool{"in memory": true, "on disk": false} {
		t.Run(name, func(t *testing.T) {
			r := start(t, Config{Data: t.TempDir(), Memory: memory})
			l := load{t: t, r: r, began: map[keyhold.TenantID]time.Time{}, ended: map[keyhold.TenantID]time.Time{}}
			ctx, cancel := context.WithCancel(t.Context())
			var workers sync.WaitGroup
			for range 3 {
				workers.Go(func() { l.tenants(ctx) })
			}
			workers.Go(func() { l.admin(ctx) })
			workers.Go(func() { l.service(ctx) })
			var began, ended time.Time
			for range 15 {
				time.Sleep(10 * time.Millisecond) // so that there is something to reset
				began = time.Now()
				if err := r.v1(t, r.info.NewToken).Reset(t.Context()); err != nil {
					t.Error(err)
				}
				ended = time.Now()
			}
			time.Sleep(20 * time.Millisecond)
			cancel()
			workers.Wait()
			l.check(began, ended)
		})
	}
}

// load is what goes on while a server is reset.
type load struct {
	t *testing.T
	r *running

	mu     sync.Mutex // guards what follows
	client int        // the last number given to a worker
	began  map[keyhold.TenantID]time.Time
	ended  map[keyhold.TenantID]time.Time // of creations that were acknowledged
}

// tenants creates tenants and deletes every third.
func (l *load) tenants(ctx context.Context) {
	l.mu.Lock()
	l.client++
	me := l.client
	l.mu.Unlock()
	api := l.r.v1(l.t, l.r.info.NewToken)
	for i := 0; ctx.Err() == nil; i++ {
		id := keyhold.TenantID(fmt.Sprintf("t-%d-%d", me, i))
		began := time.Now()
		tenant, created, err := api.CreateTenant(context.Background(), v1.CreateTenant{ID: string(id), Name: string(id)})
		if err != nil || !created || tenant.State != keyhold.TenantActive {
			l.t.Errorf("create: %v, %v", tenant, err)
		}
		if i%3 == 0 {
			var problem *v1.Problem
			if _, err := api.DeleteTenant(context.Background(), id, 7); err != nil && (!errors.As(err, &problem) || problem.Code != string(control.NotFound)) {
				l.t.Errorf("delete: %v", err)
			}
			continue
		}
		l.mu.Lock()
		l.began[id], l.ended[id] = began, time.Now()
		l.mu.Unlock()
	}
}

// admin works as the administrator, whose key is good at every moment.
func (l *load) admin(ctx context.Context) {
	client := kms.NewFromConfig(l.r.config(l.r.info.Admin))
	for ctx.Err() == nil {
		if _, err := l.r.whoAmI(l.r.info.Admin); err != nil {
			l.t.Error(err)
		}
		if _, err := client.CreateKey(context.Background(), nil); err != nil {
			l.t.Error(err)
		}
	}
}

// service uses tenants' keys, which may go at any time, but only as a whole. Its role is there at every moment.
func (l *load) service(ctx context.Context) {
	for ctx.Err() == nil {
		list, err := l.r.Control().List(context.Background(), 1, "")
		if err != nil {
			l.t.Error(err)
		}
		for _, tenant := range list.Tenants {
			err := l.r.encrypt(tenant.ID)
			var api smithy.APIError
			if err != nil && (!errors.As(err, &api) || api.ErrorFault() == smithy.FaultServer) {
				l.t.Errorf("encrypt: %v", err)
			}
		}
	}
}

// check looks at what there is after the last reset.
func (l *load) check(began, ended time.Time) {
	ctx := context.Background()
	list, err := l.r.Control().List(ctx, control.MaxLimit, "")
	if err != nil {
		l.t.Fatal(err)
	}
	listed := map[keyhold.TenantID]int{}
	for _, tenant := range list.Tenants {
		listed[tenant.ID] = 1
		if at, ok := l.ended[tenant.ID]; ok && at.Before(began) {
			l.t.Errorf("%s outlived the reset", tenant.ID)
		}
		if tenant.State != keyhold.TenantActive {
			continue
		}
		if err := l.r.encrypt(tenant.ID); err != nil {
			l.t.Errorf("%s does not encrypt: %v", tenant.ID, err)
		}
	}
	for id, at := range l.began {
		if at.After(ended) && listed[id] == 0 {
			l.t.Errorf("%s came after the reset and is gone", id)
		}
	}
	if keys := l.taggedKeys(); !maps.Equal(keys, listed) {
		l.t.Errorf("the keys are those of %v,\nthe tenants %v", slices.Sorted(maps.Keys(keys)), slices.Sorted(maps.Keys(listed)))
	}
	l.t.Logf("%d tenants were created, %d are left", len(l.ended), len(listed))
}

// taggedKeys counts the keys of each tenant, which the tag on them tells.
func (l *load) taggedKeys() map[keyhold.TenantID]int {
	count := map[keyhold.TenantID]int{}
	client := kms.NewFromConfig(l.r.AWSConfig(ctl))
	pages := kms.NewListKeysPaginator(client, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			l.t.Fatal(err)
		}
		for _, key := range page.Keys {
			out, err := client.ListResourceTags(context.Background(), &kms.ListResourceTagsInput{KeyId: key.KeyId})
			if err != nil {
				continue // the administrator's own
			}
			for _, tag := range out.Tags {
				if awssdk.ToString(tag.TagKey) == keyhold.TenantTag {
					count[keyhold.TenantID(*tag.TagValue)]++
				}
			}
		}
	}
	return count
}

// TestResetTime reports how long a reset takes.
func TestResetTime(t *testing.T) {
	for name, memory := range map[string]bool{"in memory": true, "on disk": false} {
		r := start(t, Config{Data: t.TempDir(), Memory: memory})
		const tenants = 100
		for i := range tenants {
			id := fmt.Sprint("t", i)
			if _, _, err := r.Control().Create(t.Context(), control.NewTenant{ID: id, Name: id}); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		if err := r.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("a reset of %d tenants %s takes %v", tenants, name, time.Since(began).Round(10*time.Microsecond))
		if list, err := r.Control().List(t.Context(), 0, ""); err != nil || len(list.Tenants) > 0 {
			t.Errorf("left: %v, %v", list, err)
		}
	}
}
