package control

import "github.com/keyhold/keyhold"

// Role is a role of the scene as it is to be deployed.
type Role struct {
	Account     string
	Name        string
	Description string
	Trust       string // the trust policy, JSON
	PolicyName  string // the name of the inline policy
	Policy      string // the inline policy, JSON
}

// Roles are the roles of the scene: ServiceARole and KeyholdControlRole in the central account, and ServiceBRole in
// the account of a service, in the order in which they can be made: a trust policy names only roles that exist.
func Roles(central, service string) []Role {
	return []Role{serviceBRole(central, service), serviceARole(central, service), controlRole(central)}
}

// serviceARole uses tenants' keys, through their aliases only.
func serviceARole(central, service string) Role {
	return Role{
		Account: central, Name: keyhold.ServiceARole,
		Description: "Uses tenants' keys; services assume it with a session policy for one tenant",
		Trust: render(document{Version: policyVersion, Statement: []statement{{
			Effect: "Allow", Principal: &principal{AWS: roleARN(service, keyhold.ServiceBRole)}, Action: actions{"sts:AssumeRole"},
		}}}),
		PolicyName: "TenantKeys",
		Policy: render(document{Version: policyVersion, Statement: []statement{{
			Sid: "AllowKMSByAlias", Effect: "Allow", Action: tenantActions, Resource: "*",
			Condition: condition{"StringLike": {"kms:RequestAlias": keyhold.AliasPrefix + "*"}},
		}}}),
	}
}

// serviceBRole runs a service in its own account and can do nothing but assume ServiceARole.
func serviceBRole(central, service string) Role {
	return Role{
		Account: service, Name: keyhold.ServiceBRole,
		Description: "Runs a service that handles tenants' data",
		Trust:       taskTrust(service),
		PolicyName:  "AssumeServiceARole",
		Policy: render(document{Version: policyVersion, Statement: []statement{{
			Sid: "AllowTenantSessions", Effect: "Allow", Action: actions{"sts:AssumeRole"}, Resource: roleARN(central, keyhold.ServiceARole),
		}}}),
	}
}

// controlRole runs the control plane. What it does with a tenant's key the key's own policy allows; this policy has
// the rest: to make tagged keys, to find keys, and to name them, for an alias has no policy of its own.
func controlRole(central string) Role {
	return Role{
		Account: central, Name: keyhold.KeyholdControlRole,
		Description: "Runs the control plane: administers tenants' keys and cannot use them",
		Trust:       taskTrust(central),
		PolicyName:  "AdministerTenantKeys",
		Policy: render(document{Version: policyVersion, Statement: []statement{
			{
				Sid: "CreateTenantKeys", Effect: "Allow", Action: actions{"kms:CreateKey", "kms:TagResource"}, Resource: "*",
				Condition: condition{
					"Null":                      {"aws:RequestTag/" + keyhold.TenantTag: "false"},
					"ForAllValues:StringEquals": {"aws:TagKeys": keyhold.TenantTag},
				},
			},
			{Sid: "FindKeys", Effect: "Allow", Action: actions{"kms:ListKeys", "kms:DescribeKey", "kms:ListResourceTags"}, Resource: "*"},
			{
				Sid: "NameTenantKeys", Effect: "Allow", Action: actions{"kms:CreateAlias"},
				Resource: "arn:aws:kms:*:" + central + ":" + keyhold.AliasPrefix + "*",
			},
		}}),
	}
}

// taskTrust lets containers of the account's own run as a role.
func taskTrust(account string) string {
	return render(document{Version: policyVersion, Statement: []statement{{
		Effect: "Allow", Principal: &principal{Service: "ecs-tasks.amazonaws.com"}, Action: actions{"sts:AssumeRole"},
		Condition: condition{"StringEquals": {"aws:SourceAccount": account}},
	}}})
}
