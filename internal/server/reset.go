package server

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/keyhold/keyhold/internal/store"
)

// Reset empties everything but the seeded scene, which it puts back as it was made, and the credentials: sessions of the
// seeded roles stay good. It is one transaction.
func (s *Server) Reset(ctx context.Context) error {
	meta, metaEnd := store.Prefix("meta")
	err := s.store.Update(ctx, func(tx store.Txn) error {
		if err := deleteRange(tx, "", meta); err != nil {
			return err
		}
		if err := deleteRange(tx, metaEnd, "\xff"); err != nil {
			return err
		}
		b, err := tx.Get(metaKey("scene", s.cfg.CentralAccount, s.cfg.ServiceAccount))
		if err != nil {
			return fmt.Errorf("the seeded scene: %w", err)
		}
		var image map[string][]byte
		if err := json.Unmarshal(b, &image); err != nil {
			return fmt.Errorf("the seeded scene: %w", err)
		}
		for k, v := range image {
			if err := tx.Set(k, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.ensureAdminKey(ctx)
}

func deleteRange(tx store.Txn, from, to string) error {
	for e, err := range tx.Scan(from, to) {
		if err != nil {
			return err
		}
		if err := tx.Delete(e.Key); err != nil {
			return err
		}
	}
	return nil
}
