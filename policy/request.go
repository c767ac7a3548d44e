package policy

// PrincipalKind says what sort of caller a Principal is.
type PrincipalKind uint8

// The kinds of caller.
const (
	Anonymous     PrincipalKind = iota // unsigned request
	Root                               // root user of an account
	User                               // IAM user
	RoleSession                        // session of an assumed role
	FederatedUser                      // session made by GetFederationToken
	Service                            // AWS service, such as sqs.amazonaws.com
)

// Principal is the caller of a request.
type Principal struct {
	Kind    PrincipalKind
	Account string // 12 digits; empty for Anonymous and Service
	ARN     string // as sts:GetCallerIdentity shows it; the service's name for Service
	Issuer  string // RoleSession: ARN of the role with its path; FederatedUser: ARN of the federating user
	ID      string // unique id of the user or role (AIDA…, AROA…); trust and key policies may hold it in place of an ARN
}

// Values is what a request holds for one condition key.
type Values struct {
	One   string   // the value, unless Multi
	Many  []string // the values, if Multi; may be empty
	Multi bool     // whether the key is multivalued
}

// One makes the value of a single-valued key.
func One(v string) Values { return Values{One: v} }

// List makes the values of a multivalued key.
func List(vs ...string) Values { return Values{Many: vs, Multi: true} }

// Context answers for the condition keys of one request.
type Context interface {
	// Lookup returns the value of key, and whether the request has it. The key is in lower case, as in
	// "kms:requestalias" and "aws:principaltag/team".
	Lookup(key string) (Values, bool)
}

// Request is one call to be decided.
type Request struct {
	Principal *Principal
	Action    string  // "kms:Decrypt"; letter case does not matter
	Resource  string  // ARN of the resource, or "*" for operations without one
	Account   string  // 12 digits: the account that owns the resource
	Context   Context // nil: no condition key has a value
}
