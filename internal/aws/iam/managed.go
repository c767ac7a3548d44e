package iam

import (
	_ "embed" // for the policies that AWS manages
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/store"
)

// managed is a managed policy: of a customer, or of AWS, whose are read-only.
type managed struct {
	Account string `json:"-"` // "aws" for those of AWS

	Name        string
	Path        string
	ID          string // unique; empty if the policy does not exist
	Description string `json:",omitempty"`
	Created     time.Time
	Updated     time.Time
	Tags        tags `json:",omitempty"`
	Default     int  // number of the version in force
	Last        int  // number of the newest version there ever was
	Versions    []version
}

// version is one version of a managed policy.
type version struct {
	Number   int
	Document string
	Created  time.Time
}

func (v version) id() string { return fmt.Sprintf("v%d", v.Number) }

func (m *managed) arn() string { return policyARN(m.Account, m.Path, m.Name) }

func (m *managed) exists() bool { return m.ID != "" }

// version finds a version by its id, such as v2.
func (m *managed) version(id string) (*version, error) {
	i := slices.IndexFunc(m.Versions, func(v version) bool { return v.id() == id })
	if i < 0 {
		return nil, versionNotFound(m.arn(), id)
	}
	return &m.Versions[i], nil
}

// document is the document in force.
func (m *managed) document() string {
	for _, v := range m.Versions {
		if v.Number == m.Default {
			return v.Document
		}
	}
	return ""
}

func policyARN(account, path, name string) string {
	return aws.ARN{Partition: aws.Partition, Service: "iam", Account: account, Resource: "policy" + path + name}.String()
}

// splitPolicyARN takes a policy's ARN apart: its path and name.
func splitPolicyARN(arn string) (path, name string) {
	_, rest, _ := strings.Cut(arn, ":policy")
	i := strings.LastIndexByte(rest, '/')
	return rest[:i+1], rest[i+1:]
}

// byAWS are the policies that AWS manages, by their ARNs.
var byAWS = readByAWS()

//go:embed managed.json
var managedJSON []byte

func readByAWS() map[string]*managed {
	var list []struct {
		Name, ID, Description, Version string
		Created, Updated               time.Time
		Document                       json.RawMessage
	}
	if err := json.Unmarshal(managedJSON, &list); err != nil {
		panic(err) // the file is part of the program
	}
	policies := make(map[string]*managed, len(list))
	for _, p := range list {
		m := &managed{
			Account: "aws", Name: p.Name, Path: "/", ID: p.ID, Description: p.Description, Created: p.Created, Updated: p.Updated,
		}
		if _, err := fmt.Sscanf(p.Version, "v%d", &m.Default); err != nil {
			panic(err)
		}
		m.Last = m.Default
		m.Versions = []version{{m.Default, string(p.Document), p.Updated}}
		policies[m.arn()] = m
	}
	return policies
}

// findPolicy finds the managed policy of an ARN that entities of the account may use: one of its own or of AWS. Its
// error is NoSuchEntity if there is none.
func findPolicy(r store.Reader, account, arn string) (*managed, error) {
	if m, ok := byAWS[arn]; ok {
		return m, nil
	}
	a, err := aws.ParseARN(arn)
	if err != nil || a.Service != "iam" || a.Account != account || !strings.HasPrefix(a.Resource, "policy/") {
		return nil, policyNotFound(arn)
	}
	_, name := splitPolicyARN(arn)
	m, err := getPolicy(r, account, name)
	if err != nil {
		return nil, err
	}
	if m.arn() != arn {
		return nil, policyNotFound(arn)
	}
	return m, nil
}
