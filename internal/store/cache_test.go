package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
	"github.com/keyhold/keyhold/internal/store/storetest"
)

func write(t testing.TB, s store.Store, entries ...string) {
	t.Helper()
	err := s.Update(t.Context(), func(txn store.Txn) error {
		for _, e := range entries {
			key, value, _ := strings.Cut(e, "=")
			if err := txn.Set(key, []byte(value)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// counted is a load function that says how often it ran.
type counted struct{ loads atomic.Int64 }

func (c *counted) load(_ context.Context, r store.Reader, key string) (string, error) {
	c.loads.Add(1)
	v, err := r.Get(key)
	return string(v), err
}

func get(t testing.TB, c *store.Cache[string], key, want string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || got != want {
		t.Errorf("Get(%q) = %q, %v, want %q", key, got, err, want)
	}
}

func TestCacheReadsThrough(t *testing.T) {
	s := store.Observe(mem.New())
	var n counted
	c := store.NewCache(s, "user/", 10, n.load)
	write(t, s, "user/ann=1", "user/bob=1")
	for range 3 {
		get(t, c, "user/ann", "1")
	}
	write(t, s, "user/bob=2", "other/ann=2")
	get(t, c, "user/ann", "1")
	if n.loads.Load() != 1 {
		t.Errorf("%d loads, want 1", n.loads.Load())
	}
	write(t, s, "user/ann=2")
	get(t, c, "user/ann", "2")
	get(t, c, "user/bob", "2")
	c.Clear()
	get(t, c, "user/ann", "2")
	if n.loads.Load() != 4 {
		t.Errorf("%d loads, want 4", n.loads.Load())
	}
}

func TestCacheKeepsNoError(t *testing.T) {
	s := store.Observe(mem.New())
	var n counted
	c := store.NewCache(s, "", 10, n.load)
	for range 2 {
		if v, err := c.Get(t.Context(), "ann"); !errors.Is(err, store.ErrNotFound) || v != "" {
			t.Errorf("Get of nothing = %q, %v", v, err)
		}
	}
	write(t, s, "ann=1")
	get(t, c, "ann", "1")
	err := s.Update(t.Context(), func(txn store.Txn) error { return txn.Delete("ann") })
	if _, getErr := c.Get(t.Context(), "ann"); err != nil || !errors.Is(getErr, store.ErrNotFound) {
		t.Errorf("Get of what was deleted: %v, %v", err, getErr)
	}
	if n.loads.Load() != 4 {
		t.Errorf("%d loads, want 4", n.loads.Load())
	}
}

// A user's value is made of the user's record and those of its policies.
func TestCacheOfSeveralRecords(t *testing.T) {
	s := store.Observe(mem.New())
	c := store.NewCache(s, "", 10, func(_ context.Context, r store.Reader, name string) (string, error) {
		var all []string
		from, to := store.Prefix("policy", name)
		for e, err := range r.Scan(from, to) {
			if err != nil {
				return "", err
			}
			all = append(all, string(e.Value))
		}
		return strings.Join(all, "+"), nil
	})
	c.InvalidateOn(store.Key("policy"), func(written string) (string, bool) {
		parts, err := store.Split(written)
		if err != nil || len(parts) < 2 {
			return "", false
		}
		return parts[1], true
	})
	write(t, s, store.Key("policy", "ann", "1")+"=read", store.Key("policy", "bob", "1")+"=list")
	get(t, c, "ann", "read")
	get(t, c, "bob", "list")
	write(t, s, store.Key("policy", "ann", "2")+"=write")
	get(t, c, "ann", "read+write")
	get(t, c, "bob", "list")
}

// Whatever comes of an Update, what it may have written is not in the cache afterwards.
func TestCacheAfterUncertainCommit(t *testing.T) {
	uncertain := errors.New("connection lost")
	inner := mem.New()
	s := store.Observe(lossy{inner, uncertain})
	var n counted
	c := store.NewCache(s, "", 10, n.load)
	write(t, inner, "ann=1")
	get(t, c, "ann", "1")
	err := s.Update(t.Context(), func(txn store.Txn) error { return txn.Set("ann", []byte("2")) })
	if !errors.Is(err, uncertain) {
		t.Fatalf("Update: %v", err)
	}
	get(t, c, "ann", "2")
	get(t, c, "ann", "2")
	if n.loads.Load() != 2 {
		t.Errorf("%d loads, want 2", n.loads.Load())
	}
}

// lossy commits and then returns an error.
type lossy struct {
	store.Store
	err error
}

func (l lossy) Update(ctx context.Context, fn func(store.Txn) error) error {
	return errors.Join(l.Store.Update(ctx, fn), l.err)
}

// A value that was loaded while its record changed must not be kept, wherever the load was when it changed.
func TestCacheKeepsNoStaleLoad(t *testing.T) {
	inner := mem.New()
	s := store.Observe(inner)
	write(t, s, "ann=1")
	var during func()
	c := store.NewCache(s, "", 10, func(_ context.Context, r store.Reader, key string) (string, error) {
		v, err := r.Get(key)
		if run := during; run != nil {
			during = nil
			run()
		}
		return string(v), err
	})
	during = func() { write(t, s, "ann=2") }
	get(t, c, "ann", "1") // the load began before the change, and may give what was before
	get(t, c, "ann", "2")

	during = c.Clear
	c.Clear()
	get(t, c, "ann", "2")
	write(t, inner, "ann=2, unobserved")
	get(t, c, "ann", "2, unobserved") // Clear came while the last was loaded
	write(t, inner, "ann=2")

	// Here the Update is between the end of its function and its commit, then behind its commit.
	behind := store.Observe(stopping{s, func() { get(t, c, "ann", "2") }, func() { get(t, c, "ann", "3") }})
	c = store.NewCache(behind, "", 10, func(_ context.Context, r store.Reader, key string) (string, error) {
		v, err := r.Get(key)
		return string(v), err
	})
	get(t, c, "ann", "2")
	write(t, behind, "ann=3")
	get(t, c, "ann", "3")
}

// stopping calls before and after around the commit of an Update.
type stopping struct {
	store.Store
	before, after func()
}

func (s stopping) Update(ctx context.Context, fn func(store.Txn) error) error {
	err := s.Store.Update(ctx, func(txn store.Txn) error {
		err := fn(txn)
		s.before()
		return err
	})
	s.after()
	return err
}

func TestCacheIsBounded(t *testing.T) {
	for _, max := range []int{1, 2, 31, 32, 100, 1000, 5000} {
		s := store.Observe(mem.New())
		held := make(map[string]bool) // what was cached and not yet evicted
		var twice []string
		var n counted
		c := store.NewCache(s, "", max, func(_ context.Context, _ store.Reader, key string) (string, error) {
			n.loads.Add(1)
			held[key] = true
			return key, nil
		}, store.OnEvict(func(v string) {
			if !held[v] {
				twice = append(twice, v)
			}
			delete(held, v)
		}))
		for i := range 3 * max {
			get(t, c, strconv.Itoa(i), strconv.Itoa(i))
			if len(held) > max {
				t.Fatalf("a cache of %d holds %d", max, len(held))
			}
		}
		if len(held) < max/2 {
			t.Errorf("a cache of %d holds %d after %d values", max, len(held), 3*max)
		}
		c.Clear()
		if len(held) != 0 || len(twice) != 0 {
			t.Errorf("after Clear %d values have not left, and %q left twice", len(held), twice)
		}
	}
}

// Two loads of one key at once leave one value, and no second that would never be evicted.
func TestCacheLoadedTwice(t *testing.T) {
	s := store.Observe(mem.New())
	var c *store.Cache[int]
	loads, evicted := 0, 0
	c = store.NewCache(s, "", 10, func(ctx context.Context, _ store.Reader, key string) (int, error) {
		loads++
		if loads == 1 {
			return c.Get(ctx, key)
		}
		return loads, nil
	}, store.OnEvict(func(int) { evicted++ }))
	for range 2 {
		if v, err := c.Get(t.Context(), "k"); v != 2 || err != nil {
			t.Errorf("Get = %d, %v", v, err)
		}
	}
	if c.Clear(); loads != 2 || evicted != 1 {
		t.Errorf("%d loads, %d values evicted, want 2 and 1", loads, evicted)
	}
}

// What is used stays, while what is used once passes through.
func TestCacheKeepsWhatIsUsed(t *testing.T) {
	s := store.Observe(mem.New())
	var n counted
	c := store.NewCache(s, "", 256, func(ctx context.Context, _ store.Reader, key string) (string, error) {
		if strings.HasPrefix(key, "hot") {
			n.loads.Add(1)
		}
		return key, nil
	})
	const rounds = 2000
	for i := range rounds {
		for hot := range 8 {
			key := fmt.Sprint("hot", hot)
			get(t, c, key, key)
		}
		cold := fmt.Sprint("cold", i)
		get(t, c, cold, cold)
	}
	if loads := n.loads.Load(); loads > 16 {
		t.Errorf("%d loads of 8 hot keys in %d rounds", loads, rounds)
	}
}

// Many goroutines read and write counters; no reader may see less than was acknowledged before it asked.
func TestCacheIsNeverBehind(t *testing.T) {
	s := store.Observe(mem.New())
	const keys, workers, rounds = 4, 8, 300
	var acknowledged [keys]atomic.Int64
	c := store.NewCache(s, "", 2, func(_ context.Context, r store.Reader, key string) (int64, error) {
		v, err := r.Get(key)
		if errors.Is(err, store.ErrNotFound) {
			return 0, nil
		}
		n, _ := strconv.ParseInt(string(v), 10, 64)
		return n, err
	})
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				k := (w + i) % keys
				key := strconv.Itoa(k)
				least := acknowledged[k].Load()
				if n, err := c.Get(t.Context(), key); err != nil || n < least {
					t.Errorf("Get = %d, %v, acknowledged before: %d", n, err, least)
				}
				if i%3 != 0 {
					continue
				}
				var sum int64
				err := s.Update(t.Context(), func(txn store.Txn) error {
					v, err := txn.Get(key)
					if err != nil && !errors.Is(err, store.ErrNotFound) {
						return err
					}
					sum, _ = strconv.ParseInt(string(v), 10, 64)
					sum++
					return txn.Set(key, strconv.AppendInt(nil, sum, 10))
				})
				if err != nil {
					t.Error(err)
				}
				for now := acknowledged[k].Load(); now < sum && !acknowledged[k].CompareAndSwap(now, sum); {
					now = acknowledged[k].Load()
				}
			}
		})
	}
	wg.Wait()
}

func TestObservedIsAStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return store.Observe(mem.New()) })
}

func BenchmarkCacheHit(b *testing.B) {
	s := store.Observe(mem.New())
	c := store.NewCache(s, "", 10_000, func(_ context.Context, _ store.Reader, key string) (*string, error) { return &key, nil })
	names := make([]string, 1000)
	for i := range names {
		names[i] = store.Key("iam", "accesskey", fmt.Sprintf("AKIA%016d", i))
		c.Get(b.Context(), names[i])
	}
	ctx := context.Background()
	b.Run("one goroutine", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := c.Get(ctx, names[i%len(names)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if _, err := c.Get(ctx, names[i%len(names)]); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("parallel, one key", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := c.Get(ctx, names[0]); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
