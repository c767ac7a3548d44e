package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// simulated runs simulate and returns its answers by scenario name, and whether it failed.
func simulated(t *testing.T, lines ...string) (map[string]answer, bool) {
	t.Helper()
	var out bytes.Buffer
	err := simulate(strings.NewReader(strings.Join(lines, "\n")), &out)
	answers := map[string]answer{}
	for line := range strings.Lines(out.String()) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		answers[a.Name] = a
	}
	return answers, err != nil
}

// tenantLine is the tenant scene with an alias asked for, as the service's role narrowed to tenant t1.
func tenantLine(name, alias string) string {
	return `{"name":"` + name + `","principal":"arn:aws:sts::111122223333:assumed-role/ServiceARole/t1","action":"kms:Decrypt",
		"resource":"arn:aws:kms:eu-west-1:111122223333:key/k","context":{"kms:RequestAlias":"` + alias + `"},
		"identityPolicies":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}],
		"sessionPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"OneTenant","Effect":"Allow","Action":"kms:Decrypt","Resource":"*",
		"Condition":{"StringEquals":{"kms:RequestAlias":"alias/customer-t1"}}}]},
		"resourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:role/ServiceARole\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`
}

// oneLine puts a scenario on one line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", " ")), " ")
}

func TestSimulateTenantScene(t *testing.T) {
	answers, failed := simulated(t, oneLine(tenantLine("own", "alias/customer-t1")), "", oneLine(tenantLine("other", "alias/customer-t2")))
	if failed {
		t.Fatal("simulate failed")
	}
	own, other := answers["own"], answers["other"]
	if own.Decision != "Allow" || own.Statements == nil || len(*own.Statements) != 3 || own.Reason == "" {
		t.Errorf("own: %+v", own)
	}
	if other.Decision != "ImplicitDeny" || other.Reason != "Denied because no session policy allows kms:Decrypt." {
		t.Errorf("other: %+v", other)
	}
}

