"""The two-tenant scene as plain AWS code: nothing here knows of Keyhold, and it runs against AWS unchanged.

    keyhold serve &
    keyhold tenant create Acme --id acme && keyhold tenant create Bolt --id bolt
    eval "$(keyhold env --as service-b)"
    python3 examples/boto3/two_tenants.py
"""

import json
import os

import boto3
from botocore.exceptions import ClientError

ACCOUNT_A = os.environ.get("KEYHOLD_CENTRAL_ACCOUNT", "111122223333")


def kms_of(tenant):
    """A KMS client that can use one tenant's key and no other."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:RequestAlias": f"alias/customer-{tenant}"}},
        }],
    }
    session = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT_A}:role/ServiceARole",
        RoleSessionName=f"Tenant-{tenant}-Session",
        Policy=json.dumps(policy),
    )["Credentials"]
    return boto3.client(
        "kms",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


def refused(what, call, code):
    """Run a call that must be refused with a code."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        print(f"refused, {what}: {code}")
        return
    raise SystemExit(f"not refused: {what}")


def main():
    acme, bolt = kms_of("acme"), kms_of("bolt")
    context = {"table": "customers", "row": "4711"}
    alias = "alias/customer-acme"

    sealed = acme.encrypt(KeyId=alias, Plaintext=b"api-key-of-acme", EncryptionContext=context)["CiphertextBlob"]
    print(f"acme encrypts: {len(sealed)} bytes")
    plain = acme.decrypt(KeyId=alias, CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"]
    print(f"acme decrypts: {plain.decode()}")

    refused("bolt with acme's alias",
            lambda: bolt.decrypt(KeyId=alias, CiphertextBlob=sealed, EncryptionContext=context), "AccessDeniedException")
    refused("bolt with its own alias and acme's ciphertext",
            lambda: bolt.decrypt(KeyId="alias/customer-bolt", CiphertextBlob=sealed, EncryptionContext=context),
            "IncorrectKeyException")
    refused("no alias at all",
            lambda: acme.decrypt(CiphertextBlob=sealed, EncryptionContext=context), "AccessDeniedException")
    refused("another encryption context",
            lambda: acme.decrypt(KeyId=alias, CiphertextBlob=sealed), "InvalidCiphertextException")


if __name__ == "__main__":
    main()
