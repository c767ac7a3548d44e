package pebble

import (
	"fmt"
	"sync"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

// BenchmarkUpdate reads and writes a record of 256 bytes, one of 10,000, in each transaction.
func BenchmarkUpdate(b *testing.B) {
	drivers := map[string]func() store.Store{
		"mem":    mem.New,
		"pebble": func() store.Store { return mustOpen(b, b.TempDir()) },
	}
	for _, name := range []string{"mem", "pebble"} {
		for _, workers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, workers), func(b *testing.B) {
				s := drivers[name]()
				value := make([]byte, 256)
				err := s.Update(b.Context(), func(txn store.Txn) error {
					for i := range 10_000 {
						if err := txn.Set(benchKey(i), value); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for w := range workers {
					wg.Go(func() {
						for i := w; i < b.N; i += workers {
							if err := touch(b, s, benchKey(i*7919%10_000)); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func benchKey(i int) string { return store.Key("bench", "record", fmt.Sprintf("%08d", i)) }

func touch(b *testing.B, s store.Store, key string) error {
	return s.Update(b.Context(), func(txn store.Txn) error {
		v, err := txn.Get(key)
		if err != nil {
			return err
		}
		return txn.Set(key, v)
	})
}

func BenchmarkView(b *testing.B) {
	for name, s := range map[string]store.Store{"mem": mem.New(), "pebble": mustOpen(b, b.TempDir())} {
		key := benchKey(1)
		if err := s.Update(b.Context(), func(txn store.Txn) error { return txn.Set(key, make([]byte, 256)) }); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.View(b.Context(), func(r store.Reader) error { _, err := r.Get(key); return err }); err != nil {
					b.Fatal(err)
				}
			}
		})
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
