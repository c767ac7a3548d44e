package control_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
)

// crashes runs act in worlds that crash at each of its steps in turn, before or after the step was carried out, and
// then calls mended in the mended world, until act gets through.
func crashes(t *testing.T, prepare, act func(*testing.T, *control.Plane) error, mended func(*testing.T, *world)) {
	for _, after := range []bool{false, true} {
		for n, through := 1, false; !through; n++ {
			t.Run(fmt.Sprintf("step %d, after %v", n, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld()
					if err := prepare(t, w.plane()); err != nil {
						t.Fatal(err)
					}
					w.steps, w.crashAt, w.after = 0, n, after
					err := act(t, w.plane())
					through = w.steps < n
					if (err == nil) != through {
						t.Fatalf("crash at step %d of %d: %v", n, w.steps, err)
					}
					w.mend()
					w.check(t)
					mended(t, w)
					w.check(t)
				})
			})
			if t.Failed() {
				return
			}
			if n > 50 {
				t.Fatal("it never gets through")
			}
		}
	}
}

func nothing(*testing.T, *control.Plane) error { return nil }

func createAcme(t *testing.T, p *control.Plane) error {
	_, _, err := p.Create(t.Context(), control.NewTenant{ID: "acme", Name: "Acme"})
	return err
}

func deleteAcme(t *testing.T, p *control.Plane) error {
	_, err := p.Delete(t.Context(), "acme", 7)
	return err
}

func restoreAcme(t *testing.T, p *control.Plane) error {
	_, err := p.Restore(t.Context(), "acme")
	return err
}

// resumed checks that after Resume the tenant is in one of the states, or unknown if that is allowed.
func resumed(allowUnknown bool, states ...keyhold.TenantState) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		t.Helper()
		p := w.plane()
		if err := p.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.check(t)
		tenant, err := p.Get(t.Context(), "acme")
		if allowUnknown && code(t, err) == control.NotFound {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range states {
			if tenant.State == s {
				return
			}
		}
		t.Errorf("after Resume the tenant is %s", tenant.State)
	}
}

func TestCrashInCreate(t *testing.T) {
	then := resumed(true, keyhold.TenantActive)
	crashes(t, nothing, createAcme, func(t *testing.T, w *world) {
		then(t, w)
		if err := createAcme(t, w.plane()); err != nil || w.called("CreateKey") != 1 {
			t.Errorf("repeated: %v, %d keys made", err, w.called("CreateKey"))
		}
	})
}

func TestCrashInCreateThenRetry(t *testing.T) {
	crashes(t, nothing, createAcme, func(t *testing.T, w *world) {
		if err := createAcme(t, w.plane()); err != nil || w.called("CreateKey") != 1 {
			t.Errorf("repeated: %v, %d keys made", err, w.called("CreateKey"))
		}
	})
}

func TestCrashInDelete(t *testing.T) {
	then := resumed(false, keyhold.TenantActive, keyhold.TenantDeleting)
	crashes(t, createAcme, deleteAcme, func(t *testing.T, w *world) {
		then(t, w)
		if err := deleteAcme(t, w.plane()); err != nil {
			t.Error(err)
		}
		for _, k := range w.keys {
			if k.State != "PendingDeletion" {
				t.Errorf("the key is %s", k.State)
			}
		}
		if err := restoreAcme(t, w.plane()); err != nil {
			t.Error(err)
		}
	})
}

func TestCrashInDeleteThenRestore(t *testing.T) {
	crashes(t, createAcme, deleteAcme, func(t *testing.T, w *world) {
		if err := restoreAcme(t, w.plane()); err != nil {
			t.Error(err)
		}
	})
}

func TestCrashInRestore(t *testing.T) {
	prepare := func(t *testing.T, p *control.Plane) error {
		if err := createAcme(t, p); err != nil {
			return err
		}
		return deleteAcme(t, p)
	}
	then := resumed(false, keyhold.TenantActive, keyhold.TenantDeleting)
	crashes(t, prepare, restoreAcme, func(t *testing.T, w *world) {
		then(t, w)
		if err := restoreAcme(t, w.plane()); err != nil {
			t.Error(err)
		}
	})
}

