package kms

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/store"
)

// The keys of the store. All but due entries begin with account and region after their kind.
//
//	kms key      account region id            a keyRecord
//	kms material account region id version    a materialRecord; the version in 8 digits
//	kms alias    account region name          an aliasRecord; the name begins with alias/
//	kms aliasof  account region id name       no value: the key's aliases
//	kms due      time account region id       no value: when the key is to be deleted or rotated, in 15 digits of ms
const drawer = "kms"

// place is where a key lives.
type place struct{ account, region, id string }

func (p place) arn() string {
	return aws.ARN{Partition: aws.Partition, Service: drawer, Region: p.region, Account: p.account, Resource: "key/" + p.id}.String()
}

func (p place) path() string { return store.Key(drawer, "key", p.account, p.region, p.id) }

func (p place) materialPath(version uint32) string {
	return store.Key(drawer, "material", p.account, p.region, p.id, fmt.Sprintf("%08d", version))
}

func (p place) aliasPath(name string) string {
	return store.Key(drawer, "alias", p.account, p.region, name)
}

func (p place) aliasOfPath(name string) string {
	return store.Key(drawer, "aliasof", p.account, p.region, p.id, name)
}

func (p place) duePath(at time.Time) string {
	return store.Key(drawer, "due", fmt.Sprintf("%015d", at.UnixMilli()), p.account, p.region, p.id)
}

// With what the keys of a list's entries begin.
func keysOf(account, region string) []string { return []string{drawer, "key", account, region} }

func aliasesOfAccount(account, region string) []string {
	return []string{drawer, "alias", account, region}
}

func (p place) aliases() []string { return []string{drawer, "aliasof", p.account, p.region, p.id} }

func (p place) materials() []string { return []string{drawer, "material", p.account, p.region, p.id} }

// dueUntil bounds the due entries up to now that come after the given one, if it is not empty.
func dueUntil(now time.Time, after string) (from, to string) {
	from, _ = store.Prefix(drawer, "due")
	if after != "" {
		from = after + "\x00"
	}
	_, to = store.Prefix(drawer, "due", fmt.Sprintf("%015d", now.UnixMilli()))
	return from, to
}

// placeOf reads the place from the key of one of its entries whose parts before it are skip.
func placeOf(path string, skip int) (place, error) {
	parts, err := store.Split(path)
	if err != nil {
		return place{}, err
	}
	if len(parts) < skip+3 {
		return place{}, fmt.Errorf("kms: entry %q names no key", path)
	}
	return place{parts[skip], parts[skip+1], parts[skip+2]}, nil
}

// recordVersion is the version of the records' form. Fields may be added under it.
const recordVersion = 1

// The states of a key, by AWS's names.
const (
	stateEnabled         = "Enabled"
	stateDisabled        = "Disabled"
	statePendingDeletion = "PendingDeletion"
)

// keyRecord is a key without its material.
type keyRecord struct {
	Version      int               `json:"v"`
	Created      time.Time         `json:"created"`
	Description  string            `json:"description,omitempty"`
	Policy       string            `json:"policy"`
	Tags         map[string]string `json:"tags,omitempty"`
	State        string            `json:"state"`
	Deletion     time.Time         `json:"deletion,omitzero"` // only while pending deletion
	Material     uint32            `json:"material"`          // the current version, from 1
	RotationDays int32             `json:"rotationDays,omitempty"`
	NextRotation time.Time         `json:"nextRotation,omitzero"` // only while RotationDays is not 0
	OnDemand     int               `json:"onDemand,omitempty"`    // rotations on demand so far
}

// materialRecord is one version of a key's backing key.
type materialRecord struct {
	Version int       `json:"v"`
	ID      string    `json:"id"`     // KeyMaterialId: 64 hexadecimal digits
	Sealed  []byte    `json:"sealed"` // by seal.Root.NewMaterial; its associated data is the entry's key
	Created time.Time `json:"created"`
	Reason  string    `json:"reason,omitempty"` // AUTOMATIC or ON_DEMAND; empty for the first
}

// aliasRecord is what an alias points to.
type aliasRecord struct {
	Version int       `json:"v"`
	KeyID   string    `json:"key"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// gone tells whether the key's deletion date has passed.
func (r *keyRecord) gone(now time.Time) bool {
	return r.State == statePendingDeletion && !now.Before(r.Deletion)
}

// due is when the key is to be deleted or rotated; zero: never.
func (r *keyRecord) due() time.Time {
	switch {
	case r.State == statePendingDeletion:
		return r.Deletion
	case r.State == stateEnabled && r.RotationDays > 0:
		return r.NextRotation
	}
	return time.Time{}
}

// get reads a record. Its error is store.ErrNotFound if there is none.
func get[R any](r store.Reader, path string) (*R, error) {
	value, err := r.Get(path)
	if err != nil {
		return nil, err
	}
	return decode[R](path, value)
}

func decode[R any](path string, value []byte) (*R, error) {
	record := new(R)
	if err := json.Unmarshal(value, record); err != nil {
		return nil, fmt.Errorf("kms: record %q: %w", path, err)
	}
	return record, nil
}

func set(t store.Txn, path string, record any) error {
	value, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("kms: record %q: %w", path, err)
	}
	return t.Set(path, value)
}

// isNotFound tells whether err says that a record does not exist.
func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
