package policy_test

import (
	"testing"

	"github.com/keyhold/keyhold/policy"
)

// conditionCase is a Condition element, a context, and whether an Allow and a Deny with that condition match.
type conditionCase struct {
	condition string
	ctx       values
	allow     bool
	deny      bool
}

func runConditions(t *testing.T, cases []conditionCase) {
	t.Helper()
	for _, c := range cases {
		req := onQueue(user(here, "ana"))
		req.Context = c.ctx
		allow := statement(t, policy.Identity, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+c.condition+`}`)
		deny := statement(t, policy.Identity, allowAll, `{"Effect":"Deny","Action":"*","Resource":"*","Condition":`+c.condition+`}`)
		if got := policy.Evaluate(req, &policy.Set{Identity: list(allow)}).Effect == policy.Allow; got != c.allow {
			t.Errorf("%s on %v: an Allow matches: %v, want %v", c.condition, c.ctx, got, c.allow)
		}
		if got := policy.Evaluate(req, &policy.Set{Identity: list(deny)}).Effect == policy.ExplicitDeny; got != c.deny {
			t.Errorf("%s on %v: a Deny matches: %v, want %v", c.condition, c.ctx, got, c.deny)
		}
	}
}

// both is a case in which Allow and Deny agree.
func both(condition string, ctx values, want bool) conditionCase {
	return conditionCase{condition, ctx, want, want}
}

func one(v string) values          { return values{"a:k": policy.One(v)} }
func many(v ...string) values      { return values{"a:k": policy.List(v...)} }
func test(op, value string) string { return `{"` + op + `":{"a:k":` + value + `}}` }

func TestRule28MissingKeys(t *testing.T) {
	none := values{}
	positive := map[string]string{
		"StringEquals": `"x"`, "StringEqualsIgnoreCase": `"x"`, "StringLike": `"*"`, "NumericEquals": `"1"`, "NumericLessThan": `"1"`,
		"NumericLessThanEquals": `"1"`, "NumericGreaterThan": `"1"`, "NumericGreaterThanEquals": `"1"`, "DateEquals": `"2020"`,
		"DateLessThan": `"2020"`, "DateLessThanEquals": `"2020"`, "DateGreaterThan": `"2020"`, "DateGreaterThanEquals": `"2020"`,
		"Bool": `"true"`, "BinaryEquals": `"QQ=="`, "IpAddress": `"0.0.0.0/0"`, "ArnEquals": `"*"`, "ArnLike": `"*"`,
	}
	negated := map[string]string{
		"StringNotEquals": `"x"`, "StringNotEqualsIgnoreCase": `"x"`, "StringNotLike": `"x"`, "NumericNotEquals": `"1"`,
		"DateNotEquals": `"2020"`, "NotIpAddress": `"10.0.0.0/8"`, "ArnNotEquals": `"arn:aws:s3:::b"`, "ArnNotLike": `"arn:aws:s3:::b"`,
	}
	var cases []conditionCase
	for op, value := range positive {
		cases = append(cases, both(test(op, value), none, false), both(test(op+"IfExists", value), none, true))
	}
	for op, value := range negated {
		cases = append(cases, both(test(op, value), none, true), both(test(op+"IfExists", value), none, true))
	}
	cases = append(cases,
		both(test("Null", `"true"`), none, true), both(test("Null", `"false"`), none, false),
		both(test("Null", `"true"`), one("x"), false), both(test("Null", `"false"`), one("x"), true),
		both(test("Null", `["true","false"]`), none, true), both(test("Null", `false`), one("x"), true),
		both(test("Null", `"true"`), many("x", "y"), false), both(test("Null", `"true"`), many(), true),
		both(test("Null", `"true"`), one(""), true), both(test("Null", `"false"`), many("", ""), false),
		both(test("StringEqualsIfExists", `"x"`), one("y"), false), both(test("StringNotEqualsIfExists", `"x"`), one("x"), false),
	)
	runConditions(t, cases)
}

