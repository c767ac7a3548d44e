package sts

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/policy"
)

const (
	minDuration     = 15 * time.Minute
	maxDuration     = 12 * time.Hour
	defaultDuration = time.Hour
	maxChained      = time.Hour // of a session that another session made

	maxPolicy     = 2048 // characters of session policies, inline and ARNs together
	maxPolicyARNs = 10
)

// request is what AssumeRole was asked for.
type request struct {
	roleARN     aws.ARN
	role        *aws.Role
	sessionName string
	duration    time.Duration
	externalID  string

	policy         string // inline session policy; empty if there is none
	policyARNs     []string
	passed         tags     // tags in the request
	tags           tags     // passed and inherited
	transitive     []string // keys of tags that sessions made by this one will inherit
	newTransitive  []string // those of them that are in the request
	sourceIdentity string   // in the request, or the caller's
}

// read checks an input for all that can be checked without knowing the role.
func read(who *aws.Caller, in *stsapi.AssumeRoleInput) (*request, error) {
	r := &request{sessionName: value(in.RoleSessionName), externalID: value(in.ExternalId)}
	for _, step := range []func(*aws.Caller, *stsapi.AssumeRoleInput) error{
		refuse, r.readRole, r.readDuration, r.readPolicies, r.readTags, r.readSourceIdentity,
	} {
		if err := step(who, in); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// refuse refuses by name what is not supported.
func refuse(_ *aws.Caller, in *stsapi.AssumeRoleInput) error {
	switch {
	case in.SerialNumber != nil:
		return notSupported("SerialNumber")
	case in.TokenCode != nil:
		return notSupported("TokenCode")
	case len(in.ProvidedContexts) > 0:
		return notSupported("ProvidedContexts")
	}
	return nil
}

func (r *request) readRole(_ *aws.Caller, in *stsapi.AssumeRoleInput) (err error) {
	arn := value(in.RoleArn)
	r.roleARN, err = aws.ParseARN(arn)
	a := r.roleARN
	if err != nil || a.Partition != aws.Partition || a.Service != "iam" || a.Region != "" || !aws.IsAccount(a.Account) ||
		!strings.HasPrefix(a.Resource, "role/") || r.roleName() == "" {
		return invalidRoleARN(arn)
	}
	return checkWord("roleSessionName", r.sessionName)
}

// roleName is the role's name without its path.
func (r *request) roleName() string {
	return r.roleARN.Resource[strings.LastIndexByte(r.roleARN.Resource, '/')+1:]
}

func (r *request) readDuration(who *aws.Caller, in *stsapi.AssumeRoleInput) error {
	r.duration = defaultDuration
	if in.DurationSeconds != nil {
		r.duration = time.Duration(*in.DurationSeconds) * time.Second
	}
	switch {
	case r.duration < minDuration:
		return durationConstraint(r.duration, "greater than or equal to", minDuration)
	case r.duration > maxDuration:
		return durationConstraint(r.duration, "less than or equal to", maxDuration)
	case r.duration > maxChained && who.Kind == policy.RoleSession:
		return longerThanChain()
	}
	return nil
}

func durationConstraint(got time.Duration, relation string, limit time.Duration) error {
	return constraint(seconds(got), "durationSeconds", "have value "+relation+" "+seconds(limit))
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

func (r *request) readPolicies(_ *aws.Caller, in *stsapi.AssumeRoleInput) error {
	size := 0
	if in.Policy != nil {
		r.policy = *in.Policy
		size = utf8.RuneCountInString(r.policy)
		if size > maxPolicy {
			return tooLong("policy", maxPolicy)
		}
		if _, err := policy.Parse(policy.Session, r.policy); err != nil {
			return malformed(err)
		}
	}
	if len(in.PolicyArns) > maxPolicyARNs {
		return tooLong("policyArns", maxPolicyARNs)
	}
	for _, d := range in.PolicyArns {
		arn := value(d.Arn)
		if a, err := aws.ParseARN(arn); err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "policy/") {
			return noSuchPolicy(arn)
		}
		size += utf8.RuneCountInString(arn)
		r.policyARNs = append(r.policyARNs, arn)
	}
	if size > maxPolicy {
		return tooLong("policyArns", maxPolicy)
	}
	return nil
}

func (r *request) readTags(who *aws.Caller, in *stsapi.AssumeRoleInput) error {
	for _, t := range in.Tags {
		r.passed = append(r.passed, tag{value(t.Key), value(t.Value)})
	}
	if err := r.passed.check(); err != nil {
		return err
	}
	for _, key := range in.TransitiveTagKeys {
		if _, ok := r.passed.lookup(key); !ok {
			return transitiveNotPassed()
		}
	}
	r.newTransitive = in.TransitiveTagKeys
	r.tags = append(r.tags, r.passed...)
	for _, key := range who.TransitiveTags {
		if _, ok := r.passed.lookup(key); ok {
			return inheritedTag()
		}
		if v, ok := aws.Folded(who.Tags, key); ok {
			r.tags = append(r.tags, tag{key, v.One})
		}
		r.transitive = append(r.transitive, key)
	}
	r.transitive = append(r.transitive, r.newTransitive...)
	return nil
}

func (r *request) readSourceIdentity(who *aws.Caller, in *stsapi.AssumeRoleInput) error {
	r.sourceIdentity = who.SourceIdentity
	if in.SourceIdentity == nil {
		return nil
	}
	if who.SourceIdentity != "" && *in.SourceIdentity != who.SourceIdentity {
		return sourceIdentityIsSet()
	}
	r.sourceIdentity = *in.SourceIdentity
	return checkWord("sourceIdentity", r.sourceIdentity)
}

// checkWord checks a session's name or source identity against the model's constraints. They become parts of ARNs and ids,
// and calls from inside do not pass through the protocol layer, which checks the model.
func checkWord(member, word string) error {
	if len(word) < 2 || len(word) > 64 {
		return constraint(word, member, "have length between 2 and 64")
	}
	for i := range len(word) {
		b := word[i]
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("_+=,.@-", b) >= 0) {
			return constraint(word, member, `satisfy regular expression pattern: [\w+=,.@-]*`)
		}
	}
	return nil
}

// token is the session that the request asks for.
func (r *request) token(now time.Time) *token {
	return &token{
		Kind: roleSession, Account: r.role.Account, Name: r.role.Name, ID: r.role.ID, Session: r.sessionName,
		Issued: now.Unix(), Expires: now.Add(r.duration).Unix(), Policy: r.policy, PolicyARNs: r.policyARNs,
		Tags: r.tags, Transitive: r.transitive, SourceIdentity: r.sourceIdentity,
	}
}
