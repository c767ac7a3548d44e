package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/policy"
)

func TestExplainReasons(t *testing.T) {
	allow, deny, other := statement(t, policy.Identity, allowAll), statement(t, policy.Identity, denyAll), statement(t, policy.Identity, allowOther)
	named := statement(t, policy.Identity, `{"Sid":"Send","Effect":"Allow","Action":"sqs:*","Resource":"*"}`)
	open := statement(t, policy.Resource, naming("Allow", `"*"`, "*"))
	shut := statement(t, policy.Resource, naming("Deny", `"*"`, "*"))
	noRCP := statement(t, policy.RCP, naming("Deny", `"*"`, "*"))
	ana, bob := user(here, "ana"), user(there, "bob")
	tag := onKey(bob)
	tag.Action = "kms:TagResource"
	for _, c := range []struct {
		req  *policy.Request
		set  policy.Set
		want string
	}{
		{onQueue(ana), policy.Set{Identity: list(other, named)}, "Allowed by statement 0 (Send) of an identity policy."},
		{onQueue(ana), policy.Set{Resource: open}, "Allowed by statement 0 of the resource's policy."},
		{onQueue(root(here)), policy.Set{}, "Allowed because the account's root user may do what no policy denies."},
		{onQueue(bob), policy.Set{Identity: list(allow), Resource: open}, "Allowed by both accounts, in the resource's by statement 0 of the resource's policy."},
		{&policy.Request{Principal: ana, Action: "sts:GetCallerIdentity", Resource: "*"}, policy.Set{}, "Allowed because sts:GetCallerIdentity needs no permission."},
		{onQueue(ana), policy.Set{Identity: list(deny)}, "Denied explicitly by statement 0 of an identity policy."},
		{onQueue(ana), policy.Set{Sessions: list(deny)}, "Denied explicitly by statement 0 of a session policy."},
		{onQueue(ana), policy.Set{Boundaries: list(deny)}, "Denied explicitly by statement 0 of a permissions boundary."},
		{onQueue(ana), policy.Set{SCPs: [][]*policy.Policy{{deny}}}, "Denied explicitly by statement 0 of a service control policy."},
		{onQueue(ana), policy.Set{RCPs: [][]*policy.Policy{{noRCP}}}, "Denied explicitly by statement 0 of a resource control policy."},
		{onQueue(ana), policy.Set{Resource: shut}, "Denied explicitly by statement 0 of the resource's policy."},
		{onQueue(ana), policy.Set{}, "Denied because no identity policy allows sqs:SendMessage."},
		{onQueue(ana), policy.Set{Identity: list(allow), Boundaries: list(other)}, "Denied because a permissions boundary does not allow sqs:SendMessage."},
		{onQueue(ana), policy.Set{Identity: list(allow), HasSession: true}, "Denied because no session policy allows sqs:SendMessage."},
		{onQueue(ana), policy.Set{Identity: list(allow), SCPs: [][]*policy.Policy{{other}}}, "Denied because a level of the service control policies does not allow sqs:SendMessage."},
		{onQueue(bob), policy.Set{Identity: list(allow)}, "Denied because the resource has no policy that could allow sqs:SendMessage."},
		{onQueue(service("s3.amazonaws.com")), policy.Set{Resource: statement(t, policy.Resource, naming("Allow", aws(here), "*"))}, "Denied because the resource's policy does not allow sqs:SendMessage."},
		{onKey(ana), policy.Set{Resource: key(t, naming("Allow", aws(there), "*"))}, "Denied because the key policy does not allow kms:Decrypt."},
		{onRole(ana), policy.Set{Resource: statement(t, policy.Trust, trusting(aws(there)))}, "Denied because the role's trust policy does not allow sts:AssumeRole."},
		{tag, policy.Set{Identity: list(allow), Resource: key(t, naming("Allow", aws(there), "*"))}, "Denied because no key policy can allow to another account kms:TagResource."},
	} {
		if got := policy.Explain(c.req, &c.set).Reason(); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestExplainTellsWhyOfEachStatement(t *testing.T) {
	identity := statement(t, policy.Identity,
		`{"Sid":"Action","Effect":"Allow","Action":"s3:*","Resource":"*"}`,
		`{"Sid":"NotAction","Effect":"Allow","NotAction":"sqs:*","Resource":"*"}`,
		`{"Sid":"Resource","Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b"}`,
		`{"Sid":"Condition","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:K":["x","y"]},"Bool":{"a:missing":"true"}}}`,
		`{"Sid":"Missing","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"a:None":"*"}}}`,
		`{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"a:M":"1"}}}`)
	resource := statement(t, policy.Resource, naming("Allow", aws(there), "*"), naming("Allow", aws(here), "*"))
	req := onQueue(user(here, "ana"))
	req.Context = values{"a:k": policy.One("z"), "a:m": policy.List("1", "2")}
	x := policy.Explain(req, &policy.Set{Identity: list(identity), Resource: resource})
	want := []struct {
		policy, sid, effect, why string
		matched                  bool
	}{
		{"Resource", "", "Allow", "Principal does not name arn:aws:iam::" + here + ":user/ana", false},
		{"Resource", "", "Allow", "every element matches; it names the caller's account, which leaves the rest to identity policies", true},
		{"Identity[0]", "Action", "Allow", "Action does not cover sqs:SendMessage", false},
		{"Identity[0]", "NotAction", "Allow", "NotAction does not cover sqs:SendMessage", false},
		{"Identity[0]", "Resource", "Allow", "Resource does not cover " + req.Resource, false},
		{"Identity[0]", "Condition", "Deny", `condition StringEquals on a:K: the request has ["z"], the policy ["x" "y"]`, false},
		{"Identity[0]", "Missing", "Allow", "condition StringLike on a:None: the request does not have the key", false},
		{"Identity[0]", "All", "Allow", "every element matches", true},
	}
	if len(x.Statements) != len(want) {
		t.Fatalf("%d statements, want %d", len(x.Statements), len(want))
	}
	for i, w := range want {
		s := x.Statements[i]
		if s.Policy != w.policy || s.Sid != w.sid || s.Effect != w.effect || s.Why != w.why || s.Matched != w.matched || s.Statement == nil {
			t.Errorf("statement %d: %+v\nwant %+v", i, s, w)
		}
	}
	if c := x.Statements[5].Conditions; len(c) != 2 || c[0].Holds || !c[0].Present || c[1].Present {
		t.Errorf("conditions %+v", c)
	}
	if c := x.Statements[7].Conditions; len(c) != 1 || !c[0].Holds || strings.Join(c[0].Saw, ",") != "1,2" {
		t.Errorf("conditions %+v", c)
	}
}

func TestExplainOfInertStatement(t *testing.T) {
	set := policy.Set{Resource: key(t, `{"Effect":"Allow","Principal":"*","Action":"kms:*"}`)}
	x := policy.Explain(onKey(user(here, "ana")), &set)
	if s := x.Statements[0]; s.Matched || s.Why != "without Action or Resource a statement of a key policy has no effect" {
		t.Errorf("got %+v", s)
	}
}

func TestExplainLeavesOutWhatDoesNotApply(t *testing.T) {
	allow := statement(t, policy.Identity, allowAll)
	set := policy.Set{
		Identity: list(allow), Boundaries: list(allow), Sessions: list(allow), HasSession: true,
		SCPs: [][]*policy.Policy{{allow}}, Resource: statement(t, policy.Resource, naming("Allow", `"*"`, "*")),
	}
	if x := policy.Explain(onQueue(service("sns.amazonaws.com")), &set); len(x.Statements) != 1 || x.Statements[0].Layer != policy.ResourceLayer {
		t.Errorf("got %+v", x.Statements)
	}
	if x := policy.Explain(onQueue(user(here, "ana")), &set); len(x.Statements) != 5 || x.Statements[0].Policy != "SCPs[0][0]" {
		t.Errorf("got %+v", x.Statements)
	}
}

func TestExplanationMarshals(t *testing.T) {
	set := policy.Set{Identity: list(statement(t, policy.Identity, allowOther))}
	b, err := json.Marshal(policy.Explain(onQueue(user(here, "ana")), &set))
	want := `{"decision":"ImplicitDeny","layer":"Identity","crossAccount":false,"reason":"Denied because no identity policy allows sqs:SendMessage.",` +
		`"statements":[{"layer":"Identity","policy":"Identity[0]","index":0,"effect":"Allow","matched":false,"why":"Action does not cover sqs:SendMessage"}]}`
	if err != nil || string(b) != want {
		t.Errorf("got %s, %v\nwant %s", b, err, want)
	}
}