func TestRule29KeysAreAndedValuesAreOred(t *testing.T) {
	two := values{"a:k": policy.One("x"), "a:l": policy.One("y")}
	runConditions(t, []conditionCase{
		both(`{"StringEquals":{"a:k":"x","a:l":"y"}}`, two, true),
		both(`{"StringEquals":{"a:k":"x","a:l":"z"}}`, two, false),
		both(`{"StringEquals":{"a:k":"x"},"StringLike":{"a:l":"z*"}}`, two, false),
		both(test("StringEquals", `["w","x"]`), one("x"), true),
		both(test("StringEquals", `["w","y"]`), one("x"), false),
		both(test("StringNotEquals", `["w","x"]`), one("x"), false),
		both(test("StringNotEquals", `["w","y"]`), one("x"), true),
		both(test("StringNotLike", `["w*","x*"]`), one("xyz"), false),
		both(test("NumericNotEquals", `[1,2]`), one("2"), false),
		both(test("NotIpAddress", `["10.0.0.0/8","192.168.0.0/16"]`), one("192.168.1.1"), false),
		both(test("ArnNotLike", `["arn:aws:s3:::a","arn:aws:s3:::b"]`), one("arn:aws:s3:::b"), false),
	})
}

func TestRule30SetOperators(t *testing.T) {
	runConditions(t, []conditionCase{
		both(test("ForAllValues:StringEquals", `["x","y"]`), many("x", "y"), true),
		both(test("ForAllValues:StringEquals", `["x","y"]`), many("x", "z"), false),
		both(test("ForAllValues:StringEquals", `["x"]`), one("x"), true),
		both(test("ForAllValues:StringEquals", `["x"]`), values{}, true),
		both(test("ForAllValues:StringEquals", `["x"]`), many(), true),
		both(test("ForAllValues:StringEquals", `["x"]`), many(""), true),
		both(test("ForAllValues:StringEquals", `["x"]`), one(""), true),
		both(test("ForAllValues:StringNotEquals", `["x"]`), values{}, true),
		both(test("ForAnyValue:StringEquals", `["x","y"]`), many("y", "z"), true),
		both(test("ForAnyValue:StringEquals", `["x","y"]`), many("z"), false),
		both(test("ForAnyValue:StringEquals", `["x"]`), one("x"), true),
		both(test("ForAnyValue:StringEquals", `["x"]`), values{}, false),
		both(test("ForAnyValue:StringEquals", `["x"]`), many(), false),
		both(test("ForAnyValue:StringEquals", `[""]`), many(""), false),
		both(test("ForAnyValue:StringNotEquals", `["x"]`), values{}, false),
		both(test("ForAnyValue:StringNotEquals", `["x"]`), many("x", "y"), true),
		both(test("ForAnyValue:StringNotEquals", `["x","y"]`), many("x", "y"), false),
		both(test("ForAnyValue:StringEqualsIfExists", `["x"]`), values{}, true),
		both(test("ForAnyValue:NumericLessThan", `5`), many("9", "3"), true),
		both(test("ForAllValues:IpAddress", `"10.0.0.0/8"`), many("10.1.1.1", "11.1.1.1"), false),
	})
}

func TestRule30MultivaluedKeyWithoutSetOperator(t *testing.T) {
	runConditions(t, []conditionCase{
		{test("StringEquals", `"x"`), many("x"), false, true},
		{test("StringEquals", `"x"`), many("x", "y"), false, true},
		{test("StringEquals", `"x"`), many("y"), false, false},
		{test("StringNotEquals", `"x"`), many("y"), false, true},
		{test("StringNotEquals", `"x"`), many("x"), false, false},
		both(test("StringEquals", `"x"`), many(), false), both(test("StringNotEquals", `"x"`), many(), true),
		both(test("StringEqualsIfExists", `"x"`), many(), true),
	})
}

