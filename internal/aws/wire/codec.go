package wire

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/keyhold/keyhold/internal/aws"
)

// Codec knows the shapes of services. It parses a service's model when the service is first used, and is safe for
// concurrent use.
type Codec struct {
	services map[string]*service // by signing name
	byTarget map[string]*service // by the prefix of X-Amz-Target
}

// NewCodec makes a codec for services. It fails if a model's head cannot be read.
func NewCodec(services ...aws.Ops) (*Codec, error) {
	c := &Codec{services: map[string]*service{}, byTarget: map[string]*service{}}
	for _, ops := range services {
		meta, err := parseMetadata(ops.Model)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ops.Service, err)
		}
		s := &service{ops: ops, metadata: meta}
		c.services[ops.Service] = s
		if meta.TargetPrefix != "" {
			c.byTarget[meta.TargetPrefix] = s
		}
	}
	return c, nil
}

// AppendParams appends the input of an operation as the requestParameters of an audit record: names in lowerCamel, times
// in ISO 8601, without blobs and without what the model calls sensitive. in is a pointer to the operation's input. For
// what the codec does not know it appends null.
func (c *Codec) AppendParams(dst []byte, service, operation string, in any) []byte {
	v := reflect.ValueOf(in)
	op := c.operation(service, operation)
	if op == nil || v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem() != op.in.typ {
		return append(dst, "null"...)
	}
	w := jsonWriter{out: dst, audit: true}
	w.structure(op.in, v.Elem())
	return w.out
}

func (c *Codec) operation(service, operation string) *operation {
	s := c.services[service]
	if s == nil || s.load() != nil {
		return nil
	}
	return s.operations[operation]
}

// service is one service's model and the plans for the operations that its drawer has.
type service struct {
	ops      aws.Ops
	metadata metadata

	once       sync.Once
	err        error
	model      *model
	operations map[string]*operation
}

// operation is an operation that a drawer has.
type operation struct {
	*opModel
	name    string
	in, out *plan
}

// load parses the model on first use.
func (s *service) load() error {
	s.once.Do(func() { s.err = s.parse() })
	return s.err
}

func (s *service) parse() (err error) {
	if s.model, err = parseModel(s.ops.Model); err != nil {
		return fmt.Errorf("%s: %w", s.ops.Service, err)
	}
	plans := planner{}
	s.operations = make(map[string]*operation, len(s.ops.Table))
	for name, op := range s.ops.Table {
		o := &operation{opModel: s.model.operations[name], name: name}
		if o.opModel == nil {
			return fmt.Errorf("%s: the model has no operation %s", s.ops.Service, name)
		}
		if o.in, err = plans.side(o.input, op.In); err != nil {
			return fmt.Errorf("%s: input of %s: %w", s.ops.Service, name, err)
		}
		if o.out, err = plans.side(o.output, op.Out); err != nil {
			return fmt.Errorf("%s: output of %s: %w", s.ops.Service, name, err)
		}
		s.operations[name] = o
	}
	return nil
}

func (b planner) side(s *shape, t reflect.Type) (*plan, error) {
	if s == nil {
		s = emptyShape
	}
	return b.plan(s, t)
}
