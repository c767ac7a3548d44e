package kms

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/policy"
)

// access is what a call asks of one key, and the condition keys that go with it. It is the Target of the call's check, so
// that an operation works on the very key that was authorised.
type access struct {
	service *Service
	ctx     context.Context // of the call, for what is only loaded when a condition asks for it
	call    *aws.Call
	key     *key // nil: the call names no key, or one that is not there

	unnamed   bool              // the key was found from the ciphertext
	alias     string            // kms:RequestAlias: as sent
	algorithm string            // kms:EncryptionAlgorithm
	context   map[string]string // kms:EncryptionContext
	tags      map[string]string // aws:RequestTag, aws:TagKeys; nil: the operation has none
	tagKeys   []string          // aws:TagKeys of an operation that names keys only
	values    map[string]string // further condition keys, in lower case

	aliases       []string // kms:ResourceAliases, once loaded
	aliasesLoaded bool
	err           error // what went wrong in a Lookup: a call that was let in fails with it
}

const (
	contextKeyPrefix  = "kms:encryptioncontext:"
	requestTagPrefix  = "aws:requesttag/"
	resourceTagPrefix = "aws:resourcetag/"
)

// Lookup implements policy.Context.
func (a *access) Lookup(name string) (policy.Values, bool) {
	switch name {
	case "kms:calleraccount":
		return present(a.call.Account())
	case "kms:requestalias":
		return present(a.alias)
	case "kms:encryptionalgorithm":
		return present(a.algorithm)
	case "kms:encryptioncontextkeys":
		return many(slices.Sorted(maps.Keys(a.context)))
	case "aws:tagkeys":
		return many(append(slices.Sorted(maps.Keys(a.tags)), a.tagKeys...))
	}
	if lower, ok := strings.CutPrefix(name, contextKeyPrefix); ok {
		return aws.Folded(a.context, lower)
	}
	if lower, ok := strings.CutPrefix(name, requestTagPrefix); ok {
		return aws.Folded(a.tags, lower)
	}
	if v, ok := a.values[name]; ok {
		return policy.One(v), true
	}
	if a.key == nil {
		return policy.Values{}, false
	}
	return a.resource(name)
}

// resource gives the condition keys of the key itself.
func (a *access) resource(name string) (policy.Values, bool) {
	switch name {
	case "kms:keyspec", "kms:customermasterkeyspec":
		return policy.One(symmetricDefault), true
	case "kms:keyusage", "kms:customermasterkeyusage":
		return policy.One(encryptDecrypt), true
	case "kms:keyorigin":
		return policy.One(originKMS), true
	case "kms:multiregion":
		return policy.One("false"), true
	case "kms:resourcealiases":
		return many(a.loadAliases())
	}
	if lower, ok := strings.CutPrefix(name, resourceTagPrefix); ok {
		return aws.Folded(a.key.record.Tags, lower)
	}
	return policy.Values{}, false
}

func (a *access) loadAliases() []string {
	if a.aliasesLoaded || a.err != nil {
		return a.aliases
	}
	err := a.service.db.View(a.ctx, func(r store.Reader) (err error) {
		a.aliases, err = aliasesOf(r, a.key.place)
		return err
	})
	if err != nil {
		a.err = fmt.Errorf("aliases of %s: %w", a.key.arn, err)
	}
	a.aliasesLoaded = err == nil
	return a.aliases
}

func present(v string) (policy.Values, bool) { return policy.One(v), v != "" }

func many(vs []string) (policy.Values, bool) { return policy.List(vs...), len(vs) > 0 }

// newAccess begins an access of a call.
func (s *Service) newAccess(ctx context.Context, c *aws.Call) *access {
	return &access{service: s, ctx: ctx, call: c}
}

// value sets a further condition key, by its name in lower case.
func (a *access) value(name, v string) *access {
	if a.values == nil {
		a.values = make(map[string]string, 2)
	}
	a.values[name] = v
	return a
}

func (a *access) number(name string, n int) *access { return a.value(name, strconv.Itoa(n)) }

// find finds the key that id names. Only operations that use a key take an alias for it.
//
// A key of another account that is not there is no error: require has it denied, in the words in which a key that is there is
// denied.
func (a *access) find(id string, aliasAllowed bool) (identifier, error) {
	named, err := parseIdentifier(a.call, id)
	if err != nil {
		return named, err
	}
	if named.alias != "" && !aliasAllowed {
		return named, aliasNotSupported()
	}
	a.alias = named.alias
	return named, a.findNamed(named)
}

// findNamed finds the key that a call names.
func (a *access) findNamed(named identifier) (err error) {
	a.key, err = a.service.lookup(a.ctx, a.call, named)
	switch {
	case !isNotFound(err):
		return err
	case named.account != a.call.Account():
		return nil
	case named.alias != "":
		return aliasNotFound(named.arn(a.call.Region))
	}
	return keyNotFound(named.arn(a.call.Region))
}

// lookup gives the key that is named.
func (s *Service) lookup(ctx context.Context, c *aws.Call, named identifier) (*key, error) {
	p := named.place(c.Region)
	if named.alias == "" {
		return s.keyAt(ctx, p.path(), c.Time)
	}
	target, err := s.aliases.Get(ctx, p.aliasPath(named.alias))
	if err != nil {
		return nil, err
	}
	return s.keyAt(ctx, target.path, c.Time)
}

// require asks for a permission on the key. named is what find was told.
//
// A key that does not let another account in is as good as not there: were the caller's own policies held against its ARN,
// tags and aliases, then the words of the denial would tell of them.
func (a *access) require(action string, named identifier) error {
	check := aws.Check{Action: action, Account: named.account, Keys: a, Target: a}
	foreign := named.account != a.call.Account()
	switch {
	case a.unnamed:
		check.Name, check.Opaque = "the resource associated with this ciphertext", true
	case foreign:
		check.Name = "resource: " + named.arn(a.call.Region) // which key an alias points to is not another account's business
	}
	if foreign && a.key != nil && !a.letsIn(check) {
		a.key = nil
	}
	if a.key != nil {
		check.Resource, check.Policy = a.key.arn, a.key.policy
		a.call.Require(check)
		return nil
	}
	// The account's default policy allows nothing to another account.
	compiled, err := policy.Parse(policy.Key, defaultPolicy(named.account))
	if err != nil {
		return err
	}
	check.Resource, check.Policy = named.arn(a.call.Region), compiled
	a.call.Require(check)
	return nil
}

// letsIn tells whether the key's policy grants a permission to a caller whose own policies would allow it.
func (a *access) letsIn(check aws.Check) bool {
	req := policy.Request{
		Principal: &a.call.Caller.Principal, Action: check.Action, Resource: a.key.arn, Account: check.Account, Context: a.call.Context(check),
	}
	set := policy.Set{Resource: a.key.policy, Identity: []*policy.Policy{everything}}
	return policy.Evaluate(&req, &set).Effect == policy.Allow
}

// authorized gives the access that the i-th check of a call was for, once the door has let the call in.
func authorized(c *aws.Call, i int) (*access, error) {
	a, ok := c.Target(i).(*access)
	if !ok || a.key == nil {
		return nil, fmt.Errorf("kms: check %d of %s was for no key", i, c.Operation)
	}
	return a, a.err
}