func TestRule31Operators(t *testing.T) {
	arn := "arn:aws:sns:eu-west-1:111122223333:a:b"
	runConditions(t, []conditionCase{
		// Strings: no wildcards in StringEquals; wildcards cross colons and slashes in StringLike.
		both(test("StringEquals", `"x*"`), one("xy"), false), both(test("StringEquals", `"x*"`), one("x*"), true),
		both(test("StringEquals", `"x"`), one("X"), false), both(test("StringEqualsIgnoreCase", `"x"`), one("X"), true),
		both(test("StringNotEqualsIgnoreCase", `"x"`), one("X"), false), both(test("StringLike", `"a*z"`), one("a:/\nz"), true),
		both(test("StringLike", `"a?c"`), one("aéc"), true), both(test("StringLike", `"A*"`), one("abc"), false),
		both(test("StringLike", `"a[bc]"`), one("ab"), false), both(test("StringNotLike", `"a*"`), one("b"), true),
		// ARNs: part by part.
		both(test("ArnLike", `"arn:aws:sns:*:111122223333:*"`), one(arn), true),
		both(test("ArnEquals", `"arn:aws:sns:*:111122223333:*"`), one(arn), true),
		both(test("ArnLike", `"arn:aws:*:111122223333:a:b"`), one(arn), false),
		both(test("ArnLike", `"arn:aws:sns:eu-*:*:a:?"`), one(arn), true),
		both(test("ArnLike", `"arn:*:sns:*:*:*"`), one(arn), true), both(test("ArnLike", `"*"`), one(arn), true),
		both(test("ArnLike", `"arn:aws:sns:*"`), one(arn), true), both(test("ArnNotLike", `"arn:aws:sns:*:*:a:*"`), one(arn), false),
		both(test("ArnNotEquals", `"arn:aws:sns:*:*:c"`), one(arn), true), both(test("ArnLike", `"arn:aws:sns:::x"`), one("arn:aws:sns:::X"), false),
		{test("ArnLike", `"*"`), one("not an arn"), false, true},
		// Numbers: exact, of any size.
		both(test("NumericEquals", `"1.50"`), one("01.5"), true), both(test("NumericEquals", `"-0"`), one("0"), true),
		both(test("NumericLessThan", `"9007199254740993"`), one("9007199254740992"), true),
		both(test("NumericLessThan", `10`), one("9"), true), both(test("NumericLessThan", `10`), one("10"), false),
		both(test("NumericLessThanEquals", `10`), one("10"), true), both(test("NumericGreaterThan", `-2`), one("-1"), true),
		both(test("NumericGreaterThan", `0.1`), one("0.09"), false), both(test("NumericGreaterThanEquals", `0.1`), one("0.1"), true),
		both(test("NumericNotEquals", `1`), one("2"), true), {test("NumericLessThan", `10`), one("five"), false, true},
		// Dates.
		both(test("DateLessThan", `"2020-01-01T00:00:00Z"`), one("2019-12-31T23:59:59Z"), true),
		both(test("DateLessThan", `"2020-01-01T00:00:00Z"`), one("2020-01-01T00:30:00+01:00"), true),
		both(test("DateGreaterThan", `"2020-01"`), one("2020-01-01T00:00:00.001Z"), true),
		both(test("DateEquals", `"2020-01-01T00:00Z"`), one("1577836800"), true), both(test("DateEquals", `"2020"`), one("2020-01-01"), true),
		both(test("DateNotEquals", `1577836800`), one("2020"), false), both(test("DateGreaterThanEquals", `"2020"`), one("2020"), true),
		both(test("DateLessThanEquals", `"2020"`), one("2020"), true), {test("DateLessThan", `"2020"`), one("soon"), false, true},
		// Bool and binary.
		both(test("Bool", `"true"`), one("true"), true), both(test("Bool", `true`), one("TRUE"), true),
		both(test("Bool", `"false"`), one("true"), false), {test("Bool", `"true"`), one("1"), false, true},
		both(test("BinaryEquals", `"QmluYXJ5"`), one("QmluYXJ5"), true), both(test("BinaryEquals", `"QmluYXJ5"`), one("QmluYXJ6"), false),
		{test("BinaryEquals", `"QmluYXJ5"`), one("?"), false, true},
		// Addresses.
		both(test("IpAddress", `"203.0.113.7"`), one("203.0.113.7"), true), both(test("IpAddress", `"203.0.113.7"`), one("203.0.113.8"), false),
		both(test("IpAddress", `"203.0.113.99/24"`), one("203.0.113.7"), true), both(test("IpAddress", `"2001:DB8::/32"`), one("2001:db8::1"), true),
		both(test("IpAddress", `"203.0.113.0/24"`), one("::ffff:203.0.113.7"), true), both(test("IpAddress", `"::ffff:203.0.113.0/120"`), one("203.0.113.7"), true),
		both(test("NotIpAddress", `"203.0.113.0/24"`), one("203.0.113.7"), false), {test("NotIpAddress", `"10.0.0.0/8"`), one("nowhere"), false, true},
		{test("IpAddress", `"fe80::/10"`), one("fe80::1%eth0"), false, true},
	})
}

