package policy_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyhold/keyhold/policy"
)

// The generators below draw from small worlds, so that statements match often.

func oneOf(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }

var (
	actionWorld    = oneOf("*", "sqs:*", "sqs:SendMessage", "sqs:Send*", "s3:GetObject", "SQS:?endmessage")
	resourceWorld  = oneOf("*", "arn:aws:sqs:eu-west-1:"+here+":q", "arn:aws:sqs:*:*:*", "arn:aws:s3:::b", "arn:aws:sqs:*:*:${aws:username}")
	conditionWorld = oneOf("",
		`{"StringEquals":{"a:k":"x"}}`, `{"StringNotEquals":{"a:k":"x"}}`, `{"StringLike":{"a:k":["x*","${a:v}"]}}`,
		`{"StringNotLike":{"a:k":"${a:v}"}}`, `{"ForAllValues:StringEquals":{"a:m":["x","y"]}}`, `{"ForAnyValue:StringNotEquals":{"a:m":"x"}}`,
		`{"StringEquals":{"a:m":"x"}}`, `{"Null":{"a:k":"true"}}`, `{"NumericLessThan":{"a:k":"5"}}`, `{"StringEqualsIfExists":{"a:k":"y"}}`,
	)
	principalWorld = oneOf(`"*"`, aws(here), aws(there), aws("arn:aws:iam::"+here+":user/ana"), aws("arn:aws:iam::"+here+":role/r"),
		aws("arn:aws:sts::"+here+":assumed-role/r/s"), `{"Service":"sns.amazonaws.com"}`, aws("arn:aws:sts::"+here+":federated-user/fred"))
)

func drawStatement(t *rapid.T, kind policy.Kind, effect string) string {
	s := `{"Effect":"` + effect + `"`
	switch kind {
	case policy.Resource, policy.Key:
		s += `,"` + oneOf("Principal", "Principal", "NotPrincipal").Draw(t, "element") + `":` + principalWorld.Draw(t, "principal")
	}
	s += `,"` + oneOf("Action", "Action", "NotAction").Draw(t, "element") + `":"` + actionWorld.Draw(t, "action") + `"`
	s += `,"` + oneOf("Resource", "Resource", "NotResource").Draw(t, "element") + `":"` + resourceWorld.Draw(t, "resource") + `"`
	if c := conditionWorld.Draw(t, "condition"); c != "" {
		s += `,"Condition":` + c
	}
	return s + "}"
}

// drawn is a set of policies as lists of statements, from which variations can be made.
type drawn struct {
	identity, session, boundary, scp, resource []string
	hasSession, bounded, organised, attached   bool
	kind                                       policy.Kind
}

func drawSet(t *rapid.T) *drawn {
	kind := rapid.SampledFrom([]policy.Kind{policy.Resource, policy.Key}).Draw(t, "kind")
	statements := func(kind policy.Kind) []string {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return drawStatement(t, kind, oneOf("Allow", "Allow", "Allow", "Deny").Draw(t, "effect"))
		}), 1, 3).Draw(t, kind.String())
	}
	return &drawn{
		identity: statements(policy.Identity), session: statements(policy.Session), boundary: statements(policy.Boundary),
		scp: statements(policy.SCP), resource: statements(kind), kind: kind,
		hasSession: rapid.Bool().Draw(t, "hasSession"), bounded: rapid.Bool().Draw(t, "bounded"),
		organised: rapid.Bool().Draw(t, "organised"), attached: rapid.Bool().Draw(t, "attached"),
	}
}

func (d *drawn) layers() []*[]string {
	return []*[]string{&d.identity, &d.session, &d.boundary, &d.scp, &d.resource}
}

