package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/keyhold/keyhold/policy"
)

// Directory knows which policies bind a caller.
type Directory interface {
	// Policies adds the caller's identity policies, boundaries and organisation policies to set. It answers with an
	// *Error if the caller's user or role no longer exists.
	Policies(ctx context.Context, who *Caller, set *policy.Set) error
}

// Event is a call that was answered, for the audit trail.
type Event struct {
	Call     *Call
	Op       *Op
	In       any    // the decoded input
	Err      *Error // nil if the call succeeded
	ReadOnly bool
}

// Auditor keeps the audit trail.
type Auditor interface {
	// Record keeps an event. The call is answered only after it returned; if it fails, the answer is InternalFailure.
	Record(ctx context.Context, e *Event) error
}

// Cloud is the one door: it authorises, runs and records every call.
type Cloud struct {
	services  []Ops
	ops       map[opName]*Op
	directory Directory
	auditor   Auditor
	log       *slog.Logger
}

type opName struct{ service, operation string }

// NewCloud makes a door to services.
func NewCloud(directory Directory, auditor Auditor, log *slog.Logger, services ...Service) *Cloud {
	c := &Cloud{ops: map[opName]*Op{}, directory: directory, auditor: auditor, log: log}
	for _, s := range services {
		ops := s.Ops()
		c.services = append(c.services, ops)
		for name, op := range ops.Table {
			c.ops[opName{ops.Service, name}] = &op
		}
	}
	return c
}

// Services are the tables of all drawers.
func (c *Cloud) Services() []Ops { return c.services }

// Op finds an operation.
func (c *Cloud) Op(service, operation string) (*Op, bool) {
	op, ok := c.ops[opName{service, operation}]
	return op, ok
}

// Invoke takes an authenticated call through the door. in is a pointer to the operation's input, out one to its
// output. Its error is always an *Error; faults of ours are logged under the request id.
func (c *Cloud) Invoke(ctx context.Context, call *Call, in any) (any, error) {
	op, ok := c.Op(call.Service, call.Operation)
	if !ok {
		return nil, &Error{Code: "UnknownOperation", Message: "The action " + call.Operation + " is not valid for this endpoint."}
	}
	out, err := c.run(ctx, call, op, in)
	wire := c.refusal(ctx, call, err)
	if err := c.auditor.Record(ctx, &Event{Call: call, Op: op, In: in, Err: wire, ReadOnly: op.ReadOnly}); err != nil {
		c.log.ErrorContext(ctx, "no audit record", "requestId", call.RequestID, "error", err)
		return nil, InternalFailure()
	}
	if wire != nil {
		return nil, wire
	}
	return out, nil
}

// refusal is what the caller sees of an error, or nil if there is none. Faults of ours are logged.
func (c *Cloud) refusal(ctx context.Context, call *Call, err error) *Error {
	if err == nil {
		return nil
	}
	var wire *Error
	if errors.As(err, &wire) {
		return wire
	}
	c.log.ErrorContext(ctx, "call failed", "requestId", call.RequestID, "service", call.Service, "operation", call.Operation, "error", err)
	return InternalFailure()
}

func (c *Cloud) run(ctx context.Context, call *Call, op *Op, in any) (any, error) {
	if err := op.require(ctx, call, in); err != nil {
		return nil, err
	}
	if err := c.authorize(ctx, call); err != nil {
		return nil, err
	}
	return op.run(ctx, call, in)
}

// authorize decides each permission that the call required. A call that required none and is not public is refused,
// so that a forgotten check closes the door instead of opening it.
func (c *Cloud) authorize(ctx context.Context, call *Call) error {
	if call.public {
		return nil
	}
	if len(call.checks) == 0 {
		return fmt.Errorf("%s %s requires no permission and is not public", call.Service, call.Operation)
	}
	set := &call.policies
	set.Sessions, set.HasSession = call.Caller.Sessions, call.Caller.HasSession
	if err := c.directory.Policies(ctx, call.Caller, set); err != nil {
		return err
	}
	for i := range call.checks {
		check := &call.checks[i]
		set.Resource = check.Policy
		req := policy.Request{
			Principal: &call.Caller.Principal, Action: check.Action, Resource: check.Resource, Account: check.Account, Context: check,
		}
		if d := policy.Evaluate(&req, set); d.Effect != policy.Allow {
			return denied(call, check, d)
		}
	}
	return nil
}