func TestSimulateDecisions(t *testing.T) {
	const allow = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	const everyone = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`
	const onlyUser = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalType":"User","aws:PrincipalAccount":"111122223333","aws:username":"ana"},"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/dev/ana"}}}}`
	const onlyRole = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/R"}}}}`
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/path/R"},"Action":"sts:AssumeRole"}}`
	const tags = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"Bool":{"aws:SecureTransport":"true"}}}}`
	const queue = `"action":"sqs:SendMessage","resource":"arn:aws:sqs:eu-west-1:111122223333:q"`
	const ana = `"principal":"arn:aws:iam::111122223333:user/dev/ana"`
	const role = `"principal":"arn:aws:sts::111122223333:assumed-role/R/s"`
	for name, c := range map[string]struct{ fields, want string }{
		"root":                   {`"principal":"arn:aws:iam::111122223333:root",` + queue, "Allow"},
		"root elsewhere":         {`"principal":"arn:aws:iam::444455556666:root",` + queue, "ImplicitDeny"},
		"derived keys of a user": {ana + `,` + queue + `,"identityPolicies":[` + onlyUser + `]`, "Allow"},
		"a given key is kept":    {ana + `,` + queue + `,"context":{"AWS:PrincipalType":"x"},"identityPolicies":[` + onlyUser + `]`, "ImplicitDeny"},
		"role ARN of a session":  {role + `,` + queue + `,"identityPolicies":[` + onlyRole + `]`, "Allow"},
		"role as principal":      {`"principal":"arn:aws:iam::111122223333:role/R",` + queue + `,"identityPolicies":[` + onlyRole + `]`, "Allow"},
		"path from the context":  {role + `,"action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/T","context":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/path/R"},"resourcePolicy":` + trust, "Allow"},
		"no path":                {role + `,"action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/T","resourcePolicy":` + trust, "ImplicitDeny"},
		"anonymous":              {`"principal":"*",` + queue + `,"resourcePolicy":` + everyone, "Allow"},
		"anonymous, not allowed": {`"principal":"*",` + queue + `,"identityPolicies":[` + allow + `]`, "ImplicitDeny"},
		"service":                {`"principal":"sns.amazonaws.com",` + queue + `,"resourcePolicy":` + everyone, "Allow"},
		"federated, no session":  {`"principal":"arn:aws:sts::111122223333:federated-user/f",` + queue + `,"identityPolicies":[` + allow + `]`, "ImplicitDeny"},
		"federated, session":     {`"principal":"arn:aws:sts::111122223333:federated-user/f",` + queue + `,"identityPolicies":[` + allow + `],"sessionPolicy":` + allow, "Allow"},
		"null session policy":    {ana + `,` + queue + `,"identityPolicies":[` + allow + `],"sessionPolicy":null`, "Allow"},
		"boundary":               {ana + `,` + queue + `,"identityPolicies":[` + allow + `],"permissionBoundaries":[` + onlyRole + `]`, "ImplicitDeny"},
		"scps":                   {ana + `,` + queue + `,"identityPolicies":[` + allow + `],"scps":[[` + allow + `],[` + onlyRole + `]]`, "ImplicitDeny"},
		"rcps":                   {ana + `,` + queue + `,"identityPolicies":[` + allow + `],"rcps":[[` + everyone + `]]`, "Allow"},
		"cross account":          {`"principal":"arn:aws:iam::444455556666:user/bob",` + queue + `,"identityPolicies":[` + allow + `],"resourcePolicy":` + everyone, "Allow"},
		"account given":          {ana + `,"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","resourceAccount":"444455556666","identityPolicies":[` + allow + `]`, "ImplicitDeny"},
		"account not given":      {ana + `,"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","identityPolicies":[` + allow + `]`, "Allow"},
		"lists and scalars":      {ana + `,` + queue + `,"context":{"aws:TagKeys":["a"],"aws:SecureTransport":true},"identityPolicies":[` + tags + `]`, "Allow"},
		"key policy must allow":  {ana + `,"action":"kms:Decrypt","resource":"arn:aws:kms:eu-west-1:111122223333:key/k","identityPolicies":[` + allow + `],"resourcePolicy":{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}}`, "ImplicitDeny"},
	} {
		answers, failed := simulated(t, `{"name":"`+name+`",`+c.fields+`}`)
		if got := answers[name]; failed || got.Decision != c.want || got.Statements == nil {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

func TestSimulateAnswersEveryLine(t *testing.T) {
	const rest = `"principal":"arn:aws:iam::111122223333:user/ana","action":"a:b","resource":"*"`
	bad := map[string]string{
		"unknown field":     `{"name":"unknown field",` + rest + `,"identityPolicy":[]}`,
		"bad policy":        `{"name":"bad policy",` + rest + `,"identityPolicies":[{"Statement":[]}]}`,
		"duplicate element": `{"name":"duplicate element",` + rest + `,"identityPolicies":[{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}]}`,
		"policy of a kind":  `{"name":"policy of a kind",` + rest + `,"scps":[[{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}]]}`,
		"bad principal":     `{"name":"bad principal","principal":"ana","action":"a:b","resource":"*"}`,
		"bad action":        `{"name":"bad action","principal":"*","action":"b","resource":"*"}`,
		"no resource":       `{"name":"no resource","principal":"*","action":"a:b"}`,
		"twice":             `{"name":"twice",` + rest + `,"context":{"a:k":"1","A:K":"2"}}`,
		"nested context":    `{"name":"nested context",` + rest + `,"context":{"a:k":{}}}`,
		"list as policy":    `{"name":"list as policy",` + rest + `,"sessionPolicy":[]}`,
		"two values":        `{"name":"two values",` + rest + `} {}`,
		"":                  `nonsense`,
	}
	for name, line := range bad {
		answers, failed := simulated(t, line, `{"name":"good",`+rest+`}`)
		if answers[name].Error == "" || answers[name].Decision != "" || !failed {
			t.Errorf("%s: %+v, failed %v", name, answers[name], failed)
		}
		if answers["good"].Decision != "ImplicitDeny" {
			t.Errorf("after %q: %+v", name, answers["good"])
		}
	}
}
