package policy_test

import (
	"strings"
	"testing"

	"github.com/keyhold/keyhold/policy"
)

// tenantScene is the scene the product stands on: a service's role, narrowed by a session policy to one tenant's alias,
// uses that tenant's key.
func tenantScene(t testing.TB, alias string) (*policy.Request, *policy.Set) {
	role := parse(t, policy.Identity, `{"Version":"2012-10-17","Statement":[{"Sid":"AllowKMSByAlias","Effect":"Allow",
		"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",
		"Condition":{"StringLike":{"kms:RequestAlias":"alias/customer-*"}}}]}`)
	session := parse(t, policy.Session, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",
		"Condition":{"StringEquals":{"kms:RequestAlias":"alias/customer-t1"}}}]}`)
	key := parse(t, policy.Key, `{"Version":"2012-10-17","Id":"TenantKeyPolicy","Statement":[
		{"Sid":"Administer","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},
		"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*",
		"kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion",
		"kms:CancelKeyDeletion"],"Resource":"*"},
		{"Sid":"AllowServiceARoleViaAlias","Effect":"Allow",
		"Principal":{"AWS":"arn:aws:iam::111122223333:role/ServiceARole"},
		"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",
		"Condition":{"StringEquals":{"kms:RequestAlias":"alias/customer-t1"}}}]}`)
	req := &policy.Request{
		Principal: &policy.Principal{
			Kind: policy.RoleSession, Account: "111122223333", ID: "AROA1234567890EXAMPLE",
			ARN:    "arn:aws:sts::111122223333:assumed-role/ServiceARole/t1",
			Issuer: "arn:aws:iam::111122223333:role/ServiceARole",
		},
		Action:   "kms:Decrypt",
		Resource: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		Account:  "111122223333",
		Context:  aliasContext(alias),
	}
	return req, &policy.Set{
		Identity: []*policy.Policy{role}, Sessions: []*policy.Policy{session}, HasSession: true, Resource: key,
	}
}

// aliasContext answers for the one key that the scene needs, as a service does that keeps its values in a struct.
type aliasContext string

func (c aliasContext) Lookup(key string) (policy.Values, bool) {
	if key == "kms:requestalias" {
		return policy.One(string(c)), true
	}
	return policy.Values{}, false
}

func BenchmarkTenantScene(b *testing.B) {
	for _, c := range []struct {
		name, alias string
		want        policy.Effect
	}{
		{"Allow", "alias/customer-t1", policy.Allow},
		{"Deny", "alias/customer-t2", policy.ImplicitDeny},
	} {
		b.Run(c.name, func(b *testing.B) {
			req, set := tenantScene(b, c.alias)
			b.ReportAllocs()
			for b.Loop() {
				if d := policy.Evaluate(req, set); d.Effect != c.want {
					b.Fatal(d.Effect)
				}
			}
		})
	}
}

// TestTenantSceneAllocatesNothing keeps the hot path free of garbage.
func TestTenantSceneAllocatesNothing(t *testing.T) {
	for _, alias := range []string{"alias/customer-t1", "alias/customer-t2"} {
		req, set := tenantScene(t, alias)
		if n := testing.AllocsPerRun(100, func() { policy.Evaluate(req, set) }); n != 0 {
			t.Errorf("%s: %v allocations", alias, n)
		}
	}
}

// BenchmarkStatements shows how the cost grows with a policy whose last statement decides.
func BenchmarkStatements(b *testing.B) {
	for name, n := range map[string]int{"10": 10, "1000": 1000} {
		b.Run(name, func(b *testing.B) {
			filler := strings.Repeat(`{"Effect":"Deny","Action":"s3:PutObject","Resource":"arn:aws:s3:::b"},`, n-1)
			p := parse(b, policy.Identity, `{"Version":"2012-10-17","Statement":[`+filler+
				`{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`)
			req, _ := tenantScene(b, "")
			set := &policy.Set{Identity: []*policy.Policy{p}}
			b.ReportAllocs()
			for b.Loop() {
				if d := policy.Evaluate(req, set); d.Effect != policy.Allow {
					b.Fatal(d.Effect)
				}
			}
		})
	}
}
