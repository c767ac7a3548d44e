package keyhold_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyhold/keyhold"
)

func encrypt(t *testing.T, c *keyhold.Client, tenant keyhold.TenantID) error {
	t.Helper()
	_, err := c.EncryptTenantData(t.Context(), tenant, []byte("x"))
	return err
}

func TestOneFlightPerTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("acme")
		f.sts = func(ctx context.Context, _ string) *fault { stall(ctx, time.Second); return nil }
		c := f.client(t)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := encrypt(t, c, "acme"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := f.assumptions(); n != 1 {
			t.Errorf("AssumeRole was called %d times", n)
		}
	})
}

func TestSlowTenantDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("slow")
		f.sts = func(ctx context.Context, tenant string) *fault {
			if tenant == "slow" {
				stall(ctx, 5*time.Second)
			}
			return nil
		}
		c := f.client(t)
		go func() { _ = encrypt(t, c, "slow") }()
		synctest.Wait()
		start := time.Now()
		for i := range 100 {
			id := keyhold.TenantID(fmt.Sprintf("t%d", i))
			f.keys[id.Alias()] = true
			if err := encrypt(t, c, id); err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the others waited %v", d)
		}
		time.Sleep(10 * time.Second)
	})
}

func TestFailingTenantSpendsNoOthersRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("bad", "good")
		c := f.client(t)
		var failures atomic.Int32
		f.kms = func(_ context.Context, _, alias string) *fault {
			if alias == "alias/customer-bad" || failures.Add(1)%2 == 1 {
				return &fault{500, "KMSInternalException", "again"}
			}
			return nil
		}
		for range 200 { // far more than one bucket of retries
			if err := encrypt(t, c, "bad"); err == nil {
				t.Fatal("no error")
			}
		}
		if err := encrypt(t, c, "good"); err != nil {
			t.Errorf("the other tenant was not retried: %v", err)
		}
	})
}

func TestFailingSessionSpendsNoOthersRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("bad", "good")
		c := f.client(t)
		var failures atomic.Int32
		f.sts = func(_ context.Context, tenant string) *fault {
			if tenant == "bad" || failures.Add(1)%2 == 1 {
				return &fault{500, "InternalFailure", "again"}
			}
			return nil
		}
		for range 200 {
			if err := encrypt(t, c, "bad"); err == nil {
				t.Fatal("no error")
			}
		}
		if err := encrypt(t, c, "good"); err != nil {
			t.Errorf("the other tenant's session was not tried again: %v", err)
		}
	})
}

func TestCancelledWaiterDoesNotEndFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("acme")
		f.sts = func(ctx context.Context, _ string) *fault {
			stall(ctx, time.Second)
			if ctx.Err() != nil {
				return &fault{message: "the flight was cancelled"}
			}
			return nil
		}
		c := f.client(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := c.EncryptTenantData(ctx, "acme", []byte("x"))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the cancelled waiter got %v", err)
			}
		}()
		synctest.Wait()
		done := make(chan error)
		go func() { done <- encrypt(t, c, "acme") }()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the other waiter got %v", err)
		}
		if n := f.assumptions(); n != 1 {
			t.Errorf("AssumeRole was called %d times", n)
		}
	})
}

func TestRenewalBeforeExpiryDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("acme")
		c := f.client(t)
		if err := encrypt(t, c, "acme"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(41 * time.Minute) // the window of 15 minutes begins at the earliest after 41 minutes and 15 seconds
		if err := encrypt(t, c, "acme"); err != nil || f.assumptions() != 1 {
			t.Fatalf("renewed too early: %d, %v", f.assumptions(), err)
		}
		time.Sleep(4 * time.Minute)
		f.sts = func(ctx context.Context, _ string) *fault { stall(ctx, time.Second); return nil }
		start := time.Now()
		for range 10 {
			if err := encrypt(t, c, "acme"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("calls waited %v for the renewal", d)
		}
		time.Sleep(time.Hour - 45*time.Minute + time.Minute) // the first credentials have expired
		if err := encrypt(t, c, "acme"); err != nil || f.assumptions() != 2 {
			t.Errorf("AssumeRole was called %d times: %v", f.assumptions(), err)
		}
	})
}

func TestRenewalsOfTenantsSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		c := f.client(t)
		ids := make([]keyhold.TenantID, 100)
		for i := range ids {
			ids[i] = keyhold.TenantID(fmt.Sprintf("t%d", i))
			f.keys[ids[i].Alias()] = true
			if err := encrypt(t, c, ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(43*time.Minute + 7*time.Second) // half way through the jitter
		for _, id := range ids {
			if err := encrypt(t, c, id); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := f.assumptions() - len(ids); n < 20 || n > 80 {
			t.Errorf("%d of 100 sessions were renewed half way through", n)
		}
	})
}

func TestLastGoodCredentialsServeWhileSTSFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("acme")
		c := f.client(t)
		if err := encrypt(t, c, "acme"); err != nil {
			t.Fatal(err)
		}
		f.sts = func(context.Context, string) *fault { return &fault{503, "ServiceUnavailable", "down"} }
		for range 59 {
			time.Sleep(time.Minute)
			if err := encrypt(t, c, "acme"); err != nil {
				t.Fatalf("while credentials are good: %v", err)
			}
		}
		synctest.Wait()
		if n := f.assumptions(); n > 1+3*20 {
			t.Errorf("AssumeRole was called %d times while it failed", n)
		}
		time.Sleep(time.Minute)
		var e *keyhold.Error
		if err := encrypt(t, c, "acme"); !errors.As(err, &e) || e.Code != "ServiceUnavailable" {
			t.Errorf("after they expired: %v", err)
		}
		f.sts = nil
		if err := encrypt(t, c, "acme"); err != nil {
			t.Errorf("after STS came back: %v", err)
		}
	})
}

func TestFailedRenewalsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("acme")
		c := f.client(t)
		if err := encrypt(t, c, "acme"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Minute)
		f.sts = func(context.Context, string) *fault { return &fault{400, "ValidationError", "not retried by the SDK"} }
		for range 100 { // within the pause
			if err := encrypt(t, c, "acme"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if n := f.assumptions(); n != 2 {
			t.Errorf("AssumeRole was called %d times", n)
		}
	})
}

func TestDeniedRenewalEndsCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("acme")
		c := f.client(t)
		if err := encrypt(t, c, "acme"); err != nil {
			t.Fatal(err)
		}
		f.sts = func(context.Context, string) *fault { return &fault{403, "AccessDenied", "the trust is gone"} }
		time.Sleep(50 * time.Minute)
		_ = encrypt(t, c, "acme") // starts the renewal
		synctest.Wait()
		if err := encrypt(t, c, "acme"); !errors.Is(err, keyhold.ErrDenied) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRevokedSessionIsReplacedOnce(t *testing.T) {
	f := newFake("acme")
	c := f.client(t)
	if err := encrypt(t, c, "acme"); err != nil {
		t.Fatal(err)
	}
	f.revoke()
	if err := encrypt(t, c, "acme"); err != nil {
		t.Errorf("got %v", err)
	}
	if n := f.assumptions(); n != 2 {
		t.Errorf("AssumeRole was called %d times", n)
	}
}

func TestForget(t *testing.T) {
	f := newFake("acme", "bolt")
	c := f.client(t)
	for _, id := range []keyhold.TenantID{"acme", "bolt"} {
		if err := encrypt(t, c, id); err != nil {
			t.Fatal(err)
		}
	}
	c.Forget("acme")
	c.Forget("unknown")
	for range 2 {
		for _, id := range []keyhold.TenantID{"acme", "bolt"} {
			if err := encrypt(t, c, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := f.assumptions(); n != 3 {
		t.Errorf("AssumeRole was called %d times", n)
	}
}

func TestTenantsKeptAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("hot")
		c := f.client(t, keyhold.WithMaxTenants(4))
		use := func(id keyhold.TenantID) {
			f.keys[id.Alias()] = true
			if err := encrypt(t, c, id); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		for i := range 50 {
			use("hot")
			use(keyhold.TenantID(fmt.Sprintf("t%d", i)))
		}
		if n := f.assumptions(); n != 51 {
			t.Errorf("AssumeRole was called %d times: the tenant in use was evicted", n)
		}
		use("t0")
		if n := f.assumptions(); n != 52 {
			t.Error("more tenants were kept than the bound")
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	f := newFake()
	for i := range 20 {
		f.keys[keyhold.TenantID(fmt.Sprintf("t%d", i)).Alias()] = true
	}
	c := f.client(t, keyhold.WithMaxTenants(10))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				id := keyhold.TenantID(fmt.Sprintf("t%d", (g+i)%20))
				if err := encrypt(t, c, id); err != nil {
					t.Error(err)
				}
				if i%10 == 0 {
					c.Forget(id)
				}
			}
		})
	}
	wg.Wait()
}
