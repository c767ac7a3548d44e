package keyhold

import "encoding/json"

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Effect    string
	Action    []string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// SessionPolicy is the inline policy that narrows a session of ServiceARole to the key of one tenant. For an id that
// ParseTenantID refuses it is a policy that denies everything.
func SessionPolicy(id TenantID) string {
	statement := policyStatement{Effect: "Deny", Action: []string{"*"}, Resource: "*"}
	if id.valid() {
		statement = policyStatement{
			Effect:    "Allow",
			Action:    []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"},
			Resource:  "*",
			Condition: map[string]map[string]string{"StringEquals": {"kms:RequestAlias": id.Alias()}},
		}
	}
	text, err := json.Marshal(policyDocument{Version: "2012-10-17", Statement: []policyStatement{statement}})
	if err != nil {
		panic(err) // strings, slices and maps of strings always marshal
	}
	return string(text)
}
