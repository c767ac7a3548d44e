package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

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
