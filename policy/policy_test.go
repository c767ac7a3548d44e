package policy_test

import (
	"strings"
	"testing"

	"github.com/keyhold/keyhold/policy"
)

const (
	here  = "111122223333" // the account of most principals and resources
	there = "444455556666" // another one
)

func parse(t testing.TB, kind policy.Kind, document string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse(kind, document)
	if err != nil {
		t.Fatalf("Parse(%v, %s): %v", kind, document, err)
	}
	return p
}

// statement makes a policy of one or more statements, in the version that has variables.
func statement(t testing.TB, kind policy.Kind, statements ...string) *policy.Policy {
	t.Helper()
	return parse(t, kind, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
}

// list makes the argument of a Set's list.
func list(p ...*policy.Policy) []*policy.Policy { return p }

// values is a Context for tests; its keys are in lower case.
type values map[string]policy.Values

func (v values) Lookup(key string) (policy.Values, bool) {
	found, ok := v[key]
	return found, ok
}

func user(account, name string) *policy.Principal {
	return &policy.Principal{
		Kind: policy.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/" + name, ID: "AIDAEXAMPLE0000" + strings.ToUpper(name),
	}
}

func session(account, role, name string) *policy.Principal {
	return &policy.Principal{
		Kind: policy.RoleSession, Account: account,
		ARN:    "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name,
		Issuer: "arn:aws:iam::" + account + ":role/" + role,
		ID:     "AROAEXAMPLE0000" + strings.ToUpper(role),
	}
}

func federated(account, name, by string) *policy.Principal {
	return &policy.Principal{
		Kind: policy.FederatedUser, Account: account,
		ARN:    "arn:aws:sts::" + account + ":federated-user/" + name,
		Issuer: "arn:aws:iam::" + account + ":user/" + by,
	}
}

func root(account string) *policy.Principal {
	return &policy.Principal{Kind: policy.Root, Account: account, ARN: "arn:aws:iam::" + account + ":root"}
}

func service(name string) *policy.Principal {
	return &policy.Principal{Kind: policy.Service, ARN: name}
}

// Requests on resources in the account here.
func onQueue(p *policy.Principal) *policy.Request {
	return &policy.Request{Principal: p, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-west-1:" + here + ":q", Account: here}
}

func onKey(p *policy.Principal) *policy.Request {
	return &policy.Request{Principal: p, Action: "kms:Decrypt", Resource: "arn:aws:kms:eu-west-1:" + here + ":key/k", Account: here}
}

func onRole(p *policy.Principal) *policy.Request {
	return &policy.Request{Principal: p, Action: "sts:AssumeRole", Resource: "arn:aws:iam::" + here + ":role/Target", Account: here}
}

// Statements that allow or deny everything, and one that allows nothing of interest.
const (
	allowAll   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	denyAll    = `{"Effect":"Deny","Action":"*","Resource":"*"}`
	allowOther = `{"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"}`
)

// naming makes statements for policies of resources, roles and keys.
func naming(effect, principal, action string) string {
	return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `","Resource":"*"}`
}

func trusting(principal string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}`
}

func aws(arn string) string { return `{"AWS":"` + arn + `"}` }

// scenario is one row of a table of decisions.
type scenario struct {
	name  string
	req   *policy.Request
	set   policy.Set
	want  policy.Effect
	layer policy.Layer
}

func (s scenario) run(t *testing.T) {
	t.Run(s.name, func(t *testing.T) {
		got := policy.Evaluate(s.req, &s.set)
		if got.Effect != s.want || got.Layer != s.layer {
			t.Errorf("got %v by %v, want %v by %v", got.Effect, got.Layer, s.want, s.layer)
		}
		if x := policy.Explain(s.req, &s.set); x.Decision != got {
			t.Errorf("Explain decides %+v, Evaluate %+v", x.Decision, got)
		}
	})
}

func runAll(t *testing.T, scenarios []scenario) {
	for _, s := range scenarios {
		s.run(t)
	}
}
