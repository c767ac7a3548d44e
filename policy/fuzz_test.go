package policy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/keyhold/keyhold/policy"
)

// FuzzParse holds the parser and the evaluator to what must be true of any document: no panic, an error of the one type,
// bounded time, and decisions on which Evaluate and Explain agree.
func FuzzParse(f *testing.F) {
	for _, document := range []string{
		doc(allowAll), doc(denyAll), `{`, `{"Statement":[]}`,
		doc(naming("Allow", `"*"`, "kms:*")),
		doc(naming("Deny", `{"AWS":["`+here+`","AIDAEXAMPLE000000000"],"Service":"sns.amazonaws.com"}`, "sqs:*")),
		doc(trusting(aws("arn:aws:iam::" + here + ":role/r"))),
		doc(`{"Effect":"Deny","NotPrincipal":{"AWS":"` + here + `"},"NotAction":"s3:Get*","NotResource":"arn:aws:s3:::b/${aws:username, 'x'}/*"}`),
		doc(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"a:k":["*a*b?","${*}${a:v}"]},"Null":{"a:n":true}}}`),
		doc(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:ArnLike":{"a:m":"arn:aws:s3:::*"},"NumericLessThan":{"a:k":1.5}}}`),
		doc(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"a:k":"2020-01-01"},"IpAddress":{"a:k":"::/0"},"Bool":{"a:k":"true"},"BinaryEquals":{"a:k":"QQ=="}}}`),
	} {
		for kind := policy.Identity; kind <= policy.Key; kind++ {
			f.Add(uint8(kind), document)
		}
	}
	requests := []*policy.Request{
		onQueue(user(here, "ana")), onKey(session(here, "r", "s")), onRole(user(there, "bob")), onQueue(service("sns.amazonaws.com")),
		onQueue(federated(here, "fred", "ana")), onQueue(root(here)), onQueue(nil),
	}
	for _, req := range requests {
		req.Context = values{"a:k": policy.One("aab"), "a:v": policy.One("*"), "a:m": policy.List("arn:aws:s3:::b", "")}
	}
	f.Fuzz(func(t *testing.T, kind uint8, document string) {
		start := time.Now()
		p, err := policy.Parse(policy.Kind(kind), document)
		var parseError *policy.ParseError
		if err != nil {
			if !errors.As(err, &parseError) || parseError.Reason == "" || p != nil {
				t.Fatalf("%v, %v", p, err)
			}
			return
		}
		if p.String() != document {
			t.Fatal("the document changed")
		}
		for _, req := range requests {
			for _, set := range []*policy.Set{
				{Identity: list(p)}, {Resource: p}, {Identity: list(p), Boundaries: list(p), SCPs: [][]*policy.Policy{{p}}},
				{HasSession: true, Sessions: list(p)}, {RCPs: [][]*policy.Policy{{p}}},
			} {
				if d := policy.Evaluate(req, set); policy.Explain(req, set).Decision != d {
					t.Fatalf("Explain does not agree with %+v", d)
				}
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}
