package kms

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/keyhold/keyhold/internal/store"
)

// Why a key's material was made.
const (
	rotatedByDate   = "AUTOMATIC"
	rotatedOnDemand = "ON_DEMAND"
)

// change changes the record of a key in a transaction, after what its dates say has happened. It fails if the key is gone. fn
// may run more than once.
func (s *Service) change(ctx context.Context, k *key, now time.Time, fn func(t store.Txn, r *keyRecord) error) error {
	return s.db.Update(ctx, func(t store.Txn) error {
		r, err := get[keyRecord](t, k.path)
		if isNotFound(err) || err == nil && r.gone(now) {
			return keyNotFound(k.arn)
		}
		if err != nil {
			return err
		}
		before := r.due()
		if err := s.rotateIfDue(t, k.place, r, now); err != nil {
			return err
		}
		if err := fn(t, r); err != nil {
			return err
		}
		return setKey(t, k.place, r, before)
	})
}

// setKey writes a key's record and the entry of when it is due next. before is when it was due.
func setKey(t store.Txn, p place, r *keyRecord, before time.Time) error {
	if after := r.due(); !after.Equal(before) {
		if !before.IsZero() {
			if err := t.Delete(p.duePath(before)); err != nil {
				return err
			}
		}
		if !after.IsZero() {
			if err := t.Set(p.duePath(after), nil); err != nil {
				return err
			}
		}
	}
	return set(t, p.path(), r)
}

// rotateIfDue rotates a key whose date has come. Dates that were missed count as one.
func (s *Service) rotateIfDue(t store.Txn, p place, r *keyRecord, now time.Time) error {
	if !r.rotationDue(now) {
		return nil
	}
	if _, err := s.rotate(t, p, r, rotatedByDate, now); err != nil {
		return err
	}
	for !now.Before(r.NextRotation) {
		r.NextRotation = r.NextRotation.Add(days(r.RotationDays))
	}
	return nil
}

func (r *keyRecord) rotationDue(now time.Time) bool {
	return r.State == stateEnabled && r.RotationDays > 0 && !now.Before(r.NextRotation)
}

// rotate gives a key new material and returns its id. It does not write the key's record.
func (s *Service) rotate(t store.Txn, p place, r *keyRecord, reason string, now time.Time) (id string, err error) {
	r.Material++
	path := p.materialPath(r.Material)
	made, sealed, err := s.root.NewMaterial([]byte(path))
	if err != nil {
		return "", err
	}
	made.Wipe() // whoever needs it opens it
	id = newMaterialID()
	return id, set(t, path, materialRecord{Version: recordVersion, ID: id, Sealed: sealed, Created: now, Reason: reason})
}

// purge removes all that is left of a key: its aliases, its material, its record.
func purge(t store.Txn, p place, r *keyRecord) error {
	names, err := aliasesOf(t, p)
	if err != nil {
		return err
	}
	paths := []string{p.path()}
	if due := r.due(); !due.IsZero() {
		paths = append(paths, p.duePath(due))
	}
	for _, name := range names {
		paths = append(paths, p.aliasPath(name), p.aliasOfPath(name))
	}
	for version := uint32(1); version <= r.Material; version++ {
		paths = append(paths, p.materialPath(version))
	}
	for _, path := range paths {
		if err := t.Delete(path); err != nil {
			return err
		}
	}
	return nil
}

// aliasesOf lists the names of a key's aliases in order.
func aliasesOf(r store.Reader, p place) ([]string, error) {
	var names []string
	for e, err := range r.Scan(store.Prefix(p.aliases()...)) {
		if err != nil {
			return nil, err
		}
		parts, err := store.Split(e.Key)
		if err != nil {
			return nil, err
		}
		names = append(names, parts[len(parts)-1])
	}
	return names, nil
}

func newMaterialID() string {
	var id [32]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

func days[N int32 | int](n N) time.Duration { return time.Duration(n) * 24 * time.Hour }
