package iam

import (
	"github.com/keyhold/keyhold/internal/store"
)

// rename gives a user or group another name or path and carries along what is kept under its name.
func rename(tx store.Txn, e *entity, name, path *string) error {
	if path != nil {
		if err := checkPath(*path); err != nil {
			return err
		}
		e.Path = *path
	}
	if name == nil || *name == e.Name {
		return nil
	}
	if err := checkName(string(e.Kind)+"Name", *name); err != nil {
		return err
	}
	old := *e
	e.Name = *name
	if fold(old.Name) != fold(e.Name) {
		switch taken, err := nameTaken(tx, e.Kind, e.Account, e.Name); {
		case err != nil:
			return err
		case taken:
			return entityExists(e.Kind, e.Name)
		}
		if err := dropName(tx, e, old.Name); err != nil {
			return err
		}
	}
	if err := putPlace(tx, e); err != nil {
		return err
	}
	if err := moveUses(tx, e, old.Name); err != nil {
		return err
	}
	if e.Kind == group {
		return moveMembers(tx, e, old.Name)
	}
	return moveUser(tx, e, old.Name)
}

// moveUses records the entity's new name with the policies it uses.
func moveUses(tx store.Txn, e *entity, oldName string) error {
	move := func(arn, how string) error {
		if err := dropUse(tx, use{e.Account, arn, how, e.Kind, oldName}); err != nil {
			return err
		}
		return putUse(tx, use{e.Account, arn, how, e.Kind, e.Name})
	}
	if e.Boundary != "" {
		if err := move(e.Boundary, asBoundary); err != nil {
			return err
		}
	}
	for _, arn := range e.Attached {
		if err := move(arn, asPermissions); err != nil {
			return err
		}
	}
	return nil
}

// moveUser records a user's new name with its access keys and groups.
func moveUser(tx store.Txn, e *entity, oldName string) error {
	for _, id := range e.AccessKeys {
		k, err := getAccessKey(tx, id)
		if err != nil {
			return err
		}
		k.UserName = e.Name
		if err := putAccessKey(tx, k); err != nil {
			return err
		}
	}
	for _, g := range e.Groups {
		if err := dropMember(tx, e.Account, g, oldName); err != nil {
			return err
		}
		if err := putMember(tx, e.Account, g, e.Name); err != nil {
			return err
		}
	}
	return nil
}

// moveMembers records a group's new name with its users.
func moveMembers(tx store.Txn, e *entity, oldName string) error {
	members, err := membersOf(tx, e.Account, oldName)
	if err != nil {
		return err
	}
	for _, m := range members {
		u, err := getEntity(tx, user, e.Account, m)
		if err != nil {
			return err
		}
		u.Groups = append(without(u.Groups, oldName), e.Name)
		if err := putEntity(tx, u); err != nil {
			return err
		}
		if err := dropMember(tx, e.Account, oldName, m); err != nil {
			return err
		}
		if err := putMember(tx, e.Account, e.Name, m); err != nil {
			return err
		}
	}
	return nil
}