func TestRule32Variables(t *testing.T) {
	tag := func(v string) values {
		return values{"a:k": policy.One("x-" + v), "aws:principaltag/team": policy.One(v)}
	}
	team := `"x-${aws:PrincipalTag/Team}"`
	runConditions(t, []conditionCase{
		both(test("StringEquals", team), tag("red"), true),
		both(test("StringLike", `"?-${aws:principaltag/TEAM}"`), tag("red"), true),
		both(test("StringEqualsIgnoreCase", `"X-${aws:PrincipalTag/Team}"`), tag("red"), true),
		both(test("StringEquals", team), one("x-"), false),
		both(test("StringNotEquals", team), one("x-"), true),
		both(test("StringEquals", `["`+`y-${aws:missing}","x-"]`), one("x-"), true),
		both(test("StringEquals", `"x-${aws:PrincipalTag/Team, 'blue'}"`), one("x-blue"), true),
		both(test("StringEquals", `"x-${aws:PrincipalTag/Team,'blue'}"`), tag("red"), true),
		both(test("StringEquals", `"x-${aws:PrincipalTag/Team, ''}"`), one("x-"), true),
		both(test("StringLike", `"${*}${?}${$}*"`), one("*?$abc"), true), both(test("StringLike", `"${*}"`), one("abc"), false),
		both(test("ArnLike", `"arn:aws:s3:::${aws:PrincipalTag/Team}-*"`), values{
			"a:k": policy.One("arn:aws:s3:::red-1"), "aws:principaltag/team": policy.One("red"),
		}, true),
		both(test("ArnEquals", `"${aws:SourceArn}"`), values{
			"a:k": policy.One("arn:aws:s3:::red"), "aws:sourcearn": policy.One("arn:aws:s3:::red"),
		}, true),
		// Multivalued keys cannot be put in, not even by their default.
		both(test("StringEquals", `"x-${a:m, 'd'}"`), values{"a:k": policy.One("x-d"), "a:m": policy.List("d")}, false),
		both(test("StringEquals", `"x-${a:m}"`), values{"a:k": policy.One("x-"), "a:m": policy.List("d")}, false),
		// The colons of a value do not move the parts of an ARN.
		both(test("ArnLike", `"arn:aws:iam::${a:acct}:role/*"`), values{
			"a:k": policy.One("arn:aws:iam::111122223333:role/x"), "a:acct": policy.One("111122223333:role/x"),
		}, false),
	})
}

