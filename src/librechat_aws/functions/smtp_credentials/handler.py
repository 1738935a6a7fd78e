"""Create, Update or Delete event in; an access key of a sender made, and the SMTP password of it in a secret.

The key goes from IAM into Secrets Manager and nowhere else: no template, no event and no log holds it. At an update the key
that services use now stays until the next one, so that they can send until they are started anew.
Source of the password: Amazon SES developer guide, obtaining SMTP credentials by converting existing AWS credentials.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import boto3

# The guide names this date: it is part of the algorithm, and no date of anything.
STEPS = ("11111111", "{region}", "ses", "aws4_request", "SendRawEmail")
VERSION = b"\x04"


def on_event(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """`{"PhysicalResourceId": ...}`, which never changes."""
    asked = event["ResourceProperties"]
    iam, secrets = boto3.client("iam"), boto3.client("secretsmanager")
    used = username(secrets, asked["SecretArn"]) if event["RequestType"] == "Update" else ""
    for key in iam.list_access_keys(UserName=asked["User"])["AccessKeyMetadata"]:
        if key["AccessKeyId"] != used:
            iam.delete_access_key(UserName=asked["User"], AccessKeyId=key["AccessKeyId"])
    if event["RequestType"] != "Delete":
        made = iam.create_access_key(UserName=asked["User"])["AccessKey"]
        password = smtp_password(made["SecretAccessKey"], asked["Region"])
        value = json.dumps({"username": made["AccessKeyId"], "password": password})
        secrets.put_secret_value(SecretId=asked["SecretArn"], SecretString=value)
    return {"PhysicalResourceId": event.get("PhysicalResourceId") or f"smtp-{asked['User']}"}


def smtp_password(secret_access_key: str, region: str) -> str:
    """The password of SES's SMTP servers in one Region that belongs to a secret access key."""
    signature = f"AWS4{secret_access_key}".encode()
    for step in STEPS:
        signature = hmac.new(signature, step.format(region=region).encode(), hashlib.sha256).digest()
    return base64.b64encode(VERSION + signature).decode("ascii")


def username(secrets: Any, arn: str) -> str:
    """The access key in use; "" before there is one."""
    return str(json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]).get("username", ""))
