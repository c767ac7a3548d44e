package kms

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/keyhold/keyhold/internal/seal"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/mem"
)

// After Close no backing key in memory encrypts any more, be it current or old. Before, one that leaves a cache still does,
// since others may hold it.
func TestClose(t *testing.T) {
	ctx := context.Background()
	s := New(Deps{Store: store.Observe(mem.New()), Root: seal.Generate(), Log: slog.New(slog.DiscardHandler)})
	at := place{"111122223333", "eu-central-1", newKeyID()}
	err := s.db.Update(ctx, func(txn store.Txn) error {
		r := &keyRecord{Version: recordVersion, Policy: defaultPolicy(at.account), State: stateEnabled}
		for range 2 {
			if _, err := s.rotate(txn, at, r, rotatedOnDemand, time.Now()); err != nil {
				return err
			}
		}
		return setKey(txn, at, r, time.Time{})
	})
	if err != nil {
		t.Fatal(err)
	}
	load := func() (old, current *material) {
		k, err := s.keyAt(ctx, at.path(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if old, err = s.materialOf(ctx, k, 1); err != nil {
			t.Fatal(err)
		}
		if current, err = s.materialOf(ctx, k, 2); err != nil {
			t.Fatal(err)
		}
		return old, current
	}
	old, current := load()
	s.keys.Clear()
	s.materials.Clear()
	for _, m := range []*material{old, current} {
		if _, err := m.Encrypt(nil, []byte("x"), nil); err != nil {
			t.Errorf("evicted: %v", err)
		}
	}
	old, current = load()
	s.Close()
	for _, m := range []*material{old, current} {
		if _, err := m.Encrypt(nil, []byte("x"), nil); !errors.Is(err, seal.ErrWiped) {
			t.Errorf("after Close: %v", err)
		}
	}
}
