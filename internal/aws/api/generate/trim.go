package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Of what a model says, kept goes into model.json and dropped does not: prose, client-side hints, and what is written in
// another form. A word that is in neither list stops the generator, so that no fact is lost unseen.
var (
	keptMetadata = words(`apiVersion endpointPrefix jsonVersion protocol serviceId serviceAbbreviation serviceFullName
		signingName targetPrefix xmlNamespace awsQueryCompatible`)
	droppedMetadata = words(`auth checksumFormat globalEndpoint protocols signatureVersion uid`)

	keptOperation    = words(`http unsignedPayload httpChecksum authtype`)
	droppedOperation = words(`name documentation input output errors auth deprecated deprecatedMessage endpoint endpointdiscovery
		endpointoperation idempotent operationContextParams readonly requestcompression staticContextParams`)

	keptShape = words(`type min max pattern enum exception fault error sensitive flattened union event eventstream payload
		timestampFormat xmlNamespace locationName streaming document`)
	droppedShape = words(`documentation members required member key value deprecated deprecatedMessage deprecatedSince box
		retryable synthetic xmlOrder`)

	keptRef = words(`shape flattened location locationName xmlNamespace xmlAttribute streaming eventpayload timestampFormat
		queryName resultWrapper idempotencyToken`)
	droppedRef = words(`documentation deprecated deprecatedMessage deprecatedSince contextParam box hostLabel`)
)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// pick copies the kept facts.
func pick(what string, facts map[string]json.RawMessage, kept, dropped map[string]bool) (map[string]any, error) {
	out := map[string]any{}
	for name, v := range facts {
		switch {
		case kept[name]:
			out[name] = v
		case !dropped[name]:
			return nil, fmt.Errorf("%s: the generator does not know %q", what, name)
		}
	}
	return out, nil
}

// trim writes model.json: one line for each operation and shape, so that changes can be read.
func (m *model) trim() ([]byte, error) {
	metadata, err := pick("metadata", m.Metadata, keptMetadata, droppedMetadata)
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"metadata\": %s,\n\"operations\": {\n", meta)
	if err := writeLines(&b, m.Operations, trimOperation); err != nil {
		return nil, err
	}
	b.WriteString("\n},\n\"shapes\": {\n")
	if err := writeLines(&b, m.Shapes, trimShape); err != nil {
		return nil, err
	}
	b.WriteString("\n}}\n")
	return b.Bytes(), nil
}

func writeLines[T any](b *bytes.Buffer, from map[string]T, trim func(string, T) (map[string]any, error)) error {
	for i, name := range slices.Sorted(maps.Keys(from)) {
		facts, err := trim(name, from[name])
		if err != nil {
			return err
		}
		line, err := json.Marshal(facts)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "%q: %s", name, line)
	}
	return nil
}

func trimOperation(name string, o *operation) (map[string]any, error) {
	out, err := pick(name, o.facts, keptOperation, droppedOperation)
	if err != nil {
		return nil, err
	}
	for key, r := range map[string]*ref{"input": o.Input, "output": o.Output} {
		if r == nil {
			continue
		}
		if out[key], err = pick(name, r.facts, keptRef, droppedRef); err != nil {
			return nil, err
		}
	}
	errs := make([]string, len(o.Errors))
	for i, e := range o.Errors {
		errs[i] = e.Shape
	}
	out["errors"] = errs
	return out, nil
}

// trimShape writes members as a list, in the model's order, with "name" and "required" on each.
func trimShape(name string, s *shape) (map[string]any, error) {
	out, err := pick(name, s.facts, keptShape, droppedShape)
	if err != nil {
		return nil, err
	}
	for key, r := range map[string]*ref{"member": s.Member, "key": s.Key, "value": s.Value} {
		if r == nil {
			continue
		}
		if out[key], err = pick(name, r.facts, keptRef, droppedRef); err != nil {
			return nil, err
		}
	}
	if s.Type != "structure" {
		return out, nil
	}
	members := []map[string]any{}
	for _, mem := range s.Members {
		facts, err := pick(name+"."+mem.Name, mem.Ref.facts, keptRef, droppedRef)
		if err != nil {
			return nil, err
		}
		facts["name"] = mem.Name
		if slices.Contains(s.Required, mem.Name) {
			facts["required"] = true
		}
		members = append(members, facts)
	}
	out["members"] = members
	return out, nil
}
