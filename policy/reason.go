package policy

import "strconv"

// ParseError says why a document is not a policy.
type ParseError struct {
	Kind   Kind
	Path   string // place in the document, such as Statement[0].Condition.StringLike; "" for the document itself
	Reason string // what AWS answers, where it is known
	Detail string // what exactly is wrong, in our words; "" if Reason says it
}

// Error returns the reason, the detail and the place.
func (e *ParseError) Error() string {
	text := e.Reason
	if e.Detail != "" {
		text += " " + e.Detail
	}
	if e.Path != "" {
		text += " (at " + e.Path + ")"
	}
	return text
}

// reasons holds the sentences in which one AWS service refuses a document.
type reasons struct {
	json, syntax, version                     string
	statements, sids, sidText                 string
	effect, actions, resources                string
	action, principal, principals             string
	notPrincipal, hasResource, hasNotResource string
}

const (
	vendorReason    = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	oneColonReason  = "Actions/Condition can contain only one colon."
	forbiddenPerson = "Policy document should not specify a principal."
	syntaxReason    = "Syntax errors in policy."
	invalidKeyUser  = "Policy contains a statement with one or more invalid principals."
	organisations   = "The provided policy document does not meet the requirements of the specified policy type."
)

// identityReasons are the answers of IAM and STS to identity and session policies.
var identityReasons = reasons{
	json:         syntaxReason,
	syntax:       syntaxReason,
	version:      syntaxReason,
	statements:   syntaxReason,
	sids:         "Statement IDs (SID) in a single policy must be unique.",
	sidText:      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
	effect:       syntaxReason,
	actions:      "Policy statement must contain actions.",
	resources:    "Policy statement must contain resources.",
	action:       vendorReason,
	principals:   forbiddenPerson,
	principal:    forbiddenPerson,
	notPrincipal: forbiddenPerson,
}

// trustReasons are the answers of IAM to trust policies, and of services to the policies of their resources.
var trustReasons = reasons{
	json:           "This policy contains invalid Json",
	syntax:         "Syntax error in policy.",
	version:        "The policy must contain a valid version string",
	statements:     "Could not parse the policy: Statement is empty!",
	sids:           "The Statement Ids in the policy are not unique",
	sidText:        "Syntax error in policy.",
	effect:         "Missing required field Effect",
	actions:        "Missing required field Action",
	resources:      "Missing required field Resource",
	action:         vendorReason,
	principals:     "Missing required field Principal",
	principal:      "Invalid principal in policy",
	notPrincipal:   "AssumeRole policy must not contain NotPrincipal field.",
	hasResource:    "Has prohibited field Resource",
	hasNotResource: "AssumeRole policy must not contain resources.",
}

// keyReasons are the answers of KMS to key policies.
var keyReasons = reasons{
	json:       syntaxReason,
	syntax:     syntaxReason,
	version:    syntaxReason,
	statements: syntaxReason,
	sids:       identityReasons.sids,
	sidText:    syntaxReason,
	effect:     syntaxReason,
	actions:    identityReasons.actions,
	resources:  identityReasons.resources,
	action:     vendorReason,
	principals: invalidKeyUser,
	principal:  invalidKeyUser,
}

// organisationReasons: AWS Organizations has one answer for every fault.
var organisationReasons = reasons{
	json: organisations, syntax: organisations, version: organisations,
	statements: organisations, sids: organisations, sidText: organisations,
	effect: organisations, actions: organisations, resources: organisations,
	action: organisations, principal: organisations, principals: organisations,
	notPrincipal: organisations,
}

// reasons returns the sentences for documents of kind k.
func (k Kind) reasons() *reasons {
	switch k {
	case SCP, RCP:
		return &organisationReasons
	case Trust, Resource:
		return &trustReasons
	case Key:
		return &keyReasons
	default:
		return &identityReasons
	}
}

// quote quotes a piece of a document for a message, shortened if it is long.
func quote(s string) string {
	const longest = 200
	if len(s) > longest {
		return strconv.Quote(s[:longest]) + "..."
	}
	return strconv.Quote(s)
}
