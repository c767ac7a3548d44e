package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// model is a botocore service model, as far as the generator itself must understand it.
type model struct {
	Metadata   map[string]json.RawMessage
	Operations map[string]*operation
	Shapes     map[string]*shape
}

type operation struct {
	Input, Output *ref
	Errors        []ref

	facts map[string]json.RawMessage
}

type shape struct {
	Type       string
	Members    ordered
	Required   []string
	Member     *ref
	Key, Value *ref
	Enum       []string
	Exception  bool

	facts map[string]json.RawMessage
}

// ref is a use of a shape: as a member, an element, an input.
type ref struct {
	Shape string

	facts map[string]json.RawMessage
}

func (o *operation) UnmarshalJSON(b []byte) error {
	type plain operation
	return errors.Join(json.Unmarshal(b, (*plain)(o)), json.Unmarshal(b, &o.facts))
}

func (s *shape) UnmarshalJSON(b []byte) error {
	type plain shape
	return errors.Join(json.Unmarshal(b, (*plain)(s)), json.Unmarshal(b, &s.facts))
}

func (r *ref) UnmarshalJSON(b []byte) error {
	type plain ref
	return errors.Join(json.Unmarshal(b, (*plain)(r)), json.Unmarshal(b, &r.facts))
}

// ordered are a structure's members in the model's order.
type ordered []member

type member struct {
	Name string
	Ref  ref
}

func (o *ordered) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		m := member{Name: name.(string)}
		if err := d.Decode(&m.Ref); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

// readModel reads the newest model of a service and drops the shapes that no operation reaches.
func readModel(data, service string) (*model, error) {
	versions, err := os.ReadDir(filepath.Join(data, service))
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, errors.New("no model")
	}
	b, err := readMaybeGzip(filepath.Join(data, service, versions[len(versions)-1].Name(), "service-2.json"))
	if err != nil {
		return nil, err
	}
	m := &model{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.Operations)) {
		op := m.Operations[name]
		for _, r := range append(op.Errors, deref(op.Input), deref(op.Output)) {
			if err := m.reach(r.Shape, used); err != nil {
				return nil, err
			}
		}
	}
	maps.DeleteFunc(m.Shapes, func(name string, _ *shape) bool { return !used[name] })
	return m, nil
}

func deref(r *ref) ref {
	if r == nil {
		return ref{}
	}
	return *r
}

// reach marks a shape and all that it refers to as used.
func (m *model) reach(name string, used map[string]bool) error {
	if name == "" || used[name] {
		return nil
	}
	used[name] = true
	s := m.Shapes[name]
	if s == nil {
		return fmt.Errorf("shape %s is not defined", name)
	}
	refs := []ref{deref(s.Member), deref(s.Key), deref(s.Value)}
	for _, mem := range s.Members {
		refs = append(refs, mem.Ref)
	}
	for _, r := range refs {
		if err := m.reach(r.Shape, used); err != nil {
			return err
		}
	}
	return nil
}

func readMaybeGzip(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	f, err := os.Open(path + ".gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
