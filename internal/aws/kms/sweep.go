package kms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keyhold/keyhold/internal/store"
)

// sweepBatch is how many keys are looked up at a time.
const sweepBatch = 256

// Sweep removes the keys whose deletion date has passed, with their aliases and material, and rotates those that are due. A key
// that it fails on does not keep it from the others.
func (s *Service) Sweep(ctx context.Context) error {
	now := time.Now()
	var failed []error
	for after := ""; ; {
		paths, err := s.dueBefore(ctx, after, now)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, path := range paths {
			if err := s.sweep(ctx, path, now); err != nil {
				failed = append(failed, err)
			}
		}
		if len(paths) < sweepBatch {
			return errors.Join(failed...)
		}
		after = paths[len(paths)-1]
	}
}

// dueBefore lists due entries up to now that come after the given one, the earliest first.
func (s *Service) dueBefore(ctx context.Context, after string, now time.Time) ([]string, error) {
	var paths []string
	from, to := dueUntil(now, after)
	err := s.db.View(ctx, func(r store.Reader) error {
		for e, err := range r.Scan(from, to) {
			if err != nil {
				return err
			}
			if paths = append(paths, e.Key); len(paths) == sweepBatch {
				return nil
			}
		}
		return nil
	})
	return paths, err
}

// sweep does what is due for the key of a due entry.
func (s *Service) sweep(ctx context.Context, path string, now time.Time) error {
	p, err := placeOf(path, 3)
	if err != nil {
		return err
	}
	var done string
	err = s.db.Update(ctx, func(t store.Txn) error {
		r, err := get[keyRecord](t, p.path())
		if isNotFound(err) || err == nil && p.duePath(r.due()) != path {
			done = "date changed"
			return t.Delete(path)
		}
		if err != nil {
			return err
		}
		if r.gone(now) {
			done = "deleted"
			return purge(t, p, r)
		}
		done = "rotated"
		before := r.due()
		if err := s.rotateIfDue(t, p, r, now); err != nil {
			return err
		}
		return setKey(t, p, r, before)
	})
	if err != nil {
		return fmt.Errorf("kms: sweep of %s: %w", p.arn(), err)
	}
	s.log.InfoContext(ctx, "KMS key swept", "key", p.arn(), "outcome", done)
	return nil
}
