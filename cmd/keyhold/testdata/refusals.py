"""Every refusal of the tenant scene, as boto3 sees it. KEYHOLD env is that of service-b; other principals are fetched."""

import json
import os
import subprocess

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

A, B = "111122223333", "444455556666"
COUNT = 0


def env(principal):
    out = subprocess.run(["keyhold", "env", "--as", principal, "--format", "json"], check=True, capture_output=True)
    return json.loads(out.stdout)


def client(service, principal, **changes):
    e = env(principal) | changes
    return boto3.client(
        service,
        aws_access_key_id=e["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=e["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=e.get("AWS_SESSION_TOKEN") or None,
        config=Config(retries={"max_attempts": 1}),
    )


def refused(status, code, text, call, **kwargs):
    global COUNT
    try:
        call(**kwargs)
    except ClientError as error:
        got = error.response["Error"]
        if (error.response["ResponseMetadata"]["HTTPStatusCode"], got["Code"]) != (status, code) or text not in got["Message"]:
            raise
        COUNT += 1
        return
    raise SystemExit(f"allowed: {code} {text}")


def main():
    # AWS_SESSION_TOKEN of the environment must not mix with the credentials of the clients made here.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    control, admin, service = client("kms", "control"), client("kms", "admin"), client("kms", "service-b")
    acme, bolt = client("kms", "tenant:acme"), client("kms", "tenant:bolt")
    mine, theirs = "alias/customer-acme", "alias/customer-bolt"
    key = control.describe_key(KeyId=mine)["KeyMetadata"]
    sealed = acme.encrypt(KeyId=mine, Plaintext=b"secret")["CiphertextBlob"]
    foreign = bolt.encrypt(KeyId=theirs, Plaintext=b"secret")["CiphertextBlob"]
    assert acme.decrypt(KeyId=mine, CiphertextBlob=sealed)["Plaintext"] == b"secret"
    data_key = acme.generate_data_key(KeyId=mine, KeySpec="AES_256")
    assert acme.decrypt(KeyId=mine, CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]

    denied = "AccessDeniedException"
    refused(400, denied, "because no session policy allows", acme.encrypt, KeyId=theirs, Plaintext=b"x")
    refused(400, denied, "because no session policy allows", acme.decrypt, KeyId=theirs, CiphertextBlob=foreign)
    refused(400, "IncorrectKeyException", "does not identify", acme.decrypt, KeyId=mine, CiphertextBlob=foreign)
    for name in (key["KeyId"], key["Arn"]):
        refused(400, denied, "because no resource-based policy allows", acme.encrypt, KeyId=name, Plaintext=b"x")
    refused(400, denied, "kms:Decrypt", acme.decrypt, CiphertextBlob=sealed)
    refused(400, "InvalidCiphertextException", "", acme.decrypt, KeyId=mine, CiphertextBlob=sealed, EncryptionContext={"a": "b"})
    refused(400, "InvalidCiphertextException", "", acme.decrypt, KeyId=mine, CiphertextBlob=b"not a ciphertext")
    refused(400, "NotFoundException", "is not found", acme.encrypt, KeyId="alias/customer-nobody", Plaintext=b"x")
    refused(400, "NotFoundException", f"arn:aws:kms:us-east-1:{B}:{mine} is not found", service.encrypt, KeyId=mine, Plaintext=b"x")
    refused(400, denied, "no identity-based policy allows", service.encrypt, KeyId=f"arn:aws:kms:us-east-1:{A}:{mine}", Plaintext=b"x")
    refused(400, denied, "user/admin", admin.encrypt, KeyId=mine, Plaintext=b"x")
    refused(400, denied, "user/admin", admin.decrypt, CiphertextBlob=sealed)
    refused(400, denied, "KeyholdControlRole", control.encrypt, KeyId=mine, Plaintext=b"x")
    refused(400, denied, "KeyholdControlRole", control.generate_data_key, KeyId=mine, KeySpec="AES_256")
    refused(400, "UnknownOperationException", "", control.create_grant, KeyId=key["KeyId"],
            GranteePrincipal=f"arn:aws:iam::{A}:role/ServiceARole", Operations=["Decrypt"])

    role = f"arn:aws:iam::{A}:role/ServiceARole"
    for principal in ("admin", "control", "tenant:acme"):
        sts = client("sts", principal)
        refused(403, "AccessDenied", "sts:AssumeRole on resource: " + role, sts.assume_role, RoleArn=role, RoleSessionName="try")
    sts = client("sts", "service-b")
    refused(403, "AccessDenied", "KeyholdControlRole", sts.assume_role,
            RoleArn=f"arn:aws:iam::{A}:role/KeyholdControlRole", RoleSessionName="try")
    refused(400, "MalformedPolicyDocument", "", sts.assume_role, RoleArn=role, RoleSessionName="try", Policy="{")
    refused(400, "ValidationError", "roleSessionName", sts.assume_role, RoleArn=role, RoleSessionName="a b")

    wrong = client("kms", "tenant:acme", AWS_SECRET_ACCESS_KEY="wrong")
    refused(400, "InvalidSignatureException", "does not match", wrong.encrypt, KeyId=mine, Plaintext=b"x")
    token = env("tenant:acme")["AWS_SESSION_TOKEN"]
    altered = client("kms", "tenant:acme", AWS_SESSION_TOKEN=token[:40] + ("A" if token[40] != "A" else "B") + token[41:])
    refused(400, "UnrecognizedClientException", "is invalid", altered.encrypt, KeyId=mine, Plaintext=b"x")
    bare = client("kms", "tenant:acme", AWS_SESSION_TOKEN="")
    refused(400, "UnrecognizedClientException", "is invalid", bare.encrypt, KeyId=mine, Plaintext=b"x")
    print(COUNT, "refusals")


if __name__ == "__main__":
    main()
