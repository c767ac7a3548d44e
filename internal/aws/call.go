package aws

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyhold/keyhold/policy"
)

// Call is one call of an operation on its way through the door.
type Call struct {
	RequestID string
	Service   string
	Operation string
	Region    string // the region that the call is for
	Time      time.Time
	Caller    *Caller
	SourceIP  netip.Addr // zero for calls from inside
	UserAgent string
	Secure    bool // the call came over TLS, or from inside

	// SourceARN and SourceAccount are set where a service calls for a resource of its own.
	SourceARN, SourceAccount string

	checks   []Check
	inline   [1]Check // room for the usual check without an allocation
	public   bool
	policies policy.Set // that decide on the checks; here without an allocation of its own
	notes    []Note
}

// Note is a remark for the audit record.
type Note struct{ Key, Value string }

// Account is the caller's account.
func (c *Call) Account() string { return c.Caller.Account }

// ARN is the ARN of a resource of the caller's account in the call's region.
func (c *Call) ARN(resource string) string {
	return ARN{Partition, c.Service, c.Region, c.Account(), resource}.String()
}

// Require asks the door for a permission. See Do.
func (c *Call) Require(check Check) {
	if c.checks == nil {
		c.checks = c.inline[:0]
	}
	if check.Account == "" {
		check.Account = c.Account()
	}
	check.call = c
	c.checks = append(c.checks, check)
}

// Context gives the values of condition keys as the decision of a check will see them.
func (c *Call) Context(check Check) policy.Context {
	check.call = c
	return &check
}

// Public says that the operation needs no permission. See Do.
func (c *Call) Public() { c.public = true }

// Target is what the i-th required permission was for.
func (c *Call) Target(i int) any { return c.checks[i].Target }

// Checks are the permissions that the call required.
func (c *Call) Checks() []Check { return c.checks }

// Note adds a remark to the call's audit record.
func (c *Call) Note(key, value string) { c.notes = append(c.notes, Note{key, value}) }

// Notes are the remarks for the audit record.
func (c *Call) Notes() []Note { return c.notes }

// Lookup implements policy.Context: the service's keys first, then the global ones.
func (k *Check) Lookup(key string) (policy.Values, bool) {
	if !strings.HasPrefix(key, "aws:") || strings.HasPrefix(key, "aws:requesttag/") || strings.HasPrefix(key, "aws:resourcetag/") || key == "aws:tagkeys" {
		if k.Keys == nil {
			return policy.Values{}, false
		}
		return k.Keys.Lookup(key)
	}
	if key == "aws:resourceaccount" {
		return present(k.Account)
	}
	return k.call.lookup(key)
}

// lookup gives the value of a global condition key.
func (c *Call) lookup(key string) (policy.Values, bool) {
	who := c.Caller
	switch key {
	case "aws:principalarn":
		if who.Kind == policy.RoleSession {
			return present(who.Issuer)
		}
		if who.Kind == policy.Service {
			return policy.Values{}, false
		}
		return present(who.ARN)
	case "aws:principalaccount":
		return present(who.Account)
	case "aws:principaltype":
		return present(principalType(who.Kind))
	case "aws:userid":
		return present(who.UserID)
	case "aws:username":
		return present(who.UserName)
	case "aws:sourceidentity":
		return present(who.SourceIdentity)
	case "aws:tokenissuetime":
		if !who.Temporary() {
			return policy.Values{}, false
		}
		return policy.One(who.IssuedAt.UTC().Format(time.RFC3339)), true
	case "aws:multifactorauthpresent":
		if !who.Temporary() {
			return policy.Values{}, false
		}
		return policy.One(strconv.FormatBool(who.MFA)), true
	case "aws:currenttime":
		return policy.One(c.Time.UTC().Format(time.RFC3339)), true
	case "aws:epochtime":
		return policy.One(strconv.FormatInt(c.Time.Unix(), 10)), true
	case "aws:securetransport":
		return policy.One(strconv.FormatBool(c.Secure)), true
	case "aws:requestedregion":
		return present(c.Region)
	case "aws:useragent":
		return present(c.UserAgent)
	case "aws:sourceip":
		if !c.SourceIP.IsValid() {
			return policy.Values{}, false
		}
		return policy.One(c.SourceIP.String()), true
	case "aws:sourcearn":
		return present(c.SourceARN)
	case "aws:sourceaccount":
		return present(c.SourceAccount)
	case "aws:viaawsservice":
		return policy.One("false"), true
	case "aws:principalisawsservice":
		return policy.One(strconv.FormatBool(who.Kind == policy.Service)), true
	case "aws:principalservicename":
		if who.Kind != policy.Service {
			return policy.Values{}, false
		}
		return policy.One(who.ARN), true
	}
	if tag, ok := strings.CutPrefix(key, "aws:principaltag/"); ok {
		return Folded(who.Tags, tag)
	}
	return policy.Values{}, false
}

// Folded looks a name up in lower case, as condition keys name tags and encryption contexts: without regard to case. Names
// that differ in case alone give several values, by which no Allow matches and any Deny can.
func Folded(m map[string]string, lower string) (policy.Values, bool) {
	var one string
	var several []string
	n := 0
	for k, v := range m {
		if !strings.EqualFold(k, lower) {
			continue
		}
		if n++; n == 1 {
			one = v
			continue
		}
		several = append(several, v)
	}
	if n < 2 {
		return policy.One(one), n == 1
	}
	several = append(several, one)
	slices.Sort(several)
	return policy.List(several...), true
}

func present(v string) (policy.Values, bool) { return policy.One(v), v != "" }

// principalType is the value of aws:PrincipalType.
func principalType(k policy.PrincipalKind) string {
	switch k {
	case policy.Root:
		return "Account"
	case policy.User:
		return "User"
	case policy.RoleSession:
		return "AssumedRole"
	case policy.FederatedUser:
		return "FederatedUser"
	case policy.Service:
		return "Service"
	}
	return "Anonymous"
}
