// Package policy is the AWS policy language: it parses policy documents, decides requests under them and explains the
// decisions. It imports nothing but the standard library.
//
//	p, err := policy.Parse(policy.Identity, document)
//	d := policy.Evaluate(&policy.Request{
//		Principal: &policy.Principal{Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/Ana"},
//		Action:    "kms:Decrypt",
//		Resource:  "arn:aws:kms:eu-west-1:111122223333:key/1234",
//		Account:   "111122223333",
//	}, &policy.Set{Identity: []*policy.Policy{p}, Resource: keyPolicy})
//	if d.Effect != policy.Allow { ... }
//
// # How a decision is made
//
// A matching Deny in any policy that applies wins. Without one the request needs an allow from every level of the
// principal's service control policies (SCP), and then what follows. Resource control policies (RCP) only deny: AWS attaches
// one that allows everything to every level, and accepts no other that allows.
//
//   - In one account, an allow by the identity policies, or by the resource's policy if that names the principal. Role
//     trust policies and KMS key policies must allow themselves: by naming the principal, or by naming the account,
//     which delegates to the account's identity policies.
//   - Across accounts, an allow by the resource's policy and one by the principal's own side. On KMS keys only the
//     operations that AWS documents for cross-account use can be allowed.
//   - Session policies and permissions boundaries limit what identity policies and grants to a role's ARN allow. They do
//     not limit, in one account, a grant to a session's own ARN, to a user's own ARN or to "*". A boundary limits
//     role assumption even so.
//   - Services and anonymous callers have no policies of their own: the resource's policy must name them, or "*".
//   - The root user may do everything in its own account that no policy denies, except what a key policy or a trust
//     policy does not allow.
//   - sts:GetCallerIdentity needs no permission and cannot be denied. Resource control policies leave kms:RetireGrant alone.
//
// Service control policies do not bind an organisation's management account or service-linked roles; the caller of this
// package leaves them out of the Set. Grants of KMS keys are not part of the language and are the caller's business.
//
// # Where AWS is silent
//
// What AWS does not document is decided so that nothing more is allowed: an uncertain Allow does not match, an
// uncertain Deny does.
//
//   - A condition that meets a value it cannot read (a date operator on "soon", an ARN operator on what is no ARN) is
//     uncertain.
//   - A multivalued key under an operator without ForAllValues or ForAnyValue is uncertain, unless no value of the request
//     would satisfy the operator: then it is false.
//   - NotResource with a policy variable that has no value is uncertain.
//   - A policy variable of a multivalued key has no value, and takes no default.
//   - NotPrincipal with Deny exempts a principal only if each of its forms is listed: the account, the user or role, and the
//     session. It exempts nobody who has a permissions boundary. NotPrincipal with Allow grants as a role's ARN would: session
//     policies and boundaries limit it.
//   - A grant to "*" reaches a federated user as one to the federating user's ARN would: session policies and boundaries limit
//     it.
//   - A value that holds "*" or "?", in the request or put in for a policy variable, is literal text.
//   - A "*" in the first five parts of a resource ARN crosses a colon only where it ends its part, and "?" never does.
//   - An ARN in Resource with fewer than six parts is completed with wildcards, as AWS says. If its own wildcards could also
//     run on, both readings are uncertain. Session policies cannot have one.
//   - If Request.Account is empty and the resource has a policy, the resource is taken to be in another account.
//   - An empty level of service control policies allows nothing.
//   - Binary condition values are base64 text, in the policy and in the request.
//   - "ForAnyValue:...IfExists" is true if the key is missing, as IfExists says.
//   - Null takes a key whose only value is the empty string for missing, as ForAllValues does.
//
// # Limits
//
// A document has at most 100,000 bytes and 12 levels of nesting. The size limits of each AWS service are smaller, and the
// services' to check. Principals of kind Federated and CanonicalUser parse but match no caller: a Principal of this package
// is never one of them.
package policy
