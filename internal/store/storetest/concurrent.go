package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
)

// together runs n goroutines and waits for them.
func together(n int, run func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { run(i) })
	}
	wg.Wait()
}

// number reads key as a decimal number; no value is 0.
func number(r store.Reader, key string) (int, error) {
	v, err := r.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

// increment adds one to key and returns the sum.
func increment(t *testing.T, s store.Store, key string) (sum int) {
	err := s.Update(t.Context(), func(txn store.Txn) error {
		n, err := number(txn, key)
		if err != nil {
			return err
		}
		sum = n + 1
		return txn.Set(key, strconv.AppendInt(nil, int64(sum), 10))
	})
	if err != nil {
		t.Errorf("Update: %v", err)
	}
	return sum
}

func testCounter(t *testing.T, s store.Store) {
	const workers, rounds = 32, 50
	seen := make([]atomic.Bool, workers*rounds+1)
	together(workers, func(int) {
		for range rounds {
			if sum := increment(t, s, "n"); seen[sum].Swap(true) {
				t.Errorf("two increments gave %d", sum)
			}
		}
	})
	want(t, s, fmt.Sprintf(`"n"="%d"`, workers*rounds))
}

// testTransfers moves money between accounts while others add up the accounts, by Scan and by Get.
func testTransfers(t *testing.T, s store.Store) {
	const accounts, each = 8, 100
	account := func(i int) string { return fmt.Sprintf("account %d", i) }
	update(t, s, func(txn store.Txn) error {
		var errs []error
		for i := range accounts {
			errs = append(errs, txn.Set(account(i), strconv.AppendInt(nil, each, 10)))
		}
		return errors.Join(errs...)
	})
	add := func(r store.Reader, byKey bool) (sum int, err error) {
		if byKey {
			for i := range accounts {
				n, err := number(r, account(i))
				if err != nil {
					return 0, err
				}
				sum += n
			}
			return sum, nil
		}
		for e, err := range r.Scan("account", "b") {
			if err != nil {
				return 0, err
			}
			n, err := strconv.Atoi(string(e.Value))
			if err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	}
	move := func(txn store.Txn, from, to string, amount int) error {
		a, errA := number(txn, from)
		b, errB := number(txn, to)
		return errors.Join(errA, errB, txn.Set(from, strconv.AppendInt(nil, int64(a-amount), 10)),
			txn.Set(to, strconv.AppendInt(nil, int64(b+amount), 10)))
	}
	together(8, func(worker int) {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		for range 60 {
			from, to := random.IntN(accounts), random.IntN(accounts)
			if from == to {
				continue
			}
			err := s.Update(t.Context(), func(txn store.Txn) error { return move(txn, account(from), account(to), 1+from) })
			if err != nil {
				t.Errorf("Update: %v", err)
			}
			err = s.View(t.Context(), func(r store.Reader) error {
				sum, err := add(r, to%2 == 0)
				if err == nil && sum != accounts*each {
					err = fmt.Errorf("the accounts hold %d, want %d", sum, accounts*each)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// testRealTime checks that whoever begins after a transaction was acknowledged sees it: on two counters, an Update of
// one reads the other, and no reader may see less than what was acknowledged before it began, or more than what had
// begun when it ended.
func testRealTime(t *testing.T, s store.Store) {
	const workers, rounds = 8, 60
	keys := [2]string{"x", "y"}
	var begun, acknowledged [2]atomic.Int64
	raise := func(a *atomic.Int64, to int64) {
		for now := a.Load(); now < to && !a.CompareAndSwap(now, to); now = a.Load() {
		}
	}
	look := func(k int, within func() (int, error)) error {
		least := acknowledged[k].Load()
		n, err := within()
		if most := begun[k].Load(); err == nil && (int64(n) < least || int64(n) > most) {
			err = fmt.Errorf("saw %s at %d, acknowledged before %d, begun %d", keys[k], n, least, most)
		}
		return err
	}
	together(workers, func(worker int) {
		own, other := worker%2, 1-worker%2
		for range rounds {
			begun[own].Add(1)
			raise(&acknowledged[own], int64(increment(t, s, keys[own])))
			err := look(other, func() (n int, err error) {
				err = s.Update(t.Context(), func(txn store.Txn) (err error) {
					n, err = number(txn, keys[other])
					return errors.Join(err, txn.Set(fmt.Sprintf("worker %d", worker), nil))
				})
				return n, err
			})
			if err != nil {
				t.Error(err)
			}
			err = look(own, func() (n int, err error) {
				err = s.View(t.Context(), func(r store.Reader) (err error) { n, err = number(r, keys[own]); return err })
				return n, err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}
