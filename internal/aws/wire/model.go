package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

// model is a parsed model.json: the shapes of one service.
type model struct {
	operations   map[string]*opModel
	shapes       map[string]*shape
	errorsByCode map[string]*shape // errors whose code is not their shape's name
}

// metadata is what a model says of the service as a whole.
type metadata struct {
	APIVersion   string
	JSONVersion  string // "1.0" or "1.1"
	Protocol     string
	TargetPrefix string
	XMLNamespace xmlNamespace
}

// xmlNamespace is written as a text or as an object.
type xmlNamespace string

func (n *xmlNamespace) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(n))
	}
	var object struct{ URI string }
	err := json.Unmarshal(b, &object)
	*n = xmlNamespace(object.URI)
	return err
}

// opModel is an operation as the model has it. input and output are nil where the model has none.
type opModel struct {
	input, output *shape
	resultWrapper string
}

type kind uint8

const (
	kindStructure kind = iota + 1
	kindList
	kindMap
	kindString
	kindInteger
	kindLong
	kindDouble
	kindBoolean
	kindBlob
	kindTimestamp
)

var kinds = map[string]kind{
	"structure": kindStructure, "list": kindList, "map": kindMap, "string": kindString, "character": kindString,
	"integer": kindInteger, "long": kindLong, "float": kindDouble, "double": kindDouble, "boolean": kindBoolean,
	"blob": kindBlob, "timestamp": kindTimestamp,
}

// shape is a type of the model.
type shape struct {
	name            string
	kind            kind
	members         []member // of a structure
	key             use      // of a map
	element         use      // of a list, or a map's value
	flattened       bool
	sensitive       bool
	timestampFormat string
	constraint      constraint

	exception bool
	fault     bool // an error that is the service's fault
	code      string
	status    int
}

// use is a use of a shape.
type use struct {
	shape           *shape
	locationName    string
	timestampFormat string
	flattened       bool
}

type member struct {
	use
	name     string
	lower    string // name with its first letter in lower case, as validation messages and audit records have it
	required bool
}

// nameOr is what a protocol that knows location names calls a use.
func (u *use) nameOr(name string) string {
	if u.locationName != "" {
		return u.locationName
	}
	return name
}

// parseMetadata reads only the head of a model: it comes first in the file.
func parseMetadata(text []byte) (metadata, error) {
	d := json.NewDecoder(strings.NewReader(string(text[:min(len(text), 4096)])))
	for range 2 {
		if _, err := d.Token(); err != nil {
			return metadata{}, fmt.Errorf("model's metadata: %w", err)
		}
	}
	var m metadata
	if err := d.Decode(&m); err != nil {
		return metadata{}, fmt.Errorf("model's metadata: %w", err)
	}
	return m, nil
}

// rawModel is model.json as it is written; package api/generate defines it.
type rawModel struct {
	Operations map[string]struct {
		Input, Output *rawUse
	}
	Shapes map[string]*rawShape
}

type rawUse struct {
	Name, Shape, LocationName, TimestampFormat, ResultWrapper string
	Required, Flattened                                       bool
}

type rawShape struct {
	Type            string
	Members         []rawUse
	Member, Key     *rawUse
	Value           *rawUse
	Min, Max        json.Number
	Pattern         string
	Enum            []string
	Sensitive       bool
	Flattened       bool
	TimestampFormat string
	Exception       bool
	Fault           bool
	Error           struct {
		Code           string
		HTTPStatusCode int
	}
}

// parseModel reads a model and ties its shapes together.
func parseModel(text []byte) (*model, error) {
	var raw rawModel
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	m := &model{operations: map[string]*opModel{}, shapes: map[string]*shape{}, errorsByCode: map[string]*shape{}}
	for name := range raw.Shapes {
		m.shapes[name] = &shape{name: name}
	}
	for name, r := range raw.Shapes {
		if err := m.fill(m.shapes[name], r); err != nil {
			return nil, fmt.Errorf("model: shape %s: %w", name, err)
		}
		if r.Exception && r.Error.Code != "" {
			m.errorsByCode[r.Error.Code] = m.shapes[name]
		}
	}
	for name, r := range raw.Operations {
		op := &opModel{}
		if r.Input != nil {
			op.input = m.shapes[r.Input.Shape]
		}
		if r.Output != nil {
			op.output, op.resultWrapper = m.shapes[r.Output.Shape], r.Output.ResultWrapper
		}
		m.operations[name] = op
	}
	return m, nil
}

func (m *model) fill(s *shape, r *rawShape) error {
	var ok bool
	if s.kind, ok = kinds[r.Type]; !ok {
		return fmt.Errorf("unknown type %q", r.Type)
	}
	s.flattened, s.sensitive, s.timestampFormat = r.Flattened, r.Sensitive, r.TimestampFormat
	s.exception, s.fault, s.code, s.status = r.Exception, r.Fault, r.Error.Code, r.Error.HTTPStatusCode
	for i := range r.Members {
		u := &r.Members[i]
		s.members = append(s.members, member{use: m.use(u), name: u.Name, lower: lowerFirst(u.Name), required: u.Required})
	}
	for _, to := range []struct {
		from *rawUse
		to   *use
	}{{r.Key, &s.key}, {r.Value, &s.element}, {r.Member, &s.element}} {
		if to.from != nil {
			*to.to = m.use(to.from)
		}
	}
	var err error
	s.constraint, err = newConstraint(r)
	return err
}

func (m *model) use(r *rawUse) use {
	return use{shape: m.shapes[r.Shape], locationName: r.LocationName, timestampFormat: r.TimestampFormat, flattened: r.Flattened}
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
