package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/policy"
)

const (
	syntax       = "Syntax errors in policy."
	vendor       = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	organisation = "The provided policy document does not meet the requirements of the specified policy type."
	invalidKey   = "Policy contains a statement with one or more invalid principals."
)

// refusal is a document that does not parse, and what AWS says to it.
type refusal struct {
	kind     policy.Kind
	document string
	reason   string
	path     string
}

func runRefusals(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		p, err := policy.Parse(r.kind, r.document)
		var parseError *policy.ParseError
		if !errors.As(err, &parseError) || p != nil {
			t.Errorf("%v policy %.200s: got %v", r.kind, r.document, err)
			continue
		}
		if parseError.Reason != r.reason || parseError.Path != r.path || parseError.Kind != r.kind {
			t.Errorf("%v policy %.200s:\n got %q at %q\nwant %q at %q (%v)", r.kind, r.document, parseError.Reason, parseError.Path, r.reason, r.path, err)
		}
	}
}

// doc makes a document of one statement.
func doc(statement string) string {
	return `{"Version":"2012-10-17","Statement":` + statement + `}`
}

func TestParseRefusesDocuments(t *testing.T) {
	nested := strings.Repeat("[", 50) + strings.Repeat("]", 50)
	runRefusals(t, []refusal{
		{policy.Identity, ``, syntax, ""},
		{policy.Identity, `[]`, syntax, ""},
		{policy.Identity, `"x"`, syntax, ""},
		{policy.Identity, doc(allowAll) + `{}`, syntax, ""},
		{policy.Identity, `{"Statement":[` + allowAll + `,]}`, syntax, ""},
		{policy.Identity, doc(allowAll) + strings.Repeat(" ", 100_000), syntax, ""},
		{policy.Identity, `{"Statement":` + nested + `}`, syntax, ""},
		{policy.Identity, `{"Statement":` + strings.Repeat(`[`, 90_000), syntax, ""},
		{policy.Identity, "{\"Id\":\"\xff\",\"Statement\":" + allowAll + "}", syntax, ""},
		{policy.Identity, `{"Id":"\ud800","Statement":` + allowAll + `}`, syntax, ""},
		{policy.Identity, `{"Version":"2012-10-17","Version":"2012-10-17","Statement":` + allowAll + `}`, syntax, ""},
		{policy.Identity, doc(`{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}`), syntax, ""},
		{policy.Identity, `{"Version":"2012-10-18","Statement":` + allowAll + `}`, syntax, "Version"},
		{policy.Identity, `{"Version":2012,"Statement":` + allowAll + `}`, syntax, "Version"},
		{policy.Identity, `{"version":"2012-10-17","Statement":` + allowAll + `}`, syntax, "version"},
		{policy.Identity, `{"Id":1,"Statement":` + allowAll + `}`, syntax, "Id"},
		{policy.Identity, `{}`, syntax, "Statement"},
		{policy.Identity, `{"Statement":[]}`, syntax, "Statement"},
		{policy.Identity, `{"Statement":"x"}`, syntax, "Statement[0]"},
		{policy.Identity, `{"Statement":null}`, syntax, "Statement[0]"},
		{policy.Identity, `{"Statement":[` + allowAll + `,[]]}`, syntax, "Statement[1]"},
		{policy.Trust, `{`, "This policy contains invalid Json", ""},
		{policy.Trust, `{"Version":"1","Statement":{}}`, "The policy must contain a valid version string", "Version"},
		{policy.Trust, `{"Statement":[]}`, "Could not parse the policy: Statement is empty!", "Statement"},
		{policy.SCP, `{`, organisation, ""},
		{policy.Kind(0), doc(allowAll), "Unknown kind of policy.", ""},
		{policy.Kind(99), doc(allowAll), "Unknown kind of policy.", ""},
	})
}