func TestCrashInRestoreThenDelete(t *testing.T) {
	prepare := func(t *testing.T, p *control.Plane) error {
		if err := createAcme(t, p); err != nil {
			return err
		}
		return deleteAcme(t, p)
	}
	crashes(t, prepare, restoreAcme, func(t *testing.T, w *world) {
		if err := deleteAcme(t, w.plane()); err != nil {
			t.Error(err)
		}
	})
}

func TestCrashInResume(t *testing.T) {
	for first := 2; first <= 7; first++ {
		for second := 1; second <= 8; second++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.crashAt, w.after = first, true
				if err := createAcme(t, w.plane()); err == nil {
					t.Fatal("no crash")
				}
				w.mend()
				w.steps, w.crashAt, w.after = 100, 100+second, true
				_ = w.plane().Resume(t.Context()) // crashes, or was done before
				w.mend()
				resumed(false, keyhold.TenantActive)(t, w)
				if n := w.called("CreateKey"); n != 1 {
					t.Errorf("CreateKey was called %d times", n)
				}
			})
		}
	}
}

// TestRandomLives lets tenants be created, deleted and restored at random, with crashes and the passing of time, and
// holds the world to its rules after each step.
func TestRandomLives(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			w := newWorld()
			p := w.plane()
			for range 40 {
				id := fmt.Sprintf("t%d", random.IntN(3))
				w.steps += 100
				if random.IntN(2) == 0 {
					w.crashAt, w.after = w.steps+1+random.IntN(8), random.IntN(2) == 0
				}
				switch random.IntN(6) {
				case 0, 1:
					_, _, _ = p.Create(t.Context(), control.NewTenant{ID: id, Name: fmt.Sprintf("Tenant %d", random.IntN(3))})
				case 2:
					_, _ = p.Delete(t.Context(), keyhold.TenantID(id), 7+random.IntN(24))
				case 3:
					_, _ = p.Restore(t.Context(), keyhold.TenantID(id))
				case 4:
					_ = p.Resume(t.Context())
				case 5:
					time.Sleep(time.Duration(random.IntN(10)) * day)
					_, _ = p.Sweep(t.Context())
				}
				w.mend()
				p = w.plane()
				w.check(t)
			}
			if err := p.Resume(t.Context()); err != nil {
				t.Error(err)
			}
			w.check(t)
			if t.Failed() {
				t.Logf("seed %d", seed)
			}
		})
	}
}

func TestResumeFinishesManyWithOneSearch(t *testing.T) {
	w := newWorld()
	for i := range 5 {
		w.steps, w.crashAt, w.after = 0, 3, true // after CreateKey
		_, _, err := w.plane().Create(t.Context(), control.NewTenant{ID: fmt.Sprintf("t%d", i), Name: fmt.Sprintf("Tenant %d", i)})
		if err == nil {
			t.Fatal("no crash")
		}
		w.mend()
	}
	if err := w.plane().Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.check(t)
	if n, pages := w.called("ListKeys"), 3; n != pages {
		t.Errorf("ListKeys was called %d times for %d pages", n, pages)
	}
	if n := w.called("CreateKey"); n != 5 {
		t.Errorf("CreateKey was called %d times", n)
	}
}

func TestResumeGoesOnAfterFailure(t *testing.T) {
	w := newWorld()
	for i := range 3 {
		w.steps, w.crashAt, w.after = 0, 3, false
		_, _, _ = w.plane().Create(t.Context(), control.NewTenant{ID: fmt.Sprintf("t%d", i), Name: fmt.Sprintf("Tenant %d", i)})
		w.mend()
	}
	failed := false
	w.fail = func(operation string) *fault {
		if operation == "CreateKey" && !failed {
			failed = true
			return &fault{400, "AccessDeniedException", "no"}
		}
		return nil
	}
	p := w.plane()
	if err := p.Resume(t.Context()); code(t, err) != control.Denied {
		t.Errorf("got %v", err)
	}
	page, err := p.List(t.Context(), 0, "")
	if err != nil {
		t.Fatal(err)
	}
	active := 0
	for _, tenant := range page.Tenants {
		if tenant.State == keyhold.TenantActive {
			active++
		}
	}
	if active != 2 {
		t.Errorf("%d of 3 tenants are active", active)
	}
	w.check(t)
}
