package policy

import (
	"encoding/json"
	"strconv"
)

// Explanation is a decision with the account of how it came about. It marshals to JSON.
type Explanation struct {
	Decision
	Statements []Examination // every statement of every policy that applies, in the order of the layers
	reason     string
}

// Examination says what one statement made of the request.
type Examination struct {
	Layer      Layer             `json:"layer"`
	Policy     string            `json:"policy"`        // the policy's place in the Set, such as "Identity[0]" or "SCPs[1][0]"
	Sid        string            `json:"sid,omitempty"` // the statement's id
	Index      int               `json:"index"`         // the statement's place in its policy, from 0
	Effect     string            `json:"effect"`        // Allow or Deny
	Matched    bool              `json:"matched"`       // whether the statement applies to the request
	Why        string            `json:"why"`           // the element or condition that settled it, with what it saw
	Conditions []ConditionResult `json:"conditions,omitempty"`
	Statement  *Statement        `json:"-"`
}

// ConditionResult says what one condition made of the request. Conditions are tested only where action, principal and
// resource match.
type ConditionResult struct {
	Operator string   `json:"operator"` // as written
	Key      string   `json:"key"`      // as written
	Values   []string `json:"values"`   // the policy's
	Present  bool     `json:"present"`  // whether the request has the key
	Saw      []string `json:"saw"`      // the request's values
	Holds    bool     `json:"holds"`
}

// Reason returns the decision in one sentence.
func (e Explanation) Reason() string { return e.reason }

// MarshalJSON returns the decision, its reason and the statements.
func (e Explanation) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Decision
		Reason     string        `json:"reason"`
		Statements []Examination `json:"statements"`
	}{e.Decision, e.reason, e.Statements})
}

// Explain decides as Evaluate does and tells why.
func Explain(req *Request, set *Set) Explanation {
	e := start(req, set, nil)
	x := Explanation{Decision: e.decide(), Statements: []Examination{}}
	x.reason = e.reason(x.Decision)
	e.eachPolicy(func(layer Layer, place string, p *Policy) {
		for _, s := range p.statements {
			x.Statements = append(x.Statements, e.examine(layer, place, s))
		}
	})
	return x
}

// eachPolicy calls f for the policies that bear on the request, in the order in which denies are reported.
func (e *evaluation) eachPolicy(f func(layer Layer, place string, p *Policy)) {
	list := func(layer Layer, place string, policies []*Policy) {
		for i, p := range policies {
			f(layer, place+"["+strconv.Itoa(i)+"]", p)
		}
	}
	levels := func(layer Layer, place string, levels [][]*Policy) {
		for i, policies := range levels {
			list(layer, place+"["+strconv.Itoa(i)+"]", policies)
		}
	}
	if !e.rcpExempt() {
		levels(RCPLayer, "RCPs", e.set.RCPs)
	}
	if !e.outsider() {
		levels(SCPLayer, "SCPs", e.set.SCPs)
	}
	if e.set.Resource != nil {
		f(ResourceLayer, "Resource", e.set.Resource)
	}
	if !e.outsider() {
		list(IdentityLayer, "Identity", e.set.Identity)
		list(BoundaryLayer, "Boundaries", e.set.Boundaries)
		list(SessionLayer, "Sessions", e.set.Sessions)
	}
}

func (e *evaluation) examine(layer Layer, place string, s *Statement) Examination {
	x := Examination{Layer: layer, Policy: place, Sid: s.sid, Index: s.index, Effect: "Allow", Statement: s}
	if s.deny {
		x.Effect = "Deny"
	}
	f := s.principals.match(e, s.deny)
	switch {
	case s.inert:
		x.Why = "without Action or Resource a statement of a key policy has no effect"
	case !s.actions.match(e.action):
		x.Why = s.actions.name() + " does not cover " + e.req.Action
	case f == unnamed:
		x.Why = s.principals.name() + " does not name " + e.caller()
	case !s.resources.match(e.req.Resource, e.req.Context).holds(s.deny):
		x.Why = s.resources.name() + " does not cover " + e.req.Resource
	default:
		x.Matched, x.Why = true, "every element matches"
		if layer == ResourceLayer {
			x.Why += formTexts[f]
		}
		e.examineConditions(s, &x)
	}
	return x
}

func (e *evaluation) examineConditions(s *Statement, x *Examination) {
	for i := range s.conditions {
		c := &s.conditions[i]
		r := c.result(e.req.Context, s.deny)
		x.Conditions = append(x.Conditions, r)
		if !r.Holds && x.Matched {
			x.Matched, x.Why = false, r.text()
		}
	}
}

func (c *condition) result(ctx Context, deny bool) ConditionResult {
	r := ConditionResult{Operator: c.name, Key: c.path, Values: c.values, Saw: []string{}, Holds: c.test(ctx).holds(deny)}
	v, found := lookup(ctx, c.key)
	switch {
	case !found:
		return r
	case v.Multi:
		r.Saw = v.Many
	default:
		r.Saw = []string{v.One}
	}
	r.Present = true
	return r
}
