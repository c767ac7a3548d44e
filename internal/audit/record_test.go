package audit

import "testing"

func TestResourceType(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:kms:us-east-1:111122223333:key/1":               "AWS::KMS::Key",
		"arn:aws:kms:us-east-1:111122223333:alias/customer-acme": "AWS::KMS::Alias",
		"arn:aws:iam::111122223333:role/a/R":                     "AWS::IAM::Role",
		"arn:aws:iam::111122223333:user/u":                       "AWS::IAM::User",
		"arn:aws:iam::111122223333:group/g":                      "AWS::IAM::Group",
		"arn:aws:iam::aws:policy/P":                              "AWS::IAM::ManagedPolicy",
	} {
		if got := resourceType(arn); got != want {
			t.Errorf("%s is %s, want %s", arn, got, want)
		}
	}
}
