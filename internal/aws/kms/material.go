package kms

import (
	"context"
	"time"

	"github.com/keyhold/keyhold/internal/store"
)

// currentMaterial gives the backing key that a key encrypts with. It is opened once for as long as the key is held in
// memory.
func (s *Service) currentMaterial(ctx context.Context, k *key) (*material, error) {
	if m := k.current.Load(); m != nil {
		return m, nil
	}
	var m *material
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		m, err = s.loadMaterial(ctx, r, k.materialPath(k.record.Material))
		return err
	})
	if err != nil {
		return nil, err
	}
	k.current.Store(m)
	return m, nil
}

// materialOf gives a version of a key's backing key. The error is store.ErrNotFound if the key has no such version.
func (s *Service) materialOf(ctx context.Context, k *key, version uint32) (*material, error) {
	if version == k.record.Material {
		return s.currentMaterial(ctx, k)
	}
	return s.materials.Get(ctx, k.materialPath(version))
}

// settled gives a key as it is once what is due has happened: the same key, rotated if its date has come.
func (s *Service) settled(ctx context.Context, k *key, now time.Time) (*key, error) {
	if !k.record.rotationDue(now) {
		return k, nil
	}
	if err := s.change(ctx, k, now, func(store.Txn, *keyRecord) error { return nil }); err != nil {
		return nil, err
	}
	fresh, err := s.keyAt(ctx, k.path, now)
	if isNotFound(err) {
		return nil, keyNotFound(k.arn)
	}
	return fresh, err
}
