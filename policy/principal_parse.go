package policy

import "strings"

func (p *parser) principalElement(path string, e *elements, s *Statement) *ParseError {
	if !p.kind.hasPrincipal() {
		if e.principal != nil || e.notPrincipal != nil {
			return p.fail(path, p.reasons.principals, "")
		}
		return nil
	}
	n, name := e.principal, "Principal"
	if e.notPrincipal != nil {
		if fail := p.checkNotPrincipal(path, e, s); fail != nil {
			return fail
		}
		n, name = e.notPrincipal, "NotPrincipal"
	}
	path += "." + name
	if n == nil {
		return p.fail(path, p.reasons.principals, "the statement has no principal")
	}
	s.principals = &principals{except: name == "NotPrincipal"}
	if p.kind == RCP && !s.deny && !isFullAccess(e) {
		return p.fail(path, p.reasons.effect, "a resource control policy may only deny, save for the one that allows everything")
	}
	if n.kind == stringNode && n.text == "*" {
		s.principals.everyone = true
		return nil
	}
	return p.principalMap(path, n, s.principals)
}

// isFullAccess reports whether a statement is the one of RCPFullAWSAccess.
func isFullAccess(e *elements) bool {
	star := func(n *node) bool {
		texts, ok := []string(nil), false
		if n != nil {
			texts, ok = n.strings(false)
		}
		return ok && len(texts) == 1 && texts[0] == "*"
	}
	return star(e.principal) && star(e.action) && star(e.resource) && e.condition == nil
}

func (p *parser) checkNotPrincipal(path string, e *elements, s *Statement) *ParseError {
	switch {
	case e.principal != nil:
		return p.fail(path, p.reasons.syntax, "a statement cannot have both Principal and NotPrincipal")
	case p.kind == Trust && !s.deny:
		return p.fail(path, "Allow with NotPrincipal is not allowed.", "")
	case p.kind == Trust || p.kind == RCP:
		return p.fail(path, p.reasons.notPrincipal, "")
	}
	return nil
}

func (p *parser) principalMap(path string, n *node, into *principals) *ParseError {
	switch {
	case n.kind != objectNode:
		return p.fail(path, p.reasons.principal, `it must be "*" or an object`)
	case len(n.members) == 0:
		return p.fail(path, p.emptyPrincipal(), "it is empty")
	}
	for i := range n.members {
		m := &n.members[i]
		names, ok := m.value.strings(false)
		if !ok || len(names) == 0 {
			return p.fail(path+"."+m.name, p.reasons.principal, "it must be a string or a list of strings")
		}
		for _, name := range names {
			if !p.principal(m.name, name, into) {
				return p.fail(path+"."+m.name, p.invalidPrincipal(m.name, name), "")
			}
		}
	}
	return nil
}

func (p *parser) emptyPrincipal() string {
	if p.reasons == &trustReasons {
		return "Missing required field Principal cannot be empty!"
	}
	return p.reasons.principal
}

func (p *parser) invalidPrincipal(kind, name string) string {
	if p.reasons == &trustReasons {
		return p.reasons.principal + ": " + quote(kind) + ":" + quote(name)
	}
	return p.reasons.principal
}

// principal adds one principal, or returns false if it is malformed or of a kind that this policy cannot name.
func (p *parser) principal(kind, name string, into *principals) bool {
	switch {
	case p.kind == RCP:
		into.everyone = true
		return kind == "AWS" && name == "*"
	case kind == "AWS":
		return into.addAWS(name)
	case kind == "Service":
		into.services = append(into.services, name)
		return isServiceName(name)
	case kind == "Federated":
		return p.kind != Key && isProvider(name)
	case kind == "CanonicalUser":
		return p.kind == Resource && len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
	default:
		return false
	}
}

func (n *principals) addAWS(name string) bool {
	switch {
	case name == "*":
		n.everyone = true
	case isAccount(name):
		n.accounts = append(n.accounts, name)
	case isUniqueID(name):
		n.ids = append(n.ids, name)
	default:
		return n.addARN(name)
	}
	return true
}

func (n *principals) addARN(arn string) bool {
	parts := strings.Split(arn, ":")
	if len(parts) != arnParts || parts[0] != "arn" || !isPartition(parts[1]) || parts[3] != "" {
		return false
	}
	service, account, resource := parts[2], parts[4], parts[5]
	switch {
	case service == "iam" && account == "cloudfront":
		// An origin access identity of CloudFront: well formed, and no caller here.
		return strings.HasPrefix(resource, "user/CloudFront Origin Access Identity ") && !strings.ContainsAny(resource, "*?")
	case !isAccount(account):
		return false
	case service == "iam" && resource == "root":
		n.accounts = append(n.accounts, account)
		return true
	}
	n.arns = append(n.arns, arn)
	kind, path, _ := strings.Cut(resource, "/")
	names := strings.Count(path, "/") + 1
	switch service + ":" + kind {
	case "iam:user", "iam:role":
		return isPath(path)
	case "sts:assumed-role":
		return names == 2 && isPath(path)
	case "sts:federated-user":
		return names == 1 && isPath(path)
	default:
		return false
	}
}

// isPath reports whether s is a name of IAM with the path before it: parts that are not empty.
func isPath(s string) bool {
	return consistsOf(s, "/+=,.@-_") && !strings.Contains("/"+s+"/", "//")
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func isPartition(s string) bool {
	return s == "aws" || strings.HasPrefix(s, "aws-") && consistsOf(s, "-")
}

// isUniqueID reports whether s is the id of a user or a role, which stands in a policy for a principal's ARN.
func isUniqueID(s string) bool {
	if !strings.HasPrefix(s, "AIDA") && !strings.HasPrefix(s, "AROA") {
		return false
	}
	return len(s) >= 16 && len(s) <= 128 && consistsOf(s, "") && strings.ToUpper(s) == s
}

func isServiceName(s string) bool {
	if !consistsOf(s, "-.") || strings.HasPrefix(s, ".") {
		return false
	}
	for _, suffix := range []string{".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal"} {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}

// isProvider reports whether s names an identity provider: its domain, or the ARN of a SAML or OpenID Connect provider.
func isProvider(s string) bool {
	if !strings.HasPrefix(s, "arn:") {
		return consistsOf(s, "-.") && strings.Contains(s, ".")
	}
	parts := strings.SplitN(s, ":", arnParts)
	return len(parts) == arnParts && isPartition(parts[1]) && parts[2] == "iam" && parts[3] == "" && isAccount(parts[4]) &&
		(strings.HasPrefix(parts[5], "saml-provider/") || strings.HasPrefix(parts[5], "oidc-provider/")) &&
		!strings.ContainsAny(parts[5], "*? ")
}
