"""`{"email": "you@example.com"}` in; that account is an administrator of LibreChat afterwards.

For the mode that has no shell. LibreChat has no command for it: the role is a field of the account. `SECRET_ARN` names the
secret whose key `uri` is LibreChat's MONGO_URI. Nothing is logged that came out of it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import boto3
from pymongo import MongoClient

ATTEMPT_MS = 10_000


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, str]:
    """What was done, for whoever invoked it. Raises ValueError for an address that is none, LookupError for a stranger's."""
    email = str(event.get("email") or "").strip().lower()
    if "@" not in email:
        raise ValueError('say whose account: {"email": "you@example.com"}')
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
    with _client(json.loads(secret["SecretString"])["uri"]) as client:
        done = client.get_default_database("LibreChat")["users"].update_one(
            {"email": email}, {"$set": {"role": "ADMIN"}}
        )
    if not done.matched_count:
        raise LookupError(f"nobody has registered as {email}")
    return {"administrator": email}


def _client(uri: str) -> MongoClient[dict[str, Any]]:
    """The path of the authorities in the address is that of LibreChat's container; here they lie beside this file."""
    here = quote(os.environ.get("CA_FILE", "rds-global-bundle.pem"))
    return MongoClient(re.sub(r"tlsCAFile=[^&]*", f"tlsCAFile={here}", uri), serverSelectionTimeoutMS=ATTEMPT_MS)
