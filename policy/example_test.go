package policy_test

import (
	"fmt"

	"github.com/keyhold/keyhold/policy"
)

func ExampleExplain() {
	role, err := policy.Parse(policy.Identity, `{
		"Version": "2012-10-17",
		"Statement": [{"Sid": "AnyTenant", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"StringLike": {"kms:RequestAlias": "alias/customer-*"}}}]
	}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := policy.Parse(policy.Session, `{
		"Version": "2012-10-17",
		"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"StringEquals": {"kms:RequestAlias": "alias/customer-acme"}}}]
	}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	caller, err := policy.ParsePrincipal("arn:aws:sts::111122223333:assumed-role/ServiceARole/acme")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, alias := range []string{"alias/customer-acme", "alias/customer-globex"} {
		x := policy.Explain(&policy.Request{
			Principal: caller,
			Action:    "kms:Decrypt",
			Resource:  "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
			Account:   "111122223333",
			Context:   values{"kms:requestalias": policy.One(alias)},
		}, &policy.Set{Identity: []*policy.Policy{role}, Sessions: []*policy.Policy{session}, HasSession: true})
		fmt.Println(x.Reason())
		fmt.Println(x.Statements[1].Why)
	}
	// Output:
	// Allowed by statement 0 (AnyTenant) of an identity policy.
	// every element matches
	// Denied because no session policy allows kms:Decrypt.
	// condition StringEquals on kms:RequestAlias: the request has ["alias/customer-globex"], the policy ["alias/customer-acme"]
}
