package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/keyhold/keyhold/policy"
)

type simulateCmd struct{}

// Help describes the lines.
func (simulateCmd) Help() string {
	return `A scenario has the fields
  name                  repeated in the decision
  principal             ARN, name of a service, or "*"
  action                such as kms:Decrypt
  resource              ARN, or "*"
  resourceAccount       12 digits; default: the account in resource, else the principal's
  context               {condition key: string or list of strings}
  identityPolicies      [policy ...]
  sessionPolicy         policy
  resourcePolicy        policy; a key policy or a trust policy where action and resource call for it
  permissionBoundaries  [policy ...]
  scps, rcps            [[policy ...] ...] by level, root first
A policy is an object, or a string that holds one. A decision is
  {"name":..., "decision":"Allow"|"ImplicitDeny"|"ExplicitDeny", "reason":..., "statements":[...]}
with the statements that match, or {"name":..., "error":...} where the line cannot be decided.`
}

// Run decides the scenarios on standard input.
func (simulateCmd) Run(std stdio) error {
	return simulate(std.in, std.out)
}

// simulate reads one scenario per line and writes one decision per line, in the same order. A line that cannot be
// decided is answered with its error; once all lines are answered, simulate fails.
func simulate(in io.Reader, out io.Writer) error {
	lines, answers := bufio.NewReader(in), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	total, failed := 0, 0
	for {
		line, readErr := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			total++
			answer := answerLine(line)
			if answer.Error != "" {
				failed++
			}
			if err := answers.Encode(answer); err != nil {
				return fmt.Errorf("writing the decision: %w", err)
			}
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return fmt.Errorf("reading the scenarios: %w", readErr)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d scenarios could not be decided", failed, total)
	}
	return nil
}

// answer is the decision of one scenario, or its error.
type answer struct {
	Name       string             `json:"name"`
	Decision   string             `json:"decision,omitempty"`
	Reason     string             `json:"reason,omitempty"`
	Statements *[]answerStatement `json:"statements,omitempty"` // those that match the request
	Error      string             `json:"error,omitempty"`
}

type answerStatement struct {
	Policy string `json:"policy"`
	Sid    string `json:"sid,omitempty"`
	Index  int    `json:"index"`
	Effect string `json:"effect"`
}

func answerLine(line []byte) answer {
	s, err := readScenario(line)
	if err != nil {
		return answer{Name: s.Name, Error: err.Error()}
	}
	req, err := s.request()
	if err != nil {
		return answer{Name: s.Name, Error: err.Error()}
	}
	set, err := s.set()
	if err != nil {
		return answer{Name: s.Name, Error: err.Error()}
	}
	x := policy.Explain(req, set)
	matched := []answerStatement{}
	for _, e := range x.Statements {
		if e.Matched {
			matched = append(matched, answerStatement{e.Policy, e.Sid, e.Index, e.Effect})
		}
	}
	return answer{Name: s.Name, Decision: x.Effect.String(), Reason: x.Reason(), Statements: &matched}
}

// readScenario reads a line. Where it fails, it still returns the name if there is one.
func readScenario(line []byte) (scenario, error) {
	var s scenario
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("more than one value on the line")
		}
	}
	if err != nil {
		var named struct{ Name string }
		_ = json.NewDecoder(bytes.NewReader(line)).Decode(&named) // a courtesy to an answer that is an error already
		return scenario{Name: named.Name}, fmt.Errorf("the line is not a scenario: %w", err)
	}
	return s, nil
}
