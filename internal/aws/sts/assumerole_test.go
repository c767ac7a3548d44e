package sts

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	stsapi "github.com/keyhold/keyhold/internal/aws/api/sts"
	"github.com/keyhold/keyhold/policy"
)

func TestAssumeRole(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	w.root(accountA, &iamapi.CreateRoleInput{
		RoleName: new("R"), Path: new("/svc/"), AssumeRolePolicyDocument: new(trusts(rootA, "", "sts:*")),
		Tags: []iamapi.Tag{{Key: new("Team"), Value: new("red")}, {Key: new("env"), Value: new("prod")}},
	})
	in := assuming("arn:aws:iam::111122223333:role/svc/R")
	in.Tags = []stsapi.Tag{{Key: new("team"), Value: new("blue")}}
	in.SourceIdentity = new("alice")
	in.Policy = new(onlyList)
	before := time.Now().Truncate(time.Second)
	out := w.assume(user, in)

	if *out.AssumedRoleUser.Arn != "arn:aws:sts::111122223333:assumed-role/R/work" || *out.SourceIdentity != "alice" {
		t.Errorf("answer is %+v", out.AssumedRoleUser)
	}
	if !regexp.MustCompile(`^AROA[A-Z2-7]{17}:work$`).MatchString(*out.AssumedRoleUser.AssumedRoleId) {
		t.Errorf("id is %s", *out.AssumedRoleUser.AssumedRoleId)
	}
	if p := *out.PackedPolicySize; p < 1 || p > 10 {
		t.Errorf("packed size is %d percent", p)
	}
	c := out.Credentials
	if !regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`).MatchString(*c.AccessKeyId) || len(*c.SecretAccessKey) != 40 {
		t.Errorf("credentials are %s with a secret of %d characters", *c.AccessKeyId, len(*c.SecretAccessKey))
	}
	if got := c.Expiration.Sub(before); got < time.Hour || got > time.Hour+time.Minute {
		t.Errorf("expires after %v", got)
	}
	cred, err := w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	if cred.Secret.Reveal() != *c.SecretAccessKey || !cred.Expires.Equal(*c.Expiration) {
		t.Error("the credential is not the one that was issued")
	}
	who := cred.Caller
	if who.Kind != policy.RoleSession || who.Issuer != *in.RoleArn || who.UserID != *out.AssumedRoleUser.AssumedRoleId || who.RoleName != "R" ||
		who.SessionName != "work" || who.SourceIdentity != "alice" || who.IssuedAt.Before(before) || !who.HasSession || len(who.Sessions) != 1 {
		t.Errorf("caller is %+v", who)
	}
	if diff := cmp.Diff(map[string]string{"team": "blue", "env": "prod"}, who.Tags); diff != "" {
		t.Errorf("tags: %s", diff)
	}
}

func TestAssumeRoleArguments(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, "", "sts:*"), mayAll)
	tag := func(k, v string) stsapi.Tag { return stsapi.Tag{Key: &k, Value: &v} }
	many := make([]stsapi.Tag, 51)
	for i := range many {
		many[i] = tag("k"+strings.Repeat("x", i), "")
	}
	arns := func(n int, arn string) (list []stsapi.PolicyDescriptorType) {
		for range n {
			list = append(list, stsapi.PolicyDescriptorType{Arn: &arn})
		}
		return list
	}
	const own = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
	padded := func(n int) *string { return new(mayAll + strings.Repeat(" ", n-len(mayAll))) }
	tests := map[string]struct {
		change        func(*stsapi.AssumeRoleInput)
		code, message string
	}{
		"as it is":         {func(*stsapi.AssumeRoleInput) {}, "", ""},
		"shortest":         {func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = new(int32(900)) }, "", ""},
		"too short":        {func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = new(int32(899)) }, "ValidationError", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		"too long":         {func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = new(int32(43201)) }, "ValidationError", ""},
		"longer than role": {func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = new(int32(3601)) }, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		"name too short":   {func(in *stsapi.AssumeRoleInput) { in.RoleSessionName = new("a") }, "ValidationError", ""},
		"bad name":         {func(in *stsapi.AssumeRoleInput) { in.RoleSessionName = new("a/b") }, "ValidationError", ""},
		"bad role":         {func(in *stsapi.AssumeRoleInput) { in.RoleArn = new("arn:aws:iam::111122223333:user/R") }, "ValidationError", "arn:aws:iam::111122223333:user/R is invalid"},
		"no role name":     {func(in *stsapi.AssumeRoleInput) { in.RoleArn = new("arn:aws:iam::111122223333:role/") }, "ValidationError", ""},
		"MFA":              {func(in *stsapi.AssumeRoleInput) { in.SerialNumber = new("arn:aws:iam::111122223333:mfa/u") }, "ValidationError", "SerialNumber is not supported."},
		"MFA code":         {func(in *stsapi.AssumeRoleInput) { in.TokenCode = new("123456") }, "ValidationError", "TokenCode is not supported."},
		"contexts":         {func(in *stsapi.AssumeRoleInput) { in.ProvidedContexts = make([]stsapi.ProvidedContext, 1) }, "ValidationError", "ProvidedContexts is not supported."},
		"bad policy":       {func(in *stsapi.AssumeRoleInput) { in.Policy = new("{}") }, "MalformedPolicyDocumentException", ""},
		"trust as policy":  {func(in *stsapi.AssumeRoleInput) { in.Policy = new(trusts(rootA, "")) }, "MalformedPolicyDocumentException", ""},
		"largest policy":   {func(in *stsapi.AssumeRoleInput) { in.Policy = padded(2048) }, "", ""},
		"policy too large": {func(in *stsapi.AssumeRoleInput) { in.Policy = padded(2049) }, "ValidationError", ""},
		"managed policies": {func(in *stsapi.AssumeRoleInput) { in.PolicyArns = arns(10, own) }, "", ""},
		"11 of them":       {func(in *stsapi.AssumeRoleInput) { in.PolicyArns = arns(11, own) }, "ValidationError", ""},
		"unknown one":      {func(in *stsapi.AssumeRoleInput) { in.PolicyArns = arns(1, "arn:aws:iam::111122223333:policy/none") }, "ValidationError", ""},
		"other account's":  {func(in *stsapi.AssumeRoleInput) { in.PolicyArns = arns(1, "arn:aws:iam::444455556666:policy/p") }, "ValidationError", ""},
		"together too large": {func(in *stsapi.AssumeRoleInput) {
			in.Policy, in.PolicyArns = padded(2000), arns(2, own)
		}, "ValidationError", ""},
		"tag twice":       {func(in *stsapi.AssumeRoleInput) { in.Tags = []stsapi.Tag{tag("a", "1"), tag("A", "2")} }, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		"51 tags":         {func(in *stsapi.AssumeRoleInput) { in.Tags = many }, "ValidationError", ""},
		"50 tags":         {func(in *stsapi.AssumeRoleInput) { in.Tags = many[1:] }, "", ""},
		"long key":        {func(in *stsapi.AssumeRoleInput) { in.Tags = []stsapi.Tag{tag(strings.Repeat("k", 129), "")} }, "ValidationError", ""},
		"long value":      {func(in *stsapi.AssumeRoleInput) { in.Tags = []stsapi.Tag{tag("k", strings.Repeat("v", 257))} }, "ValidationError", ""},
		"system tag":      {func(in *stsapi.AssumeRoleInput) { in.Tags = []stsapi.Tag{tag("AWS:x", "")} }, "InvalidParameterValue", ""},
		"stray":           {func(in *stsapi.AssumeRoleInput) { in.TransitiveTagKeys = []string{"a"} }, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."},
		"source identity": {func(in *stsapi.AssumeRoleInput) { in.SourceIdentity = new("a b") }, "ValidationError", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := assuming(arn)
			test.change(&in)
			_, err := w.call(user, &in)
			if test.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, test.code, test.message)
		})
	}
}

// TestPackedPolicy: what does not compress may be refused though its plain text is short enough.
func TestPackedPolicy(t *testing.T) {
	r := &request{policy: random(2000)}
	if percent, err := r.packed(); err != nil || percent < 70 || percent > 100 {
		t.Errorf("%d percent, %v", percent, err)
	}
	for range 20 {
		r.tags = append(r.tags, tag{random(20), random(80)})
	}
	_, err := r.packed()
	wantError(t, err, "PackedPolicyTooLargeException", "")
	r = &request{}
	if percent, err := r.packed(); err != nil || percent != 0 {
		t.Errorf("nothing takes %d percent, %v", percent, err)
	}
	for range 40 {
		r.tags = append(r.tags, tag{random(20), random(80)})
	}
	_, err = r.packed()
	wantError(t, err, "PackedPolicyTooLargeException", "")
	if !regexp.MustCompile(`^PackedPolicyTooLargeException: Packed size of session tags consumes 1\d\d% of allotted space\.$`).MatchString(err.Error()) {
		t.Error(err)
	}
}

// TestSessionTags tells when sts:TagSession is needed and what conditions see of tags.
func TestSessionTags(t *testing.T) {
	tagged := `{"StringEquals":{"aws:RequestTag/tenant":"t-1"},"ForAllValues:StringEquals":{"aws:TagKeys":["tenant"],"sts:TransitiveTagKeys":["tenant"]}}`
	tests := map[string]struct {
		trust      string
		tags       []stsapi.Tag
		transitive []string
		denied     string // the action
	}{
		"no tags, no permission needed": {trusts(rootA, ""), nil, nil, ""},
		"no permission":                 {trusts(rootA, ""), []stsapi.Tag{{Key: new("tenant"), Value: new("t-1")}}, nil, "sts:TagSession"},
		"permission":                    {trusts(rootA, "", "sts:AssumeRole", "sts:TagSession"), []stsapi.Tag{{Key: new("x"), Value: new("y")}}, nil, ""},
		"conditions hold":               {trusts(rootA, tagged, "sts:AssumeRole", "sts:TagSession"), []stsapi.Tag{{Key: new("Tenant"), Value: new("t-1")}}, nil, "sts:AssumeRole"},
		"conditions hold, same case":    {trusts(rootA, tagged, "sts:AssumeRole", "sts:TagSession"), []stsapi.Tag{{Key: new("tenant"), Value: new("t-1")}}, []string{"tenant"}, ""},
		"other value":                   {trusts(rootA, tagged, "sts:AssumeRole", "sts:TagSession"), []stsapi.Tag{{Key: new("tenant"), Value: new("t-2")}}, nil, "sts:AssumeRole"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			user := w.makeUser(accountA, "u", mayAssume)
			in := assuming(w.makeRole(accountA, "R", test.trust, ""))
			in.Tags, in.TransitiveTagKeys = test.tags, test.transitive
			_, err := w.call(user, &in)
			if test.denied == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, "AccessDenied", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: "+test.denied+" on resource: "+*in.RoleArn)
		})
	}
}

// TestResourceTags: the tags of the role are condition keys.
func TestResourceTags(t *testing.T) {
	for _, key := range []string{"aws:ResourceTag/Team", "iam:ResourceTag/team"} {
		w := newWorld(t)
		user := w.makeUser(accountA, "u", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringEquals":{"`+key+`":"red"}}}]}`)
		in := assuming(w.makeRole(accountA, "R", trusts(rootA, ""), ""))
		_, err := w.call(user, &in)
		wantError(t, err, "AccessDenied", "")
		w.root(accountA, &iamapi.TagRoleInput{RoleName: new("R"), Tags: []iamapi.Tag{{Key: new("TEAM"), Value: new("red")}}})
		w.assume(user, in)
	}
}

