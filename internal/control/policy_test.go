package control_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/control"
)

// The contract's documents, with the accounts filled in.
const (
	seedServiceAPolicy = `{"Version": "2012-10-17", "Statement": [{
		"Sid": "AllowKMSByAlias", "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"],
		"Resource": "*", "Condition": {"StringLike": {"kms:RequestAlias": "alias/customer-*"}}}]}`
	seedServiceATrust = `{"Version": "2012-10-17", "Statement": [{
		"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:role/ServiceBRole"}, "Action": "sts:AssumeRole"}]}`
	seedKeyStatement = `{
		"Sid": "AllowServiceARoleViaAlias", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/ServiceARole"},
		"Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
		"Condition": {"StringEquals": {"kms:RequestAlias": "alias/customer-acme"}}}`
	taskTrust = `{"Version": "2012-10-17", "Statement": [{
		"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole",
		"Condition": {"StringEquals": {"aws:SourceAccount": "%"}}}]}`
)

func TestRoles(t *testing.T) {
	roles := map[string]control.Role{}
	for _, r := range control.Roles(central, service) {
		roles[r.Name] = r
	}
	for _, tt := range []struct{ name, account, trust, policy string }{
		{"ServiceARole", central, seedServiceATrust, seedServiceAPolicy},
		{"ServiceBRole", service, strings.ReplaceAll(taskTrust, "%", service), `{"Version": "2012-10-17", "Statement": [{
			"Sid": "AllowTenantSessions", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111111111111:role/ServiceARole"}]}`},
		{"KeyholdControlRole", central, strings.ReplaceAll(taskTrust, "%", central), ""},
	} {
		r, ok := roles[tt.name]
		if !ok || r.Account != tt.account || r.PolicyName == "" || r.Description == "" {
			t.Errorf("%s: %+v", tt.name, r)
		}
		same(t, r.Trust, tt.trust)
		if tt.policy != "" {
			same(t, r.Policy, tt.policy)
		}
	}
	if len(roles) != 3 {
		t.Errorf("%d roles", len(roles))
	}
}

func TestKeyPolicy(t *testing.T) {
	var doc struct {
		Version, Id string
		Statement   []json.RawMessage
	}
	text := control.KeyPolicy(central, "acme")
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "2012-10-17" || doc.Id != "TenantKeyPolicy" || len(doc.Statement) != 3 {
		t.Fatalf("got %s", text)
	}
	same(t, string(doc.Statement[0]), seedKeyStatement)
	for _, s := range doc.Statement[1:] {
		var statement struct {
			Principal map[string]string
			Action    []string
		}
		if err := json.Unmarshal(s, &statement); err != nil {
			t.Fatal(err)
		}
		for _, action := range statement.Action {
			for _, use := range []string{"*", "Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt", "Sign", "Verify", "Mac", "DeriveSharedSecret", "CreateGrant"} {
				if strings.Contains(action, use) {
					t.Errorf("%v may %s", statement.Principal, action)
				}
			}
		}
	}
	same(t, string(doc.Statement[2]), `{"Sid": "AllowAccountToRepairPolicy", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
		"Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:DescribeKey"], "Resource": "*"}`)
}

// TestControlRoleMayDoWhatControlDoes compares the role's and the key's policies with the calls of a tenant's whole life.
func TestControlRoleMayDoWhatControlDoes(t *testing.T) {
	var role, key struct {
		Statement []struct {
			Principal map[string]string
			Action    any
		}
	}
	for _, r := range control.Roles(central, service) {
		if r.Name == "KeyholdControlRole" {
			if err := json.Unmarshal([]byte(r.Policy), &role); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := json.Unmarshal([]byte(control.KeyPolicy(central, "acme")), &key); err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, s := range append(role.Statement, key.Statement[1]) {
		switch a := s.Action.(type) {
		case string:
			allowed[a] = true
		case []any:
			for _, name := range a {
				allowed[name.(string)] = true
			}
		}
	}
	w := newWorld()
	w.crashAt, w.after = 3, true
	_ = createAcme(t, w.plane())
	w.mend()
	for _, step := range []func(*testing.T, *control.Plane) error{createAcme, deleteAcme, restoreAcme} {
		if err := step(t, w.plane()); err != nil {
			t.Fatal(err)
		}
	}
	for _, call := range w.calls {
		if !allowed["kms:"+call] {
			t.Errorf("control calls %s, which its role may not", call)
		}
	}
}

func same(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
