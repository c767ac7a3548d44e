package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/store"
)

// bindTrust gives a trust policy the form in which it is stored (see bindPrincipals). What does not exist is refused.
func bindTrust(r store.Reader, document string) (string, error) {
	bound, err := bindPrincipals(r, document)
	var unknown unknownPrincipal
	if errors.As(err, &unknown) {
		return "", invalidPrincipal(string(unknown))
	}
	return bound, err
}

// BindPrincipals gives the policy of another service's resource the form in which it is to be stored: each role or user
// that it names stands by its unique id, so that what it allows does not pass to another of the same name. ok is false if
// one of them does not exist.
func (s *Service) BindPrincipals(r store.Reader, document string) (bound string, ok bool, err error) {
	bound, err = bindPrincipals(r, document)
	var unknown unknownPrincipal
	if errors.As(err, &unknown) {
		return "", false, nil
	}
	return bound, err == nil, err
}

// unknownPrincipal is the error of a policy that names a role or user that does not exist.
type unknownPrincipal string

// Error implements error.
func (u unknownPrincipal) Error() string { return "iam: there is no principal " + string(u) }

// bindPrincipals replaces the roles and users that a policy names by their unique ids, and accounts by their ARNs. Its error
// is an unknownPrincipal if one of them does not exist.
func bindPrincipals(r store.Reader, document string) (string, error) {
	return mapPrincipals(document, func(principal string) (string, error) {
		if aws.IsAccount(principal) {
			return aws.RootUser(principal).ARN, nil
		}
		bound, err := bind(r, principal)
		if isNotFound(err) {
			return "", unknownPrincipal(principal)
		}
		return bound, err
	})
}

// bind is the unique id of the role or user that a principal names; other principals stay as they are. Its error is
// NoSuchEntity if there is no such role or user.
func bind(r store.Reader, principal string) (string, error) {
	if strings.HasPrefix(principal, roleID) || strings.HasPrefix(principal, userID) {
		_, err := byID(r, principal)
		return principal, err
	}
	a, err := aws.ParseARN(principal)
	if err != nil {
		return principal, nil // "*"
	}
	what, path, _ := strings.Cut(a.Resource, "/")
	switch a.Service + ":" + what {
	case "iam:role", "iam:user":
		name := path[strings.LastIndexByte(path, '/')+1:]
		e, err := getEntity(r, kind(what), a.Account, name)
		if err != nil {
			return "", err
		}
		if e.arn() != principal {
			return "", entityNotFound(kind(what), name)
		}
		return e.ID, nil
	case "sts:assumed-role":
		name, _, _ := strings.Cut(path, "/")
		_, err := getEntity(r, role, a.Account, name)
		return principal, err
	}
	return principal, nil
}

// showTrust gives a stored trust policy the form in which it is shown.
func (s *Service) showTrust(ctx context.Context, document string) (shown string, err error) {
	err = s.store.View(ctx, func(r store.Reader) error {
		shown, err = s.ShowPrincipals(r, document)
		return err
	})
	return shown, err
}

// ShowPrincipals gives a policy that BindPrincipals made the form in which it is shown: ids of roles and users that live
// become ARNs.
func (s *Service) ShowPrincipals(r store.Reader, document string) (string, error) {
	return mapPrincipals(document, func(principal string) (string, error) {
		if !strings.HasPrefix(principal, roleID) && !strings.HasPrefix(principal, userID) {
			return principal, nil
		}
		e, err := byID(r, principal)
		if isNotFound(err) {
			return principal, nil
		}
		if err != nil {
			return "", err
		}
		return e.arn(), nil
	})
}

// mapPrincipals replaces the AWS principals of a policy that was parsed before. All else stays as it is written.
func mapPrincipals(document string, replace func(string) (string, error)) (string, error) {
	w := principalWalk{document: document, tokens: json.NewDecoder(strings.NewReader(document)), replace: replace}
	if err := w.value(inDocument); err != nil {
		return "", err
	}
	w.out.WriteString(document[w.copied:])
	return w.out.String(), nil
}

// principalWalk goes through a document and copies it.
type principalWalk struct {
	document string
	tokens   *json.Decoder
	replace  func(string) (string, error)
	out      strings.Builder
	copied   int64 // how much of the document is in out
}

// spot is where in a document a value stands.
type spot uint8

const (
	elsewhere spot = iota
	inDocument
	inStatement
	inPrincipal
	inAWS
)

// member is the spot of an object's member; lists stand where their elements do.
func (at spot) member(name string) spot {
	switch {
	case at == inDocument && strings.EqualFold(name, "Statement"):
		return inStatement
	case at == inStatement && (strings.EqualFold(name, "Principal") || strings.EqualFold(name, "NotPrincipal")):
		return inPrincipal
	case at == inPrincipal && strings.EqualFold(name, "AWS"):
		return inAWS
	}
	return elsewhere
}

func (w *principalWalk) value(at spot) error {
	before := w.tokens.InputOffset()
	token, err := w.tokens.Token()
	if err != nil {
		return fmt.Errorf("iam: principals of a policy: %w", err)
	}
	switch t := token.(type) {
	case json.Delim:
		return w.members(t, at)
	case string:
		if at == inAWS {
			return w.principal(before, t)
		}
	}
	return nil
}

// members walks through an object or list up to its end.
func (w *principalWalk) members(open json.Delim, at spot) error {
	for w.tokens.More() {
		inside := at
		if open == '{' {
			name, err := w.tokens.Token()
			if err != nil {
				return fmt.Errorf("iam: principals of a policy: %w", err)
			}
			inside = at.member(name.(string))
		}
		if err := w.value(inside); err != nil {
			return err
		}
	}
	_, err := w.tokens.Token()
	return err
}

// principal replaces the string that ends at the walk's place and begins after before.
func (w *principalWalk) principal(before int64, old string) error {
	replaced, err := w.replace(old)
	if err != nil || replaced == old {
		return err
	}
	quoted, err := json.Marshal(replaced)
	if err != nil {
		return err
	}
	start := before + int64(strings.IndexByte(w.document[before:], '"'))
	w.out.WriteString(w.document[w.copied:start])
	w.out.Write(quoted)
	w.copied = w.tokens.InputOffset()
	return nil
}
