package kms

import (
	"context"
	"fmt"
	"time"

	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// loadKey makes a key of its record, for the cache.
func (s *Service) loadKey(_ context.Context, r store.Reader, path string) (*key, error) {
	p, err := placeOf(path, 2)
	if err != nil {
		return nil, err
	}
	record, err := get[keyRecord](r, path)
	if err != nil {
		return nil, err
	}
	compiled, err := policy.Parse(policy.Key, record.Policy)
	if err != nil {
		return nil, fmt.Errorf("kms: policy of %s: %w", p.arn(), err)
	}
	return &key{place: p, path: path, arn: p.arn(), record: *record, policy: compiled}, nil
}

// aliasTarget is where an alias points to.
type aliasTarget struct{ path string }

func (s *Service) loadAlias(_ context.Context, r store.Reader, path string) (aliasTarget, error) {
	p, err := placeOf(path, 2)
	if err != nil {
		return aliasTarget{}, err
	}
	record, err := get[aliasRecord](r, path)
	if err != nil {
		return aliasTarget{}, err
	}
	return aliasTarget{place{p.account, p.region, record.KeyID}.path()}, nil
}

// loadMaterial unwraps a backing key, for the cache.
func (s *Service) loadMaterial(_ context.Context, r store.Reader, path string) (*material, error) {
	record, err := get[materialRecord](r, path)
	if err != nil {
		return nil, err
	}
	opened, err := s.root.OpenMaterial(record.Sealed, []byte(path))
	if err != nil {
		return nil, fmt.Errorf("kms: material %q: %w", path, err)
	}
	return &material{Material: opened, id: record.ID}, nil
}

// keyAt gives a key that is not gone. The error is store.ErrNotFound if there is none.
func (s *Service) keyAt(ctx context.Context, path string, now time.Time) (*key, error) {
	k, err := s.keys.Get(ctx, path)
	if err != nil {
		return nil, err
	}
	if k.record.gone(now) {
		return nil, store.ErrNotFound
	}
	return k, nil
}
