package control_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
)

const day = 24 * time.Hour

// code is the code of an error of the control plane.
func code(t *testing.T, err error) control.Code {
	t.Helper()
	var e *control.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%v is not a *control.Error", err)
	}
	if e == nil {
		return ""
	}
	return e.Code
}

func create(t *testing.T, p *control.Plane, id, name string) keyhold.Tenant {
	t.Helper()
	tenant, _, err := p.Create(t.Context(), control.NewTenant{ID: id, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

func TestCreate(t *testing.T) {
	w := newWorld()
	p := w.plane()
	tenant, created, err := p.Create(t.Context(), control.NewTenant{ID: "acme", Name: "  Acme GmbH ", Description: "first"})
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	if tenant.State != keyhold.TenantActive || tenant.Name != "Acme GmbH" || tenant.Alias != "alias/customer-acme" ||
		tenant.KeyID == "" || !strings.HasSuffix(tenant.KeyARN, "key/"+tenant.KeyID) || tenant.CreatedAt.IsZero() {
		t.Errorf("got %+v", tenant)
	}
	got, err := p.Get(t.Context(), "acme")
	if err != nil || got != tenant {
		t.Errorf("Get: %+v, %v", got, err)
	}
	w.check(t)
	again, created, err := p.Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme GmbH", Description: "changed"})
	if err != nil || created || again != tenant {
		t.Errorf("again: %+v, %v, %v", again, created, err)
	}
	if n := w.called("CreateKey"); n != 1 {
		t.Errorf("CreateKey was called %d times", n)
	}
}

func TestCreateGeneratesID(t *testing.T) {
	p := newWorld().plane()
	tenant, created, err := p.Create(t.Context(), control.NewTenant{Name: "Acme"})
	if err != nil || !created || !strings.HasPrefix(string(tenant.ID), "t-") {
		t.Fatalf("%+v, %v, %v", tenant, created, err)
	}
	if _, _, err := p.Create(t.Context(), control.NewTenant{Name: "Acme"}); code(t, err) != control.Conflict {
		t.Errorf("the same name again: %v", err)
	}
}

func TestCreateConflicts(t *testing.T) {
	w := newWorld()
	p := w.plane()
	create(t, p, "acme", "Acme")
	for _, in := range []control.NewTenant{
		{ID: "acme", Name: "Bolt"}, {ID: "bolt", Name: "Acme"}, {ID: "bolt", Name: " aCME "},
	} {
		if _, _, err := p.Create(t.Context(), in); code(t, err) != control.Conflict {
			t.Errorf("%+v: %v", in, err)
		}
	}
	if n := w.called("CreateKey"); n != 1 {
		t.Errorf("CreateKey was called %d times", n)
	}
}

func TestCreateRefusesForeignAlias(t *testing.T) {
	w := newWorld()
	w.keys["key-x"] = &fakeKey{ID: "key-x", State: "Enabled"}
	w.aliases["alias/customer-acme"] = "key-x"
	if _, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); code(t, err) != control.Conflict {
		t.Errorf("got %v", err)
	}
	if w.called("CreateKey") != 0 {
		t.Error("a key was made that nothing can use")
	}
}

func TestCreateAdoptsKeyWithAlias(t *testing.T) {
	w := newWorld()
	tenant := create(t, w.plane(), "acme", "Acme")
	clear(w.records) // as after a loss of the records
	if again := create(t, w.plane(), "acme", "Acme"); again.KeyID != tenant.KeyID {
		t.Errorf("the tenant got key %s beside %s", again.KeyID, tenant.KeyID)
	}
	w.check(t)
}

func TestCreateRefusesKeyThatIsToBeDeleted(t *testing.T) {
	w := newWorld()
	tenant := create(t, w.plane(), "acme", "Acme")
	clear(w.records) // as after a loss of the records
	w.keys[tenant.KeyID].State = "PendingDeletion"
	if _, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); code(t, err) != control.Conflict ||
		!strings.Contains(err.Error(), "not deleted yet") {
		t.Errorf("got %v", err)
	}
}

func TestAdoptedKeyGetsPolicy(t *testing.T) {
	w := newWorld()
	w.crashAt, w.after = 3, true // reserve, DescribeKey, CreateKey
	if _, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); err == nil {
		t.Fatal("no crash")
	}
	w.mend()
	for _, k := range w.keys {
		k.Policy = "somebody else's"
	}
	create(t, w.plane(), "acme", "Acme")
	w.check(t)
}

func TestTwoTaggedKeysStopCreation(t *testing.T) {
	w := newWorld()
	w.crashAt = 2
	_, _, _ = w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"})
	w.mend()
	for _, id := range []string{"key-a", "key-b"} {
		w.keys[id] = &fakeKey{ID: id, State: "Enabled", Tags: map[string]string{keyhold.TenantTag: "acme"}}
	}
	if _, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); code(t, err) != control.Internal {
		t.Errorf("got %v", err)
	}
}

