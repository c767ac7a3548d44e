package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/keyhold/keyhold/policy"
)

type (
	in  struct{ Name string }
	out struct{ Answer string }
)

// desk is a service with one operation whose requirements and answer a test sets.
type desk struct {
	require func(context.Context, *Call, *in) error
	run     func(context.Context, *Call, *in) (*out, error)
}

func (d desk) Ops() Ops {
	return Ops{Service: "desk", Table: map[string]Op{"Ask": Do(d.run, d.require)}}
}

// directory gives every caller the same policies.
type directory struct{ set policy.Set }

func (d directory) Policies(_ context.Context, _ *Caller, set *policy.Set) error {
	set.Identity, set.Boundaries, set.SCPs, set.RCPs = d.set.Identity, d.set.Boundaries, d.set.SCPs, d.set.RCPs
	return nil
}

// diary is an Auditor that remembers, or fails.
type diary struct {
	events []*Event
	err    error
}

func (d *diary) Record(_ context.Context, e *Event) error {
	d.events = append(d.events, e)
	return d.err
}

func parse(t *testing.T, kind policy.Kind, doc string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse(kind, doc)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	allowAsk = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"desk:Ask","Resource":"*"}}`
	denyAsk  = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"desk:Ask","Resource":"*"}}`
)

func user() *Caller {
	return &Caller{Principal: policy.Principal{Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/u"}}
}

func ask(who *Caller) *Call {
	return &Call{RequestID: "r-1", Service: "desk", Operation: "Ask", Region: "us-east-1", Time: time.Unix(0, 0), Caller: who}
}

func requireAsk(_ context.Context, c *Call, _ *in) error {
	c.Require(Check{Action: "desk:Ask", Resource: "arn:aws:desk:us-east-1:111122223333:thing/1", Target: "thing"})
	return nil
}

func answer(_ context.Context, c *Call, i *in) (*out, error) { return &out{"hello " + i.Name}, nil }

func TestInvoke(t *testing.T) {
	allow := policy.Set{Identity: []*policy.Policy{parse(t, policy.Identity, allowAsk)}}
	for name, c := range map[string]struct {
		desk desk
		set  policy.Set
		call *Call
		code string // empty: answered
	}{
		"allowed":   {desk{requireAsk, answer}, allow, ask(user()), ""},
		"denied":    {desk{requireAsk, answer}, policy.Set{}, ask(user()), "AccessDenied"},
		"anonymous": {desk{requireAsk, answer}, allow, ask(Anonymous()), "AccessDenied"},
		"public": {desk{func(_ context.Context, c *Call, _ *in) error { c.Public(); return nil }, answer},
			policy.Set{}, ask(user()), ""},
		"a forgotten check closes the door": {desk{func(context.Context, *Call, *in) error { return nil }, answer},
			allow, ask(user()), "InternalFailure"},
		"one of two permissions": {desk{func(ctx context.Context, c *Call, i *in) error {
			c.Require(Check{Action: "desk:Open", Resource: "*"})
			return requireAsk(ctx, c, i)
		}, answer}, allow, ask(user()), "AccessDenied"},
		"the caller's error": {desk{requireAsk, func(context.Context, *Call, *in) (*out, error) {
			return nil, fmt.Errorf("wrapped: %w", ValidationError("no"))
		}}, allow, ask(user()), "ValidationError"},
		"our error": {desk{requireAsk, func(context.Context, *Call, *in) (*out, error) {
			return nil, errors.New("the disk is on fire")
		}}, allow, ask(user()), "InternalFailure"},
		"unknown operation": {desk{requireAsk, answer}, allow, &Call{Service: "desk", Operation: "Nod", Caller: user()}, "UnknownOperation"},
	} {
		t.Run(name, func(t *testing.T) {
			log, audit := new(bytes.Buffer), new(diary)
			cloud := NewCloud(directory{c.set}, audit, slog.New(slog.NewTextHandler(log, nil)), c.desk)
			got, err := cloud.Invoke(t.Context(), c.call, &in{"world"})
			if c.code == "" {
				if err != nil || got.(*out).Answer != "hello world" {
					t.Fatalf("got %v, %v", got, err)
				}
			} else {
				var e *Error
				if !errors.As(err, &e) || e.Code != c.code {
					t.Fatalf("got %v, want %s", err, c.code)
				}
				if strings.Contains(e.Error(), "fire") {
					t.Errorf("an internal error reached the caller: %v", e)
				}
			}
			if internal := c.code == "InternalFailure"; internal != strings.Contains(log.String(), "r-1") {
				t.Errorf("log: %q", log)
			}
			if want := map[bool]int{true: 0, false: 1}[name == "unknown operation"]; len(audit.events) != want {
				t.Errorf("%d audit records, want %d", len(audit.events), want)
			}
		})
	}
}

// TestNoAnswerWithoutRecord shows that a call whose record cannot be kept is not answered.
func TestNoAnswerWithoutRecord(t *testing.T) {
	set := policy.Set{Identity: []*policy.Policy{parse(t, policy.Identity, allowAsk)}}
	cloud := NewCloud(directory{set}, &diary{err: errors.New("disk full")}, slog.New(slog.DiscardHandler), desk{requireAsk, answer})
	_, err := cloud.Invoke(t.Context(), ask(user()), &in{})
	var e *Error
	if !errors.As(err, &e) || e.Code != "InternalFailure" {
		t.Fatalf("got %v", err)
	}
}

func TestTargetIsWhatWasAuthorised(t *testing.T) {
	set := policy.Set{Identity: []*policy.Policy{parse(t, policy.Identity, allowAsk)}}
	run := func(_ context.Context, c *Call, _ *in) (*out, error) { return &out{c.Target(0).(string)}, nil }
	cloud := NewCloud(directory{set}, new(diary), slog.New(slog.DiscardHandler), desk{requireAsk, run})
	got, err := cloud.Invoke(t.Context(), ask(user()), &in{})
	if err != nil || got.(*out).Answer != "thing" {
		t.Fatalf("got %v, %v", got, err)
	}
}

// TestDenialTexts holds AWS's text of a denial for each kind of policy that decides.
func TestDenialTexts(t *testing.T) {
	const who = "User: arn:aws:iam::111122223333:user/u is not authorized to perform: desk:Ask on resource: "
	const thing = "arn:aws:desk:us-east-1:111122223333:thing/1"
	allowed := []*policy.Policy{parse(t, policy.Identity, allowAsk)}
	resource := parse(t, policy.Key, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"desk:Ask","Resource":"*"}}`)
	silent := parse(t, policy.Key, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"desk:Other","Resource":"*"}}`)
	session := user()
	session.HasSession = true
	for name, c := range map[string]struct {
		caller *Caller
		set    policy.Set
		check  Check
		want   string
	}{
		"identity, silent": {user(), policy.Set{}, Check{}, " because no identity-based policy allows the desk:Ask action"},
		"identity, explicit": {user(), policy.Set{Identity: append([]*policy.Policy{parse(t, policy.Identity, denyAsk)}, allowed...)}, Check{},
			" with an explicit deny in an identity-based policy"},
		"session, silent": {session, policy.Set{Identity: allowed}, Check{}, " because no session policy allows the desk:Ask action"},
		"boundary, silent": {user(), policy.Set{Identity: allowed, Boundaries: []*policy.Policy{parse(t, policy.Boundary, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)}}, Check{},
			" because no permissions boundary allows the desk:Ask action"},
		"SCP, explicit": {user(), policy.Set{Identity: allowed, SCPs: [][]*policy.Policy{{parse(t, policy.SCP, denyAsk)}}}, Check{},
			" with an explicit deny in a service control policy"},
		"resource, explicit": {user(), policy.Set{Identity: allowed}, Check{Policy: resource}, " with an explicit deny in a resource-based policy"},
		"resource, silent":   {user(), policy.Set{Identity: allowed}, Check{Policy: silent}, " because no resource-based policy allows the desk:Ask action"},
		"another account's": {user(), policy.Set{Identity: allowed}, Check{Policy: silent, Account: "444455556666"},
			" because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"},
	} {
		t.Run(name, func(t *testing.T) {
			require := func(_ context.Context, call *Call, _ *in) error {
				check := c.check
				check.Action, check.Resource = "desk:Ask", thing
				call.Require(check)
				return nil
			}
			cloud := NewCloud(directory{c.set}, new(diary), slog.New(slog.DiscardHandler), desk{require, answer})
			_, err := cloud.Invoke(t.Context(), ask(c.caller), &in{})
			var e *Error
			if !errors.As(err, &e) || e.Message != who+thing+c.want {
				t.Errorf("got  %v\nwant %s", err, who+thing+c.want)
			}
		})
	}
}

