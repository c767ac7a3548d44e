package server

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/control"
)

// TestKeyPolicyBindsRoles shows that a key's trust in a role does not pass to another role of the same name, that GetKeyPolicy
// shows what was put while the role lives, and that roles that do not exist are refused.
func TestKeyPolicyBindsRoles(t *testing.T) {
	s := newScene(t).server
	ctx, root := t.Context(), aws.RootUser(DefaultCentralAccount)
	admin := kms.NewFromConfig(s.AWSConfig(admin))
	key := awssdk.String("alias/customer-acme")
	described, err := kms.NewFromConfig(s.AWSConfig(ctl)).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key})
	if err != nil {
		t.Fatal(err)
	}
	policyOf := func() string {
		out, err := kms.NewFromConfig(s.AWSConfig(ctl)).GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: described.KeyMetadata.KeyId})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Policy
	}
	if got, want := policyOf(), control.KeyPolicy(DefaultCentralAccount, "acme"); got != want {
		t.Errorf("shown: %s\nput:   %s", got, want)
	}

	_, err = admin.CreateKey(ctx, &kms.CreateKeyInput{Policy: awssdk.String(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/Nobody"]},"Action":"kms:*","Resource":"*"}]}`)})
	if err == nil || !strings.Contains(err.Error(), "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.") {
		t.Errorf("a policy for a role that does not exist: %v", err)
	}

	name := keyhold.ServiceARole
	role, ok := roleOf(control.Roles(DefaultCentralAccount, DefaultServiceAccount), name)
	if !ok {
		t.Fatal("no ServiceARole")
	}
	for _, step := range []struct {
		operation string
		in        any
	}{
		{"DeleteRolePolicy", &iamapi.DeleteRolePolicyInput{RoleName: &name, PolicyName: &role.PolicyName}},
		{"DeleteRole", &iamapi.DeleteRoleInput{RoleName: &name}},
	} {
		if _, err := s.iam(ctx, root, step.operation, step.in); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.makeRole(ctx, role); err != nil {
		t.Fatal(err)
	}
	_, err = kms.NewFromConfig(s.AWSConfig(acme)).Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("x")})
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
		t.Errorf("a new role of the same name uses the key: %v", err)
	}
	if got := policyOf(); !strings.Contains(got, `"AROA`) {
		t.Errorf("the deleted role is not shown by its id: %s", got)
	}
}

func roleOf(roles []control.Role, name string) (control.Role, bool) {
	for _, r := range roles {
		if r.Name == name {
			return r, true
		}
	}
	return control.Role{}, false
}
