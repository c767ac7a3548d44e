"""Signs requests with botocore and prints one JSON object for each: method, url, headers, body, service."""

import itertools
import json
import sys

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Encrypt"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

requests = [
    ("POST", "/", JSON, b'{"KeyId": "alias/a"}'),
    ("POST", "/", JSON | {"X-Amz-Meta-A": "  a \t b   c "}, b""),
    ("POST", "/", FORM, {"Action": "AssumeRole", "Version": "2011-06-15", "Policy": '{"a": "b c"}'}),
    ("POST", "/", FORM | {"Date": "now"}, {"Action": "GetCallerIdentity"}),
    ("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {}, b""),
    ("GET", "/?b=2&a=%20%2F~%2A&b=1&a-b=&c", {}, b""),
    ("GET", "/a//b/./c/../d%20e/f%2Fg/", {}, b""),
    ("GET", "/..", {}, b""),
    ("PUT", "/bucket/key%20with%20space/%C3%A9%2B", {"Content-MD5": "x"}, b"data"),
]
kinds = [
    ("kms", SigV4Auth, {}),
    ("kms", SigV4QueryAuth, {"expires": 900}),
    ("s3", S3SigV4Auth, {}),
    ("s3", S3SigV4QueryAuth, {"expires": 900}),
]
for (method, path, headers, body), (service, auth, options), token in itertools.product(
    requests, kinds, [None, "FwoGZXIvYXdzEHoaDK+/=="]
):
    if options and method == "PUT":  # presigning moves the body into the query: JSON or a form
        continue
    request = AWSRequest(method=method, url="http://127.0.0.1:4566" + path, headers=headers, data=body)
    auth(Credentials(KEY, SECRET, token), service, "us-east-1", **options).add_auth(request)
    prepared = request.prepare()
    sent = {k: v.decode() if isinstance(v, bytes) else v for k, v in prepared.headers.items()}
    data = prepared.body or b""
    json.dump(
        {
            "method": prepared.method,
            "url": prepared.url,
            "headers": sent,
            "body": data.decode() if isinstance(data, bytes) else data,
            "service": service,
            "token": token or "",
        },
        sys.stdout,
    )
    print()