// TestGlobalKeys holds the global condition keys of a session.
func TestGlobalKeys(t *testing.T) {
	issued := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	session := &Caller{
		Principal: policy.Principal{Kind: policy.RoleSession, Account: "111122223333",
			ARN: "arn:aws:sts::111122223333:assumed-role/R/s", Issuer: "arn:aws:iam::111122223333:role/R"},
		UserID: "AROAX:s", IssuedAt: issued, Tags: map[string]string{"Team": "red"},
	}
	c := ask(session)
	c.Time = issued.Add(time.Minute)
	c.Require(Check{Action: "desk:Ask", Resource: "*", Account: "444455556666"})
	check := &c.Checks()[0]
	for key, want := range map[string]string{
		"aws:principalarn": "arn:aws:iam::111122223333:role/R", "aws:principalaccount": "111122223333", "aws:principaltype": "AssumedRole",
		"aws:userid": "AROAX:s", "aws:tokenissuetime": "2026-11-21T12:00:00Z", "aws:currenttime": "2026-11-21T12:01:00Z",
		"aws:multifactorauthpresent": "false", "aws:securetransport": "false", "aws:requestedregion": "us-east-1",
		"aws:resourceaccount": "444455556666", "aws:principaltag/team": "red", "aws:viaawsservice": "false",
	} {
		if v, ok := check.Lookup(key); !ok || v.One != want {
			t.Errorf("%s = %q, %v, want %q", key, v.One, ok, want)
		}
	}
	for _, key := range []string{"aws:username", "aws:sourceip", "aws:sourcearn", "aws:principaltag/other", "aws:requesttag/a", "kms:requestalias", "aws:nosuchkey"} {
		if v, ok := check.Lookup(key); ok {
			t.Errorf("%s = %q, want none", key, v.One)
		}
	}
}

func TestSecretsPrintAsRedacted(t *testing.T) {
	c := Credential{Secret: NewSecret("hunter2")}
	hidden := struct{ secret Secret }{c.Secret} // where fmt may not call methods
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if s := fmt.Sprintf(verb, c.Secret) + fmt.Sprintf(verb, &c) + fmt.Sprintf(verb, hidden); strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

// TestFolded shows that a name given twice in different case cannot satisfy an Allow with one of its values.
func TestFolded(t *testing.T) {
	if v, ok := Folded(map[string]string{"Tenant": "acme"}, "tenant"); !ok || v.Multi || v.One != "acme" {
		t.Errorf("got %+v, %v", v, ok)
	}
	if v, ok := Folded(map[string]string{"Tenant": "acme", "tenant": "bolt", "x": "y"}, "tenant"); !ok || !v.Multi || len(v.Many) != 2 {
		t.Errorf("got %+v, %v", v, ok)
	}
	if _, ok := Folded(map[string]string{"x": "y"}, "tenant"); ok {
		t.Error("found what is not there")
	}
}
