package wire

import (
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/api/kms"
)

const botoScript = `
import boto3, sys
def client(name):
    return boto3.client(name, endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3])
kms, iam = client("kms"), client("iam")
print(kms.encrypt(KeyId="alias/a", Plaintext=b"hello", EncryptionContext={"tenant": "t1"})["CiphertextBlob"])
print([(u["UserName"], u["CreateDate"].year) for u in iam.list_users(PathPrefix="/")["Users"]])
try:
    kms.describe_key(KeyId="gone")
except kms.exceptions.NotFoundException as e:
    print(e.response["Error"]["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"])
try:
    iam.get_user(UserName="gone")
except iam.exceptions.NoSuchEntityException as e:
    print(e.response["Error"]["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"], len(e.response["ResponseMetadata"]["RequestId"]))
`

// TestBoto3 lets the SDK for Python judge both protocols.
func TestBoto3(t *testing.T) {
	if err := exec.Command("python3", "-c", "import boto3").Run(); err != nil {
		t.Skip("boto3 is not installed")
	}
	f := &fake{}
	table := kmsTable(f)
	encrypt, describe := &fake{out: &kms.EncryptOutput{CiphertextBlob: []byte("sealed")}}, &fake{err: &aws.Error{Code: "NotFoundException", Message: "no key"}}
	table["Encrypt"] = play[kms.EncryptInput, kms.EncryptOutput](encrypt)
	table["DescribeKey"] = play[kms.DescribeKeyInput, kms.DescribeKeyOutput](describe)
	users := iamTable(f)
	users["ListUsers"] = play[iam.ListUsersInput, iam.ListUsersOutput](&fake{out: &iam.ListUsersOutput{Users: []iam.User{{UserName: ptr("é<"), CreateDate: &second}}}})
	users["GetUser"] = play[iam.GetUserInput, iam.GetUserOutput](&fake{err: &aws.Error{Code: "NoSuchEntityException", Message: "no user"}})
	b := newBench(t)
	b.Handler = newHandler(t, aws.NewCloud(f, f, nil, fakeService{Service: "kms", Model: kms.Model, Table: table}, fakeService{Service: "iam", Model: iam.Model, Table: users}), b.auth, nil)
	server := httptest.NewServer(b)
	defer server.Close()

	out, err := exec.Command("python3", "-c", botoScript, server.URL, testKeyID, testSecret).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := "b'sealed'\n[('é<', 2026)]\nno key 400\nno user 404 36\n"
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	if in := encrypt.in.(*kms.EncryptInput); string(in.Plaintext) != "hello" || in.EncryptionContext["tenant"] != "t1" || !strings.Contains(encrypt.call.UserAgent, "Boto3") {
		t.Errorf("arrived: %+v from %s", in, encrypt.call.UserAgent)
	}
}