func TestParseRefusesStatements(t *testing.T) {
	sid := func(s string) string { return `{"Sid":"` + s + `","Effect":"Allow","Action":"*","Resource":"*"}` }
	runRefusals(t, []refusal{
		{policy.Identity, doc(`{"Effect":"Allow","Actions":"*","Resource":"*"}`), syntax, "Statement[0]"},
		{policy.Identity, doc(`{"Action":"*","Resource":"*"}`), syntax, "Statement[0]"},
		{policy.Identity, doc(`{"Effect":"allow","Action":"*","Resource":"*"}`), syntax, "Statement[0].Effect"},
		{policy.Identity, doc(`{"Effect":true,"Action":"*","Resource":"*"}`), syntax, "Statement[0].Effect"},
		{policy.Identity, doc(`[` + sid("A") + `,` + sid("A") + `]`), "Statement IDs (SID) in a single policy must be unique.", "Statement[1].Sid"},
		{policy.Identity, doc(sid("A b")), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*", "Statement[0].Sid"},
		{policy.Session, doc(sid("A-b")), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*", "Statement[0].Sid"},
		{policy.Identity, doc(`{"Sid":1,"Effect":"Allow","Action":"*","Resource":"*"}`), syntax, "Statement[0].Sid"},
		{policy.Trust, doc(`{"Principal":"*","Action":"sts:AssumeRole"}`), "Missing required field Effect", "Statement[0]"},
		// Actions.
		{policy.Identity, doc(`{"Effect":"Allow","Resource":"*"}`), "Policy statement must contain actions.", "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":[],"Resource":"*"}`), "Policy statement must contain actions.", "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":[1],"Resource":"*"}`), syntax, "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":{},"Resource":"*"}`), syntax, "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}`), syntax, "Statement[0]"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"Decrypt","Resource":"*"}`), vendor, "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"","Resource":"*"}`), vendor, "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"kms:","Resource":"*"}`), vendor, "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","NotAction":":Decrypt","Resource":"*"}`), vendor, "Statement[0].NotAction"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"kms:a:b","Resource":"*"}`), "Actions/Condition can contain only one colon.", "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"k*s:Decrypt","Resource":"*"}`), "Vendor k*s is not valid", "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"kms:De crypt","Resource":"*"}`), syntax, "Statement[0].Action"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"kms:${aws:username}","Resource":"*"}`), "Actions/Condition can contain only one colon.", "Statement[0].Action"},
		{policy.SCP, doc(`{"Effect":"Allow","Action":"a:b:c","Resource":"*"}`), organisation, "Statement[0].Action"},
		{policy.SCP, doc(`{"Effect":"Allow","Action":"k*:c","Resource":"*"}`), organisation, "Statement[0].Action"},
		{policy.RCP, doc(`{"Effect":"Deny","Principal":"*","NotAction":"a:b","Resource":"*"}`), organisation, "Statement[0]"},
		{policy.Trust, doc(`{"Effect":"Allow","Principal":"*"}`), "Missing required field Action", "Statement[0].Action"},
		{policy.Trust, doc(`{"Effect":"Allow","Principal":"*","Action":"*"}`), "AssumeRole policy may only specify STS AssumeRole actions.", "Statement[0].Action"},
		{policy.Trust, doc(`{"Effect":"Allow","Principal":"*","Action":["sts:AssumeRole","s3:*"]}`), "AssumeRole policy may only specify STS AssumeRole actions.", "Statement[0].Action"},
		// Resources.
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*"}`), "Policy statement must contain resources.", "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":[]}`), "Policy statement must contain resources.", "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}`), syntax, "Statement[0]"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":7}`), syntax, "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"bucket"}`), `Resource bucket must be in ARN format or "*".`, "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","NotResource":["*","**"]}`), `Resource ** must be in ARN format or "*".`, "Statement[0].NotResource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:*:*:*:x"}`), "Resource vendor must be fully qualified and cannot contain regexes.", "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"arn:aws::::x"}`), "Resource vendor must be fully qualified and cannot contain regexes.", "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"arn::s3:::x"}`), syntax, "Statement[0].Resource"},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username"}`), syntax, "Statement[0].Resource"},
		{policy.Session, doc(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs"}`), `Resource arn:aws:sqs must be in ARN format or "*".`, "Statement[0].Resource"},
		{policy.SCP, doc(`{"Effect":"Deny","Action":"*","Resource":"x"}`), organisation, "Statement[0].Resource"},
		{policy.SCP, doc(`{"Effect":"Deny","Action":"*","Resource":"arn:aws:*"}`), organisation, "Statement[0].Resource"},
		{policy.Resource, doc(`{"Effect":"Allow","Principal":"*","Action":"*"}`), "Missing required field Resource", "Statement[0].Resource"},
		{policy.Trust, doc(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}`), "Has prohibited field Resource", "Statement[0].Resource"},
		{policy.Trust, doc(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","NotResource":"*"}`), "AssumeRole policy must not contain resources.", "Statement[0].NotResource"},
	})
}

