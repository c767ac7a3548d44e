package control

import (
	"encoding/json"

	"github.com/keyhold/keyhold"
)

type document struct {
	Version   string
	ID        string `json:"Id,omitempty"`
	Statement []statement
}

type statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal *principal `json:",omitempty"`
	Action    actions
	Resource  string    `json:",omitempty"`
	Condition condition `json:",omitempty"`
}

type principal struct {
	AWS     string `json:",omitempty"`
	Service string `json:",omitempty"`
}

// condition is operator, then condition key, then value.
type condition map[string]map[string]string

// actions is one action or several; one is written as a string, as AWS's own documents have it.
type actions []string

// MarshalJSON implements json.Marshaler.
func (a actions) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

// tenantActions is what services may do with a tenant's key.
var tenantActions = actions{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"}

// keyAdministration is what the control plane may do with a tenant's key: administer it, but neither use it nor let
// others use it through grants.
var keyAdministration = actions{
	"kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:ListKeyPolicies", "kms:UpdateKeyDescription",
	"kms:EnableKey", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
	"kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:GetKeyRotationStatus", "kms:ListKeyRotations", "kms:RotateKeyOnDemand",
	"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias",
	"kms:TagResource", "kms:UntagResource", "kms:ListResourceTags", "kms:ListGrants",
}

// KeyPolicy is the policy of a tenant's key in the central account: ServiceARole uses it through the tenant's alias,
// KeyholdControlRole administers it, and the account can repair the policy, so that the key is never out of reach.
func KeyPolicy(account string, id keyhold.TenantID) string {
	return render(document{
		Version: policyVersion, ID: "TenantKeyPolicy",
		Statement: []statement{
			{
				Sid: "AllowServiceARoleViaAlias", Effect: "Allow",
				Principal: &principal{AWS: roleARN(account, keyhold.ServiceARole)},
				Action:    tenantActions, Resource: "*",
				Condition: condition{"StringEquals": {"kms:RequestAlias": id.Alias()}},
			},
			{
				Sid: "AllowControlRoleToAdminister", Effect: "Allow",
				Principal: &principal{AWS: roleARN(account, keyhold.KeyholdControlRole)},
				Action:    keyAdministration, Resource: "*",
			},
			{
				Sid: "AllowAccountToRepairPolicy", Effect: "Allow",
				Principal: &principal{AWS: "arn:aws:iam::" + account + ":root"},
				Action:    actions{"kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:DescribeKey"}, Resource: "*",
			},
		},
	})
}

const policyVersion = "2012-10-17"

func roleARN(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }

func render(d document) string {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err) // strings, slices and maps of strings always marshal
	}
	return string(text)
}
