package main

import (
	"fmt"
	"strings"

	"github.com/keyhold/keyhold/policy"
)

// scenarioContext holds the condition keys of a scenario, in lower case.
type scenarioContext map[string]policy.Values

// Lookup returns the value of key.
func (c scenarioContext) Lookup(key string) (policy.Values, bool) {
	v, ok := c[key]
	return v, ok
}

// contextOf returns the scenario's condition keys, and those that follow from its principal where the scenario does not
// give them. It completes the principal with what the keys tell of it.
func (s *scenario) contextOf(p *policy.Principal) (scenarioContext, error) {
	ctx := scenarioContext{}
	for key, value := range s.Context {
		lower := strings.ToLower(key)
		if _, twice := ctx[lower]; twice {
			return nil, fmt.Errorf("the context key %q is given twice", lower)
		}
		ctx[lower] = policy.Values(value)
	}
	if arn, ok := ctx["aws:principalarn"]; ok && p.Kind == policy.RoleSession && strings.Contains(arn.One, ":role/") {
		p.Issuer = arn.One
	}
	for key, value := range derivedKeys(p) {
		if _, given := ctx[key]; !given {
			ctx[key] = policy.One(value)
		}
	}
	return ctx, nil
}

// derivedKeys returns the global condition keys that follow from a principal.
func derivedKeys(p *policy.Principal) map[string]string {
	switch p.Kind {
	case policy.Anonymous:
		return map[string]string{"aws:principaltype": "Anonymous", "aws:principalisawsservice": "false"}
	case policy.Service:
		return map[string]string{"aws:principalisawsservice": "true", "aws:principalservicename": p.ARN}
	}
	keys := map[string]string{
		"aws:principalarn":          p.ARN,
		"aws:principalaccount":      p.Account,
		"aws:principalisawsservice": "false",
	}
	switch p.Kind {
	case policy.Root:
		keys["aws:principaltype"] = "Account"
	case policy.User:
		keys["aws:principaltype"] = "User"
		keys["aws:username"] = p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	case policy.RoleSession:
		keys["aws:principaltype"] = "AssumedRole"
		keys["aws:principalarn"] = p.Issuer
	case policy.FederatedUser:
		keys["aws:principaltype"] = "FederatedUser"
	}
	return keys
}