func TestParseRefusesPrincipals(t *testing.T) {
	with := func(principal string) string {
		return doc(`{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole","Resource":"*"}`)
	}
	trust := func(principal string) string { return strings.Replace(with(principal), `,"Resource":"*"`, "", 1) }
	for _, kind := range []policy.Kind{policy.Identity, policy.Session, policy.Boundary} {
		runRefusals(t, []refusal{{kind, with(`"*"`), "Policy document should not specify a principal.", "Statement[0]"}})
	}
	runRefusals(t, []refusal{
		{policy.SCP, with(`"*"`), organisation, "Statement[0]"},
		{policy.RCP, doc(`{"Effect":"Deny","Principal":{"AWS":"` + here + `"},"Action":"a:b","Resource":"*"}`), organisation, "Statement[0].Principal.AWS"},
		{policy.RCP, doc(`{"Effect":"Deny","NotPrincipal":"*","Action":"a:b","Resource":"*"}`), organisation, "Statement[0]"},
		{policy.Resource, doc(allowAll), "Missing required field Principal", "Statement[0].Principal"},
		{policy.Key, doc(allowAll), invalidKey, "Statement[0].Principal"},
		{policy.Key, with(aws("arn:aws:iam::1:root")), invalidKey, "Statement[0].Principal.AWS"},
		{policy.Key, with(`{"Federated":"accounts.google.com"}`), invalidKey, "Statement[0].Principal.Federated"},
		{policy.Key, with(`{"CanonicalUser":"` + strings.Repeat("a", 64) + `"}`), invalidKey, "Statement[0].Principal.CanonicalUser"},
		{policy.Trust, trust(`{}`), "Missing required field Principal cannot be empty!", "Statement[0].Principal"},
		{policy.Trust, trust(`{"AWS":"ana"}`), `Invalid principal in policy: "AWS":"ana"`, "Statement[0].Principal.AWS"},
		{policy.Trust, trust(`{"aws":"*"}`), `Invalid principal in policy: "aws":"*"`, "Statement[0].Principal.aws"},
		{policy.Trust, trust(`{"Service":"*"}`), `Invalid principal in policy: "Service":"*"`, "Statement[0].Principal.Service"},
		{policy.Trust, trust(`{"Service":"sns"}`), `Invalid principal in policy: "Service":"sns"`, "Statement[0].Principal.Service"},
		{policy.Trust, trust(`{"Federated":"arn:aws:iam::` + here + `:user/x"}`), `Invalid principal in policy: "Federated":"arn:aws:iam::` + here + `:user/x"`, "Statement[0].Principal.Federated"},
		{policy.Trust, doc(`{"Effect":"Allow","NotPrincipal":"*","Action":"sts:AssumeRole"}`), "Allow with NotPrincipal is not allowed.", "Statement[0]"},
		{policy.Trust, doc(`{"Effect":"Deny","NotPrincipal":"*","Action":"sts:AssumeRole"}`), "AssumeRole policy must not contain NotPrincipal field.", "Statement[0]"},
		{policy.Resource, with(`"x"`), "Invalid principal in policy", "Statement[0].Principal"},
		{policy.Resource, with(`{"AWS":[]}`), "Invalid principal in policy", "Statement[0].Principal.AWS"},
		{policy.Resource, doc(`{"Effect":"Allow","Principal":"*","NotPrincipal":"*","Action":"a:b","Resource":"*"}`), "Syntax error in policy.", "Statement[0]"},
	})
	for _, arn := range []string{
		"arn:aws:iam::" + here + ":group/g", "arn:aws:iam::" + here + ":user/", "arn:aws:iam::" + here + ":user//x", "arn:aws:iam:eu-west-1:" + here + ":root",
		"arn:aws:s3:::bucket", "arn:aws:sts::" + here + ":assumed-role/r", "arn:aws:sts::" + here + ":assumed-role/r/s/t", "arn:aws:sts::" + here + ":federated-user/a/b",
		"arn:aws:iam::" + here + ":user/a b", "arn:aws:iam::" + here, "arn:x:iam::" + here + ":root", "arn:aws:iam::" + here + ":user/a:b", "AIDA", "AGPAEXAMPLE000000000",
		"aidaexample0000000000", "1111222233334", "arn:aws:iam::cloudfront:user/*", "",
	} {
		runRefusals(t, []refusal{{policy.Resource, with(aws(arn)), fmt.Sprintf("Invalid principal in policy: %q:%q", "AWS", arn), "Statement[0].Principal.AWS"}})
	}
}