func (d *drawn) set(t *rapid.T) *policy.Set {
	make := func(kind policy.Kind, statements []string) *policy.Policy {
		p, err := policy.Parse(kind, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	set := &policy.Set{Identity: list(make(policy.Identity, d.identity)), HasSession: d.hasSession}
	if d.hasSession {
		set.Sessions = list(make(policy.Session, d.session))
	}
	if d.bounded {
		set.Boundaries = list(make(policy.Boundary, d.boundary))
	}
	if d.organised {
		set.SCPs = [][]*policy.Policy{list(make(policy.SCP, d.scp))}
	}
	if d.attached {
		set.Resource = make(d.kind, d.resource)
	}
	return set
}

func drawRequest(t *rapid.T) *policy.Request {
	callers := []*policy.Principal{user(here, "ana"), session(here, "r", "s"), federated(here, "fred", "ana"), root(here), user(there, "bob"), service("sns.amazonaws.com"), {}}
	req := onQueue(rapid.SampledFrom(callers).Draw(t, "caller"))
	ctx := values{}
	for _, key := range []string{"a:k", "a:v", "aws:username"} {
		if rapid.Bool().Draw(t, key) {
			ctx[key] = policy.One(oneOf("x", "y", "*", "", "3", "q").Draw(t, key))
		}
	}
	if rapid.Bool().Draw(t, "a:m") {
		ctx["a:m"] = policy.List(rapid.SliceOfN(oneOf("x", "y", "z", ""), 0, 2).Draw(t, "a:m")...)
	}
	req.Context = ctx
	return req
}

func TestPropertyAddingADenyNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, req := drawSet(t), drawRequest(t)
		before := policy.Evaluate(req, d.set(t))
		i := rapid.IntRange(0, 4).Draw(t, "layer")
		kinds := []policy.Kind{policy.Identity, policy.Session, policy.Boundary, policy.SCP, d.kind}
		layer := d.layers()[i]
		*layer = append(*layer, drawStatement(t, kinds[i], "Deny"))
		if after := policy.Evaluate(req, d.set(t)); after.Effect == policy.Allow && before.Effect != policy.Allow {
			t.Errorf("a Deny turned %v into an allow", before.Effect)
		}
	})
}

func TestPropertyOrderOfStatementsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, req := drawSet(t), drawRequest(t)
		before := policy.Evaluate(req, d.set(t))
		for _, layer := range d.layers() {
			slices.Reverse(*layer)
		}
		after := policy.Evaluate(req, d.set(t))
		if before.Effect != after.Effect || before.Layer != after.Layer {
			t.Errorf("%v by %v in one order, %v by %v in the other", before.Effect, before.Layer, after.Effect, after.Layer)
		}
	})
}

func TestPropertyNarrowingASessionNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, req := drawSet(t), drawRequest(t)
		if req.Principal.Kind == policy.FederatedUser {
			d.hasSession = true // without a session policy its session has no permissions that could be narrowed
		}
		before := policy.Evaluate(req, d.set(t))
		switch {
		case !d.hasSession:
			d.hasSession = true
		case len(d.session) > 1 && strings.Contains(d.session[0], `"Allow"`):
			d.session = d.session[1:]
		default:
			d.session = append(d.session, drawStatement(t, policy.Session, "Deny"))
		}
		if after := policy.Evaluate(req, d.set(t)); after.Effect == policy.Allow && before.Effect != policy.Allow {
			t.Errorf("a narrower session turned %v into an allow", before.Effect)
		}
	})
}

func TestPropertyExplainAgreesWithEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, req := drawSet(t).set(t), drawRequest(t)
		d, x := policy.Evaluate(req, set), policy.Explain(req, set)
		if x.Decision != d || x.Reason() == "" {
			t.Fatalf("Evaluate %+v, Explain %+v: %s", d, x.Decision, x.Reason())
		}
		denies := false
		for _, s := range x.Statements {
			denies = denies || s.Matched && s.Effect == "Deny"
			if s.Statement == d.Statement && !s.Matched {
				t.Errorf("the deciding statement did not match: %s", s.Why)
			}
		}
		if denies != (d.Effect == policy.ExplicitDeny) {
			t.Errorf("%v, but a matching Deny: %v", d.Effect, denies)
		}
		if _, err := json.Marshal(x); err != nil {
			t.Error(err)
		}
	})
}

// TestPropertyAnUnknownElementCannotAllow: a statement with anything in it that is not understood does not parse.
func TestPropertyAnUnknownElementCannotAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z]{1,12}`).Filter(func(s string) bool {
			return !slices.Contains([]string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}, s)
		}).Draw(t, "name")
		s := drawStatement(t, policy.Identity, "Allow")
		if p, err := policy.Parse(policy.Identity, `{"Statement":`+s[:len(s)-1]+`,"`+name+`":"*"}}`); err == nil {
			t.Errorf("%s parses", p)
		}
	})
}
