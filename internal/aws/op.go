package aws

import (
	"context"
	"fmt"
	"reflect"

	"github.com/keyhold/keyhold/policy"
)

// Service is one drawer of the embedded AWS.
type Service interface {
	// Ops is the drawer's index: which operations it has and what each may touch.
	Ops() Ops
}

// Ops is a drawer's table of operations.
type Ops struct {
	Service string // the name that requests are signed for, which is also the prefix of IAM actions: "kms"
	Model   []byte // the trimmed official model (package api/<service>)
	Table   map[string]Op
	// Refused gives the reason for operations of the model that are left out on purpose, for the coverage page.
	Refused map[string]string
}

// Op is one operation of a drawer.
type Op struct {
	In, Out  reflect.Type // struct types of input and output
	ReadOnly bool
	// Differs says how the operation differs from AWS on purpose; empty if it does not.
	Differs string

	require func(context.Context, *Call, any) error
	run     func(context.Context, *Call, any) (any, error)
}

// Do makes an operation of a method. require calls c.Require for each permission the call needs, with the resources,
// their policies and condition keys; it must call it at least once, or c.Public.
func Do[In, Out any](run func(context.Context, *Call, *In) (*Out, error), require func(context.Context, *Call, *In) error) Op {
	return Op{
		In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](),
		require: func(ctx context.Context, c *Call, in any) error {
			v, ok := in.(*In)
			if !ok {
				return fmt.Errorf("%s %s: input is %T", c.Service, c.Operation, in)
			}
			return require(ctx, c, v)
		},
		run: func(ctx context.Context, c *Call, in any) (any, error) {
			out, err := run(ctx, c, in.(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// Read marks an operation as one that changes nothing.
func (o Op) Read() Op { o.ReadOnly = true; return o }

// But says how an operation differs from AWS on purpose.
func (o Op) But(differs string) Op { o.Differs = differs; return o }

// Check is one permission that a call needs.
type Check struct {
	Action   string         // "kms:Encrypt"
	Resource string         // the resource's ARN, or "*"
	Name     string         // what a denial calls the resource; empty: "resource: " and its ARN
	Opaque   bool           // a denial does not tell whether the resource exists; so it is for other accounts' resources
	Account  string         // the account that owns the resource; empty: the caller's
	Policy   *policy.Policy // the resource's own policy; nil if it has none
	Keys     policy.Context // the service's condition keys for this call; nil if it has none
	Target   any            // what the operation will work on, so that it runs on exactly what was authorised

	call *Call
}
