// Coverage writes the pages docs/aws/<service>.md: what each operation of the official model is in Keyhold.
//
// Usage: go run ./internal/coverage [-check] DIR
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/server"
)

func main() {
	log.SetFlags(0)
	check := flag.Bool("check", false, "compare with the pages that are there and write nothing")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: coverage [-check] DIR")
	}
	if err := run(flag.Arg(0), *check); err != nil {
		log.Fatal("coverage: ", err)
	}
}

func run(dir string, check bool) error {
	services, err := services()
	if err != nil {
		return err
	}
	for _, ops := range services {
		page, err := render(ops)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, ops.Service+".md")
		if !check {
			if err := os.WriteFile(path, page, 0o644); err != nil {
				return err
			}
			continue
		}
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(old, page) {
			return fmt.Errorf("%s is not what the code says: run 'make docs'", path)
		}
	}
	return nil
}

// services are the tables of all services of a server.
func services() ([]aws.Ops, error) {
	s, err := server.New(context.Background(), server.Config{Memory: true})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Services(), nil
}

// model is what a page needs of an official model.
type model struct {
	Metadata struct {
		ServiceFullName string `json:"serviceFullName"`
		APIVersion      string `json:"apiVersion"`
	} `json:"metadata"`
	Operations map[string]json.RawMessage `json:"operations"`
}

// Reasons for operations that a table leaves out without one of its own.
const notBuilt = "not built; answered with the protocol's unknown-operation error"

// render writes the page of one service.
func render(ops aws.Ops) ([]byte, error) {
	var m model
	if err := json.Unmarshal(ops.Model, &m); err != nil {
		return nil, fmt.Errorf("model of %s: %w", ops.Service, err)
	}
	for name := range ops.Table {
		if _, ok := m.Operations[name]; !ok {
			return nil, fmt.Errorf("%s: operation %s is not in the official model", ops.Service, name)
		}
	}
	var b, rows bytes.Buffer
	count := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(m.Operations)) {
		state, remark := state(ops, name)
		count[state]++
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", name, state, remark)
	}
	fmt.Fprintf(&b, "# %s\n\nGenerated from the service's `Ops()` (`make docs`); do not edit. Official model of %s.\n\n", m.Metadata.ServiceFullName, m.Metadata.APIVersion)
	fmt.Fprintf(&b, "%d operations: %d the same as AWS, %d differ, %d refused.\n\n", len(m.Operations), count["same"], count["differs"], count["refused"])
	b.WriteString("| operation | in Keyhold | remark |\n|---|---|---|\n")
	b.Write(rows.Bytes())
	return b.Bytes(), nil
}

// state tells what an operation of the model is in Keyhold.
func state(ops aws.Ops, name string) (state, remark string) {
	op, built := ops.Table[name]
	switch {
	case built && op.Differs != "":
		return "differs", op.Differs
	case built:
		return "same", ""
	case ops.Refused[name] != "":
		return "refused", ops.Refused[name]
	}
	return "refused", notBuilt
}