// TestChaining: what a session hands down to the sessions that it makes.
func TestChaining(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	open := trusts(rootA, "", "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
	one := w.makeRole(accountA, "One", open, mayAssume)
	two := w.makeRole(accountA, "Two", open, mayAssume)
	closed := w.makeRole(accountA, "Closed", trusts(rootA, ""), mayAssume)

	in := assuming(one)
	in.Tags = []stsapi.Tag{{Key: new("Tenant"), Value: new("t-1")}, {Key: new("note"), Value: new("x")}}
	in.TransitiveTagKeys = []string{"Tenant"}
	in.SourceIdentity = new("alice")
	first := w.session(user, in)
	second := w.session(first, assuming(two))
	third := w.session(second, assuming(one))
	for name, who := range map[string]*aws.Caller{"second": second, "third": third} {
		if diff := cmp.Diff(map[string]string{"Tenant": "t-1"}, who.Tags); diff != "" || who.SourceIdentity != "alice" {
			t.Errorf("%s: source identity %s, tags %s", name, who.SourceIdentity, diff)
		}
	}

	conflict := assuming(two)
	conflict.Tags = []stsapi.Tag{{Key: new("tenant"), Value: new("t-2")}}
	_, err := w.call(first, &conflict)
	wantError(t, err, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
	other := assuming(two)
	other.SourceIdentity = new("bob")
	_, err = w.call(first, &other)
	wantError(t, err, "AccessDenied", "")
	long := assuming(two)
	long.DurationSeconds = new(int32(3601))
	_, err = w.call(first, &long)
	wantError(t, err, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	tight := assuming(closed)
	_, err = w.call(first, &tight)
	wantError(t, err, "AccessDenied", "User: "+first.ARN+" is not authorized to perform: sts:TagSession on resource: "+closed)
	tagless := assuming(one)
	tagless.SourceIdentity = new("alice")
	_, err = w.call(w.session(user, tagless), &tight)
	wantError(t, err, "AccessDenied", "User: "+first.ARN+" is not authorized to perform: sts:SetSourceIdentity on resource: "+closed)
}

// TestSessionPolicies: a session may do what both its role and its session policies allow.
func TestSessionPolicies(t *testing.T) {
	w := newWorld(t)
	user := w.makeUser(accountA, "u", mayAssume)
	arn := w.makeRole(accountA, "R", trusts(rootA, ""), mayAll)
	list := func(who *aws.Caller) error { _, err := w.call(who, &iamapi.ListRolesInput{}); return err }
	users := func(who *aws.Caller) error { _, err := w.call(who, &iamapi.ListUsersInput{}); return err }

	in := assuming(arn)
	in.Policy = new(onlyList)
	narrow := w.session(user, in)
	if err := list(narrow); err != nil {
		t.Error(err)
	}
	wantError(t, users(narrow), "AccessDenied", "User: "+narrow.ARN+" is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::111122223333:user/ because no session policy allows the iam:ListUsers action")

	made := w.root(accountA, &iamapi.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(onlyList)}).(*iamapi.CreatePolicyOutput)
	in = assuming(arn)
	in.PolicyArns = []stsapi.PolicyDescriptorType{{Arn: made.Policy.Arn}}
	c := w.assume(user, in).Credentials
	managed := func() *aws.Caller { return w.caller(*c.AccessKeyId, *c.SessionToken) }
	if err := list(managed()); err != nil {
		t.Error(err)
	}
	wantError(t, users(managed()), "AccessDenied", "")
	w.root(accountA, &iamapi.CreatePolicyVersionInput{PolicyArn: made.Policy.Arn, PolicyDocument: new(mayAll), SetAsDefault: new(true)})
	if err := users(managed()); err != nil {
		t.Errorf("after the policy grew: %v", err)
	}
	w.root(accountA, &iamapi.DeletePolicyVersionInput{PolicyArn: made.Policy.Arn, VersionId: new("v1")})
	w.root(accountA, &iamapi.DeletePolicyInput{PolicyArn: made.Policy.Arn})
	wantError(t, list(managed()), "AccessDenied", "")
}

// brokenPrincipals fails with an error that is nobody's business.
type brokenPrincipals struct{ Principals }

func (brokenPrincipals) Role(context.Context, string, string) (*aws.Role, error) {
	return nil, context.DeadlineExceeded
}

// TestBrokenDirectory: a fault of ours is not taken for a role that does not exist.
func TestBrokenDirectory(t *testing.T) {
	w := newWorld(t)
	arn := w.makeRole(accountA, "R", trusts(`"*"`, ""), "")
	user := w.makeUser(accountA, "u", mayAssume)
	c := w.assume(user, assuming(arn)).Credentials
	w.sts.principals = brokenPrincipals{w.iam}
	in := assuming(arn)
	_, err := w.call(user, &in)
	wantError(t, err, "InternalFailure", "")
	if _, err := w.sts.Credential(t.Context(), *c.AccessKeyId, *c.SessionToken); err != context.DeadlineExceeded {
		t.Errorf("error is %v", err)
	}
}
