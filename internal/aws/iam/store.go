package iam

import (
	"errors"
	"fmt"
	"iter"

	"github.com/keyhold/keyhold/internal/store"
)

// The keys of the store. IAM is global: no key has a region.
//
//	iam KIND   account name               an entity; the name folded
//	iam policy account name               a managed policy with its versions; the name folded
//	iam use    account arn how kind name  an entity that uses a managed policy of that ARN
//	iam member account group user         a user in a group; names folded
//	iam key    id                         an access key
//	iam id     unique id                  the place of a role or user
func entityKey(k kind, account, name string) string {
	return store.Key("iam", string(k), account, fold(name))
}

func policyKey(account, name string) string { return store.Key("iam", "policy", account, fold(name)) }

func accessKeyKey(id string) string { return store.Key("iam", "key", id) }

func idKey(id string) string { return store.Key("iam", "id", id) }

func memberKey(account, groupName, userName string) string {
	return store.Key("iam", "member", account, fold(groupName), fold(userName))
}

func useKey(u use) string {
	return store.Key("iam", "use", u.account, u.arn, u.how, string(u.kind), fold(u.name))
}

// How a managed policy is used.
const (
	asPermissions = "PermissionsPolicy"
	asBoundary    = "PermissionsBoundary"
)

// use says that an entity of an account uses a managed policy.
type use struct {
	account, arn, how string
	kind              kind
	name              string
}

// place is where a unique id's role or user is.
type place struct {
	Kind          kind
	Account, Name string
}

// getEntity reads an entity. Its error is NoSuchEntity if there is none of exactly that name.
func getEntity(r store.Reader, k kind, account, name string) (*entity, error) {
	e, err := getJSON[entity](r, entityKey(k, account, name))
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Name != name {
		return nil, entityNotFound(k, name)
	}
	if err != nil {
		return nil, err
	}
	e.Kind, e.Account = k, account
	return e, nil
}

// nameTaken tells whether an entity has the name, in whatever case.
func nameTaken(r store.Reader, k kind, account, name string) (bool, error) {
	return has(r, entityKey(k, account, name))
}

// entities yields an account's entities of a kind in the order of their folded names, those after a name.
func entities(r store.Reader, k kind, account, after string) iter.Seq2[*entity, error] {
	return func(yield func(*entity, error) bool) {
		for e, err := range scanJSON[entity](r, after, "iam", string(k), account) {
			if err == nil {
				e.Kind, e.Account = k, account
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func putEntity(tx store.Txn, e *entity) error {
	return putJSON(tx, entityKey(e.Kind, e.Account, e.Name), e)
}

// putPlace records under which name the entity is.
func putPlace(tx store.Txn, e *entity) error {
	return putJSON(tx, idKey(e.ID), place{e.Kind, e.Account, e.Name})
}

// dropName frees a name that the entity no longer has.
func dropName(tx store.Txn, e *entity, name string) error {
	return tx.Delete(entityKey(e.Kind, e.Account, name))
}

func deleteEntity(tx store.Txn, e *entity) error {
	if err := dropBoundary(tx, e); err != nil {
		return err
	}
	if err := tx.Delete(idKey(e.ID)); err != nil {
		return err
	}
	return dropName(tx, e, e.Name)
}

// byID finds the role or user that has a unique id. Its error is NoSuchEntity if there is none.
func byID(r store.Reader, id string) (*entity, error) {
	at, err := getJSON[place](r, idKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, idNotFound(id)
	}
	if err != nil {
		return nil, err
	}
	return getEntity(r, at.Kind, at.Account, at.Name)
}

// getPolicy reads a customer managed policy. Its error is NoSuchEntity if there is none of exactly that name.
func getPolicy(r store.Reader, account, name string) (*managed, error) {
	m, err := getFolded(r, account, name)
	if err == nil && m.Name != name {
		return nil, noSuchPolicy(account, name)
	}
	return m, err
}

// getFolded reads a customer managed policy by its name in whatever case.
func getFolded(r store.Reader, account, name string) (*managed, error) {
	m, err := getJSON[managed](r, policyKey(account, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, noSuchPolicy(account, name)
	}
	if err != nil {
		return nil, err
	}
	m.Account = account
	return m, nil
}

// policies yields an account's customer managed policies in the order of their folded names, those after a name.
func policies(r store.Reader, account, after string) iter.Seq2[*managed, error] {
	return func(yield func(*managed, error) bool) {
		for m, err := range scanJSON[managed](r, after, "iam", "policy", account) {
			if err == nil {
				m.Account = account
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

func putPolicy(tx store.Txn, m *managed) error { return putJSON(tx, policyKey(m.Account, m.Name), m) }

func policyNameTaken(r store.Reader, account, name string) (bool, error) {
	return has(r, policyKey(account, name))
}

func deletePolicy(tx store.Txn, m *managed) error { return tx.Delete(policyKey(m.Account, m.Name)) }

// usesOf lists which entities of an account use a managed policy, and how.
func usesOf(r store.Reader, account, arn string) ([]use, error) {
	var uses []use
	from, to := store.Prefix("iam", "use", account, arn)
	for entry, err := range r.Scan(from, to) {
		if err != nil {
			return nil, err
		}
		parts, err := store.Split(entry.Key)
		if err != nil || len(parts) != 7 {
			return nil, fmt.Errorf("iam: key %q: %w", entry.Key, errors.Join(err, errMalformed))
		}
		uses = append(uses, use{account, arn, parts[4], kind(parts[5]), string(entry.Value)})
	}
	return uses, nil
}

// putUse records that an entity uses a policy; the value is the entity's name as it is written.
func putUse(tx store.Txn, u use) error { return tx.Set(useKey(u), []byte(u.name)) }

func dropUse(tx store.Txn, u use) error { return tx.Delete(useKey(u)) }

func putMember(tx store.Txn, account, groupName, userName string) error {
	return tx.Set(memberKey(account, groupName, userName), []byte(userName))
}

func dropMember(tx store.Txn, account, groupName, userName string) error {
	return tx.Delete(memberKey(account, groupName, userName))
}

// membersOf lists the names of a group's users.
func membersOf(r store.Reader, account, groupName string) ([]string, error) {
	var names []string
	from, to := store.Prefix("iam", "member", account, fold(groupName))
	for entry, err := range r.Scan(from, to) {
		if err != nil {
			return nil, err
		}
		names = append(names, string(entry.Value))
	}
	return names, nil
}

// getAccessKey reads an access key. Its error is NoSuchEntity if there is none.
func getAccessKey(r store.Reader, id string) (*accessKey, error) {
	k, err := getJSON[accessKey](r, accessKeyKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, accessKeyNotFound(id)
	}
	return k, err
}

func putAccessKey(tx store.Txn, k *accessKey) error { return putJSON(tx, accessKeyKey(k.ID), k) }

func deleteAccessKey(tx store.Txn, id string) error { return tx.Delete(accessKeyKey(id)) }
