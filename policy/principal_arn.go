package policy

import (
	"errors"
	"strings"
)

// ParsePrincipal makes the Principal that an ARN stands for: an account's root user, a user, a federated user, or a role
// session. A role's own ARN makes a session of that role without a name. A service's name makes a service, and "*" an
// anonymous caller.
//
// An ARN does not tell all: a session's Issuer is taken to have no path, a federated user has no Issuer, and nobody an ID.
func ParsePrincipal(arn string) (*Principal, error) {
	switch {
	case arn == "*":
		return &Principal{Kind: Anonymous}, nil
	case isServiceName(arn):
		return &Principal{Kind: Service, ARN: arn}, nil
	}
	var named principals
	if !named.addARN(arn) || len(named.arns)+len(named.accounts) != 1 {
		return nil, errors.New("policy: " + quote(arn) + " is not the ARN of a principal")
	}
	parts := strings.SplitN(arn, ":", arnParts)
	p := &Principal{Account: parts[4], ARN: arn}
	kind, name, _ := strings.Cut(parts[5], "/")
	switch kind {
	case "root":
		p.Kind = Root
	case "user":
		p.Kind = User
	case "federated-user":
		p.Kind = FederatedUser
	case "role":
		p.Kind, p.Issuer = RoleSession, arn
	case "assumed-role":
		role, _, _ := strings.Cut(name, "/")
		p.Kind, p.Issuer = RoleSession, "arn:"+parts[1]+":iam::"+parts[4]+":role/"+role
	}
	return p, nil
}
