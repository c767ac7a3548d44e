package server

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/keyhold/keyhold/internal/aws/iam"
	"github.com/keyhold/keyhold/internal/store"
)

// Reset empties everything but the seeded scene, which it puts back as it was made, and the credentials: sessions of the
// seeded roles stay good. It waits for changes of tenants that are under way and is one transaction, so that whatever
// comes after it finds nothing of what was before.
func (s *Server) Reset(ctx context.Context) error {
	s.tenants.Lock()
	defer s.tenants.Unlock()
	return s.store.Update(ctx, func(tx store.Txn) error {
		for e, err := range state(tx) {
			if err != nil {
				return err
			}
			if err := tx.Delete(e.Key); err != nil {
				return err
			}
		}
		b, err := tx.Get(metaKey("scene"))
		if err != nil {
			return fmt.Errorf("the seeded scene: %w", err)
		}
		var scene seeded
		if err := json.Unmarshal(b, &scene); err != nil {
			return fmt.Errorf("the seeded scene: %w", err)
		}
		for k, v := range scene.Image {
			if err := tx.Set(k, v); err != nil {
				return err
			}
		}
		within := iam.New(store.Observe(txnStore{tx}), s.root)
		return within.ImportAccessKey(ctx, s.cfg.CentralAccount, adminUser, s.admin.AccessKeyID, s.admin.SecretAccessKey)
	})
}

// state is everything but the server's own records.
func state(r store.Reader) iter.Seq2[store.Entry, error] {
	meta, metaEnd := store.Prefix("meta")
	return func(yield func(store.Entry, error) bool) {
		for _, part := range [][2]string{{"", meta}, {metaEnd, ""}} {
			for e, err := range r.Scan(part[0], part[1]) {
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

// image is a copy of the state.
func image(r store.Reader) (map[string][]byte, error) {
	all := map[string][]byte{}
	for e, err := range state(r) {
		if err != nil {
			return nil, err
		}
		all[e.Key] = e.Value
	}
	return all, nil
}

// txnStore lets a service work within a transaction that is open. It implements store.Store.
type txnStore struct{ tx store.Txn }

// View implements store.Store.
func (s txnStore) View(_ context.Context, fn func(store.Reader) error) error { return fn(s.tx) }

// Update implements store.Store.
func (s txnStore) Update(_ context.Context, fn func(store.Txn) error) error { return fn(s.tx) }

// Close implements store.Store. The transaction is not its own.
func (s txnStore) Close() error { return nil }