func TestParseRefusesConditions(t *testing.T) {
	with := func(condition string) string {
		return doc(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}`)
	}
	at := func(s string) string { return "Statement[0].Condition" + s }
	runRefusals(t, []refusal{
		{policy.Identity, with(`[]`), syntax, at("")},
		{policy.Identity, with(`{"StringMatches":{"a:k":"x"}}`), syntax, at(".StringMatches")},
		{policy.Identity, with(`{"stringequals":{"a:k":"x"}}`), syntax, at(".stringequals")},
		{policy.Identity, with(`{"ForSomeValues:StringEquals":{"a:k":"x"}}`), syntax, at(".ForSomeValues:StringEquals")},
		{policy.Identity, with(`{"NullIfExists":{"a:k":"true"}}`), syntax, at(".NullIfExists")},
		{policy.Identity, with(`{"ForAllValues:Null":{"a:k":"true"}}`), syntax, at(".ForAllValues:Null")},
		{policy.Identity, with(`{"StringEqualsIfExistsIfExists":{"a:k":"x"}}`), syntax, at(".StringEqualsIfExistsIfExists")},
		{policy.Identity, with(`{"StringEquals":{}}`), syntax, at(".StringEquals")},
		{policy.Identity, with(`{"StringEquals":"x"}`), syntax, at(".StringEquals")},
		{policy.Identity, with(`{"StringEquals":{"a:k":[]}}`), syntax, at(".StringEquals.a:k")},
		{policy.Identity, with(`{"StringEquals":{"a:k":{}}}`), syntax, at(".StringEquals.a:k")},
		{policy.Identity, with(`{"StringEquals":{"a:k":[null]}}`), syntax, at(".StringEquals.a:k")},
		{policy.Identity, with(`{"StringEquals":{"username":"x"}}`), vendor, at(".StringEquals.username")},
		{policy.Identity, with(`{"StringEquals":{"aws:":"x"}}`), vendor, at(".StringEquals.aws:")},
		{policy.Identity, with(`{"StringEquals":{"a b:c":"x"}}`), vendor, at(".StringEquals.a b:c")},
		{policy.SCP, with(`{"StringEquals":{"username":"x"}}`), organisation, at(".StringEquals.username")},
	})
	for operator, values := range map[string][]string{
		"NumericEquals": {"x", "", "1e3", "0x1", "1.", ".5", "+1", "--1", "1 ", "${aws:EpochTime}"},
		"DateEquals":    {"x", "", "-", "2020-13-01", "2020-01-01T00:00:00", "20200101T000000Z", "99999999999999999999", "${aws:CurrentTime}"},
		"Bool":          {"x", "", "1", "${aws:SecureTransport}"},
		"Null":          {"x", "", "${a:k}"},
		"BinaryEquals":  {"x", "!"},
		"IpAddress":     {"x", "", "10.0.0.0/33", "10.0.0", "fe80::1%eth0", "010.0.0.1", "10.0.0.0/8 "},
		"ArnLike":       {"x", "", "arn", "$"},
		"StringEquals":  {"${", "${aws:username", "${}", "${username}", "${aws:username,}", "${aws:username, 'x}", "${aws:username, x}", "${*, 'x'}", "${a:${b:c}}"},
	} {
		for _, value := range values {
			runRefusals(t, []refusal{{policy.Identity, with(`{"` + operator + `":{"a:k":"` + value + `"}}`), syntax, at("." + operator + ".a:k")}})
		}
	}
}

func TestParseAccepts(t *testing.T) {
	for _, c := range []struct {
		kind     policy.Kind
		document string
	}{
		{policy.Identity, "\n" + doc(allowAll) + " "},
		{policy.Identity, `{"Id":"x","Statement":` + allowAll + `}`},
		{policy.Identity, doc(`{"Sid":"","Effect":"Allow","Action":["*"],"Resource":["*"],"Condition":{}}`)},
		{policy.Identity, doc(`[{"Sid":"","Effect":"Allow","Action":"*:*","Resource":"*"},{"Sid":"","Effect":"Allow","Action":"*:Get?","Resource":"*"}]`)},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":["arn:*:s3:::b","arn:aws-cn:sqs","arn:aws:kms:*:${aws:PrincipalAccount}:key/*","arn:aws"]}`)},
		{policy.Identity, doc(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:sub":"x","aws:PrincipalTag/Cost Center":"y"}}}`)},
		{policy.Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:k":"${"}}}}`},
		{policy.SCP, doc(`{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}`)},
		{policy.RCP, doc(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)},
		{policy.RCP, doc(`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*"}`)},
		{policy.Key, doc(`{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`)},
		{policy.Trust, doc(trusting(`{"Service":["ec2.amazonaws.com","states.eu-west-1.amazonaws.com"],"AWS":["*"]}`))},
		{policy.Trust, doc(trusting(`{"Federated":"cognito-identity.amazonaws.com"}`))},
		{policy.Trust, doc(trusting(`{"Federated":"arn:aws:iam::` + here + `:oidc-provider/token.actions.githubusercontent.com"}`))},
		{policy.Trust, doc(trusting(`{"Federated":"arn:aws:iam::` + here + `:saml-provider/Okta"}`))},
		{policy.Trust, doc(trusting(aws("AROADBQP57FF2AEXAMPLE")))},
		{policy.Resource, doc(naming("Allow", `{"CanonicalUser":"`+strings.Repeat("0a", 32)+`"}`, "s3:*"))},
		{policy.Resource, doc(naming("Allow", aws("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"), "s3:GetObject"))},
		{policy.Resource, doc(naming("Allow", aws("arn:aws-us-gov:iam::"+here+":role/service-role/x+=,.@-_y"), "s3:GetObject"))},
	} {
		p, err := policy.Parse(c.kind, c.document)
		if err != nil {
			t.Errorf("%v policy %s: %v", c.kind, c.document, err)
			continue
		}
		if p.String() != c.document || p.Kind() != c.kind {
			t.Errorf("%v policy %s comes back as %v %s", c.kind, c.document, p.Kind(), p)
		}
	}
}

func TestPolicyTellsItsParts(t *testing.T) {
	p := parse(t, policy.Identity, `{"Version":"2012-10-17","Id":"mine","Statement":[`+allowOther+`,{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}]}`)
	d := policy.Evaluate(onQueue(user(here, "ana")), &policy.Set{Identity: list(p)})
	if d.Statement == nil || d.Statement.Sid() != "No" || d.Statement.Index() != 1 || d.Statement.Policy() != p || d.Statement.Effect() != policy.ExplicitDeny {
		t.Errorf("got %+v", d.Statement)
	}
	if p.Version() != "2012-10-17" || p.ID() != "mine" {
		t.Errorf("version %q, id %q", p.Version(), p.ID())
	}
	if v := parse(t, policy.Identity, `{"Statement":`+allowAll+`}`).Version(); v != "2008-10-17" {
		t.Errorf("default version %q", v)
	}
}

func TestParsePrincipal(t *testing.T) {
	role := "arn:aws:iam::" + here + ":role/path/r"
	for arn, want := range map[string]policy.Principal{
		"*":                                  {Kind: policy.Anonymous},
		"sqs.amazonaws.com":                  {Kind: policy.Service, ARN: "sqs.amazonaws.com"},
		"arn:aws:iam::" + here + ":root":     {Kind: policy.Root, Account: here, ARN: "arn:aws:iam::" + here + ":root"},
		"arn:aws:iam::" + here + ":user/p/u": {Kind: policy.User, Account: here, ARN: "arn:aws:iam::" + here + ":user/p/u"},
		role:                                 {Kind: policy.RoleSession, Account: here, ARN: role, Issuer: role},
		"arn:aws:sts::" + here + ":federated-user/f": {Kind: policy.FederatedUser, Account: here, ARN: "arn:aws:sts::" + here + ":federated-user/f"},
		"arn:aws:sts::" + here + ":assumed-role/r/s": {
			Kind: policy.RoleSession, Account: here, ARN: "arn:aws:sts::" + here + ":assumed-role/r/s", Issuer: "arn:aws:iam::" + here + ":role/r",
		},
	} {
		if got, err := policy.ParsePrincipal(arn); err != nil || *got != want {
			t.Errorf("%s: %+v, %v", arn, got, err)
		}
	}
	for _, arn := range []string{"", "ana", here, "arn:aws:iam::" + here + ":group/g", "arn:aws:sts::" + here + ":assumed-role/r", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"} {
		if got, err := policy.ParsePrincipal(arn); err == nil {
			t.Errorf("%q is %+v", arn, got)
		}
	}
}