func TestCreateKeyIsNotRepeatedBlindly(t *testing.T) {
	for _, tt := range []struct {
		fault fault
		calls int
		want  control.Code
	}{
		{fault{500, "KMSInternalException", "who knows"}, 1, control.Unavailable},
		{fault{400, "ThrottlingException", "Rate exceeded"}, 3, control.Unavailable},
		{fault{400, "LimitExceededException", "keys"}, 1, control.Limit},
		{fault{400, "AccessDeniedException", "no"}, 1, control.Denied},
		{fault{400, "MalformedPolicyDocumentException", "no such role"}, 1, control.Internal},
	} {
		t.Run(tt.fault.code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.fail = func(operation string) *fault {
					if operation == "CreateKey" {
						return &tt.fault
					}
					return nil
				}
				_, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"})
				if code(t, err) != tt.want {
					t.Errorf("got %v", err)
				}
				if n := w.called("CreateKey"); n != tt.calls {
					t.Errorf("CreateKey was called %d times, want %d", n, tt.calls)
				}
				w.fail = nil
				create(t, w.plane(), "acme", "Acme")
				w.check(t)
			})
		})
	}
}

func TestInvalidTenants(t *testing.T) {
	p := newWorld().plane()
	for _, tt := range []struct {
		in     control.NewTenant
		fields string
	}{
		{control.NewTenant{ID: "Acme", Name: " ", Description: strings.Repeat("x", 1025)}, "id name description"},
		{control.NewTenant{ID: strings.Repeat("a", 50), Name: strings.Repeat("ä", 129)}, "id name"},
		{control.NewTenant{Name: "a\x00b"}, "name"},
		{control.NewTenant{Name: "a\nb"}, "name"},
		{control.NewTenant{Name: "a\u202eb"}, "name"},
		{control.NewTenant{Name: "a\u200bb"}, "name"},
		{control.NewTenant{Name: "a\xffb"}, "name"},
		{control.NewTenant{Name: "--"}, "name"},
		{control.NewTenant{Name: "a", Description: "\x1b[31m"}, "description"},
	} {
		_, _, err := p.Create(t.Context(), tt.in)
		var e *control.Error
		if !errors.As(err, &e) || e.Code != control.Invalid {
			t.Errorf("%+v: %v", tt.in, err)
			continue
		}
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != tt.fields {
			t.Errorf("%+v: wrong fields %q, want %q", tt.in, got, tt.fields)
		}
	}
	for _, name := range []string{"ä", strings.Repeat("ä", 128), "O'Neil & Söhne (Zürich) 日本", "7"} {
		if _, _, err := p.Create(t.Context(), control.NewTenant{Name: name, Description: "two\nlines"}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestConcurrentCreates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.delay = 10 * time.Millisecond
		p := w.plane()
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 20 {
			wg.Go(func() {
				_, created, err := p.Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if created {
					made++
				}
			})
		}
		wg.Wait()
		if made != 1 || w.called("CreateKey") != 1 {
			t.Errorf("created %d times with %d keys", made, w.called("CreateKey"))
		}
		w.check(t)
	})
}

func TestWaitingEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.delay = time.Minute
		p := w.plane()
		go func() { _, _, _ = p.Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := p.Create(ctx, control.NewTenant{ID: "acme", Name: "Acme"}); code(t, err) != control.Unavailable {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Hour)
	})
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.plane()
		tenant := create(t, p, "acme", "Acme")
		for _, days := range []int{-1, 1, 6, 31} {
			if _, err := p.Delete(t.Context(), "acme", days); code(t, err) != control.Invalid {
				t.Errorf("%d days: %v", days, err)
			}
		}
		deleted, err := p.Delete(t.Context(), "acme", 7)
		if err != nil || deleted.State != keyhold.TenantDeleting || !deleted.DeletionDate.Equal(time.Now().Add(7*day).Truncate(time.Second)) {
			t.Fatalf("%+v, %v", deleted, err)
		}
		if k := w.keys[tenant.KeyID]; k.State != "PendingDeletion" {
			t.Errorf("the key is %s", k.State)
		}
		if again, err := p.Delete(t.Context(), "acme", 30); err != nil || again != deleted {
			t.Errorf("again: %+v, %v", again, err)
		}
		if got, err := p.Get(t.Context(), "acme"); err != nil || got != deleted {
			t.Errorf("Get: %+v, %v", got, err)
		}
		time.Sleep(6 * day)
		for _, in := range []control.NewTenant{{ID: "acme", Name: "Acme"}, {ID: "acme", Name: "Other"}, {ID: "other", Name: "Acme"}} {
			if _, _, err := p.Create(t.Context(), in); code(t, err) != control.Conflict {
				t.Errorf("within the waiting period %+v: %v", in, err)
			}
		}
		time.Sleep(day + time.Second)
		if _, err := p.Get(t.Context(), "acme"); code(t, err) != control.NotFound {
			t.Errorf("after the deletion date: %v", err)
		}
		if again := create(t, p, "acme", "Acme"); again.KeyID == tenant.KeyID {
			t.Error("the new tenant has the old key")
		}
		w.check(t)
	})
}

func TestCreateOverEndedTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.plane()
		create(t, p, "acme", "Acme")
		create(t, p, "bolt", "Bolt")
		for _, id := range []keyhold.TenantID{"acme", "bolt"} {
			if _, err := p.Delete(t.Context(), id, 7); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(8 * day)
		create(t, p, "acme", "Bolt") // both the id and the name were held
		w.check(t)
	})
}

func TestDeletionEndsWhenKMSSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.plane()
		tenant := create(t, p, "acme", "Acme")
		if _, err := p.Delete(t.Context(), "acme", 7); err != nil {
			t.Fatal(err)
		}
		w.keys[tenant.KeyID].Deletion = time.Now().Add(8 * day) // AWS may take a day longer
		time.Sleep(7*day + time.Hour)
		if got, err := p.Get(t.Context(), "acme"); err != nil || got.State != keyhold.TenantDeleting {
			t.Errorf("while the key is there: %+v, %v", got, err)
		}
		if n, err := p.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("Sweep: %d, %v", n, err)
		}
		if _, _, err := p.Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); code(t, err) != control.Conflict {
			t.Errorf("Create: %v", err)
		}
	})
}

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.plane()
		for i := range 5 {
			create(t, p, fmt.Sprintf("t%d", i), fmt.Sprintf("Tenant %d", i))
		}
		for _, id := range []keyhold.TenantID{"t1", "t3"} {
			if _, err := p.Delete(t.Context(), id, 7); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Delete(t.Context(), "t4", 30); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * day)
		if n, err := p.Sweep(t.Context()); n != 2 || err != nil {
			t.Errorf("Sweep: %d, %v", n, err)
		}
		if n := len(w.records); n != 6 {
			t.Errorf("%d records are left", n)
		}
		w.check(t)
	})
}

func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.plane()
		tenant := create(t, p, "acme", "Acme")
		if got, err := p.Restore(t.Context(), "acme"); err != nil || got != tenant {
			t.Errorf("an active tenant: %+v, %v", got, err)
		}
		if _, err := p.Delete(t.Context(), "acme", 7); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * day)
		got, err := p.Restore(t.Context(), "acme")
		if err != nil || got.State != keyhold.TenantActive || got.KeyID != tenant.KeyID || !got.DeletionDate.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
		w.check(t)
		if _, err := p.Delete(t.Context(), "acme", 7); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * day)
		if _, err := p.Restore(t.Context(), "acme"); code(t, err) != control.NotFound {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

func TestUnknownTenant(t *testing.T) {
	p := newWorld().plane()
	for name, call := range map[string]func() error{
		"Get":     func() error { _, err := p.Get(t.Context(), "acme"); return err },
		"Delete":  func() error { _, err := p.Delete(t.Context(), "acme", 0); return err },
		"Restore": func() error { _, err := p.Restore(t.Context(), "acme"); return err },
	} {
		if err := call(); code(t, err) != control.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeleteUnfinishedTenant(t *testing.T) {
	for crash := 2; crash <= 6; crash++ { // after reserving: DescribeKey, CreateKey, record, CreateAlias, EnableKeyRotation
		t.Run(fmt.Sprint(crash), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.crashAt, w.after = crash, true
				if _, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"}); err == nil {
					t.Fatal("no crash")
				}
				w.mend()
				p := w.plane()
				if _, err := p.Restore(t.Context(), "acme"); code(t, err) != control.Conflict {
					t.Errorf("Restore: %v", err)
				}
				if _, err := p.Delete(t.Context(), "acme", 7); err != nil {
					t.Fatal(err)
				}
				for _, k := range w.keys {
					if k.State != "PendingDeletion" {
						t.Errorf("key %+v is left", k)
					}
				}
				if len(w.keys) == 0 {
					create(t, p, "acme", "Acme")
				} else if _, err := p.Restore(t.Context(), "acme"); err != nil {
					t.Error(err)
				}
				w.check(t)
			})
		})
	}
}

func TestList(t *testing.T) {
	p := newWorld().plane()
	for i := range 25 {
		create(t, p, fmt.Sprintf("t%02d", i), fmt.Sprintf("Tenant %d", i))
	}
	for _, limit := range []int{1, 7, 24, 25, 26, 0} {
		var got []string
		for cursor, more := "", true; more; {
			page, err := p.List(t.Context(), limit, cursor)
			if err != nil {
				t.Fatal(err)
			}
			if limit != 0 && len(page.Tenants) > limit {
				t.Errorf("a page of %d has %d tenants", limit, len(page.Tenants))
			}
			for _, tenant := range page.Tenants {
				got = append(got, string(tenant.ID))
			}
			cursor, more = page.Cursor, page.Cursor != ""
		}
		if len(got) != 25 || got[0] != "t00" || got[24] != "t24" {
			t.Errorf("pages of %d: %v", limit, got)
		}
	}
	for _, tt := range []struct {
		limit  int
		cursor string
	}{{-1, ""}, {1001, ""}, {1, "!"}, {1, "QQ"}} {
		if _, err := p.List(t.Context(), tt.limit, tt.cursor); code(t, err) != control.Invalid {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