func TestRule32VariablesInResources(t *testing.T) {
	allow := statement(t, policy.Identity, `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"}`)
	other := statement(t, policy.Identity, `{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b/${aws:username}/*"}`)
	deny := statement(t, policy.Identity, allowAll, `{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::b/${aws:username}/*"}`)
	on := func(resource string, ctx values) *policy.Request {
		return &policy.Request{Principal: user(here, "ana"), Action: "s3:GetObject", Resource: resource, Account: here, Context: ctx}
	}
	ana := values{"aws:username": policy.One("ana")}
	runAll(t, []scenario{
		{"own", on("arn:aws:s3:::b/ana/x", ana), policy.Set{Identity: list(allow)}, policy.Allow, policy.IdentityLayer},
		{"another's", on("arn:aws:s3:::b/bob/x", ana), policy.Set{Identity: list(allow)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"no value", on("arn:aws:s3:::b/${aws:username}/x", nil), policy.Set{Identity: list(allow)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"not own", on("arn:aws:s3:::b/bob/x", ana), policy.Set{Identity: list(other)}, policy.Allow, policy.IdentityLayer},
		{"not own, no value", on("arn:aws:s3:::b/bob/x", nil), policy.Set{Identity: list(other)}, policy.ImplicitDeny, policy.IdentityLayer},
		{"deny but own", on("arn:aws:s3:::b/ana/x", ana), policy.Set{Identity: list(deny)}, policy.Allow, policy.IdentityLayer},
		{"deny but own, no value", on("arn:aws:s3:::b/ana/x", nil), policy.Set{Identity: list(deny)}, policy.ExplicitDeny, policy.IdentityLayer},
	})
}

func TestRule33LetterCase(t *testing.T) {
	ctx := values{"kms:encryptioncontext:department": policy.One("HR")}
	condition := func(key, value string) string { return `{"StringEquals":{"` + key + `":"` + value + `"}}` }
	runConditions(t, []conditionCase{
		both(condition("KMS:encryptionContext:DEPARTMENT", "HR"), ctx, true),
		both(condition("kms:EncryptionContext:Department", "hr"), ctx, false),
	})
	allow := list(statement(t, policy.Identity, `{"Effect":"Allow","Action":"SQS:sendMESSAGE","Resource":"arn:aws:sqs:eu-west-1:`+here+`:q"}`))
	upper := onQueue(user(here, "ana"))
	upper.Resource = "arn:aws:sqs:eu-west-1:" + here + ":Q"
	runAll(t, []scenario{
		{"actions ignore case", onQueue(user(here, "ana")), policy.Set{Identity: allow}, policy.Allow, policy.IdentityLayer},
		{"resources do not", upper, policy.Set{Identity: allow}, policy.ImplicitDeny, policy.IdentityLayer},
	})
}

// TestIncompleteARNsAreReadBothWays: where it is not documented what an incomplete ARN with wildcards means, an Allow takes
// the one reading and a Deny either.
func TestIncompleteARNsAreReadBothWays(t *testing.T) {
	for element, want := range map[string][2]bool{ // whether an Allow and a Deny match
		`"Resource":"arn:aws:sqs:*:q"`:    {false, true},
		`"NotResource":"arn:aws:sqs:*:q"`: {false, true},
		`"Resource":"arn:aws:sqs:*"`:      {true, true},
		`"NotResource":"arn:aws:sqs:*"`:   {false, false},
	} {
		for i, effect := range []string{"Allow", "Deny"} {
			p := statement(t, policy.Identity, `{"Effect":"`+effect+`","Action":"*",`+element+`}`)
			d := policy.Evaluate(onQueue(user(here, "ana")), &policy.Set{Identity: list(p)})
			if got := d.Statement != nil; got != want[i] {
				t.Errorf("%s with %s matches: %v", effect, element, got)
			}
		}
	}
}

func TestActionsAndResources(t *testing.T) {
	arn := "arn:aws:sqs:eu-west-1:" + here + ":q"
	for _, c := range []struct {
		name, elements string
		want           bool
	}{
		{"any action", `"Action":"*","Resource":"*"`, true},
		{"any of a service", `"Action":"sqs:*","Resource":"*"`, true},
		{"any service", `"Action":"*:Send*","Resource":"*"`, true},
		{"wildcards inside", `"Action":"sqs:S?nd*age","Resource":"*"`, true},
		{"another action", `"Action":"sqs:SendMessageBatch","Resource":"*"`, false},
		{"not action", `"NotAction":["s3:*","sqs:Receive*"],"Resource":"*"`, true},
		{"not this action", `"NotAction":"sqs:Send*","Resource":"*"`, false},
		{"exact resource", `"Action":"*","Resource":"` + arn + `"`, true},
		{"another resource", `"Action":"*","Resource":"` + arn + `2"`, false},
		{"not resource", `"Action":"*","NotResource":"` + arn + `2"`, true},
		{"not this resource", `"Action":"*","NotResource":["arn:aws:sqs:*:*:q"]`, false},
		{"an ARN cut short", `"Action":"*","Resource":"arn:aws:sqs"`, true},
		{"an ARN cut short, of another service", `"Action":"*","Resource":"arn:aws:sq"`, false},
		{"an ARN cut short, with a star", `"Action":"*","Resource":"arn:aws:sqs:*"`, true},
		{"an ARN cut short in the account", `"Action":"*","Resource":"arn:aws:sqs:*:` + here + `"`, true},
		{"an ARN with a part left out", `"Action":"*","Resource":"arn:aws:sqs:*:q"`, false},
		{"a star within a part does not", `"Action":"*","Resource":"arn:aws:sqs:e*w:q"`, false},
		{"a question mark is no colon", `"Action":"*","Resource":"arn:aws:sqs:eu-west-1?` + here + `:q"`, false},
	} {
		p := statement(t, policy.Identity, `{"Effect":"Allow",`+c.elements+`}`)
		d := policy.Evaluate(onQueue(user(here, "ana")), &policy.Set{Identity: list(p)})
		if got := d.Effect == policy.Allow; got != c.want {
			t.Errorf("%s: %s allows: %v, want %v", c.name, c.elements, got, c.want)
		}
	}
}
