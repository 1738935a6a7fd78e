"""Create, Update or Delete event in; a DocumentDB application user and its MONGO_URI secret out.

Runs as the isComplete handler of a CDK provider: `IsComplete` false means "ask again", an exception means "failed".
LibreChat creates its own collections and indexes; this function must not. Deleting changes nothing: the user goes
with the cluster. Nothing is logged that came out of a secret.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import boto3
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from librechat_aws.functions import database_user
from librechat_aws.functions.database_user import (
    Event,
    NotReadyError,
    read_secret,
    same_id,
    with_retries,
    with_rotation,
)

USER_EXISTS_CODES = (51003, 11000)
USER_ABSENT_CODE = 11

logger = logging.getLogger("init_documentdb")
logger.setLevel(logging.INFO)


def on_event(event: Event, _context: object = None) -> dict[str, Any]:
    """Answer at once with a physical id that never changes, so that no update replaces anything."""
    return same_id(event, "document-user")


def is_complete(event: Event, _context: object = None) -> dict[str, Any]:
    """`{"IsComplete": bool}`; raises when waiting cannot help, e.g. for a wrong password."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    properties = event["ResourceProperties"]
    secrets = boto3.client("secretsmanager")
    master = read_secret(secrets, properties["MasterSecretArn"])
    user = with_rotation(secrets, properties)
    try:
        with_retries(lambda: ensure_user(properties, master, user))
    except NotReadyError as error:
        logger.info("not reachable yet: %s", error)
        return {"IsComplete": False}
    uri = compose_uri(properties, user)
    if user.get("uri") != uri:
        secrets.put_secret_value(
            SecretId=properties["UserSecretArn"], SecretString=json.dumps({**user, "uri": uri}, sort_keys=True)
        )
    logger.info("user and MONGO_URI are in place")
    return {"IsComplete": True}


def ensure_user(properties: Event, master: Mapping[str, str], user: Mapping[str, str]) -> None:
    """Create the user, or set its password and roles if it exists; safe to repeat and to race. Raises NotReadyError."""
    try:
        _ensure_user(properties, master, user)
    except ConnectionFailure as error:
        raise NotReadyError(type(error).__name__) from None


def _ensure_user(properties: Event, master: Mapping[str, str], user: Mapping[str, str]) -> None:
    patience_ms = int(database_user.ATTEMPT_SECONDS * 1000)
    client: MongoClient[dict[str, Any]] = MongoClient(
        host=properties["Host"],
        port=int(properties["Port"]),
        username=master["username"],
        password=master["password"],
        tls=True,
        tlsCAFile=properties.get("BundledCaFile", "rds-global-bundle.pem"),
        authMechanism="SCRAM-SHA-1",
        retryWrites=False,
        directConnection=True,
        serverSelectionTimeoutMS=patience_ms,
        connectTimeoutMS=patience_ms,
        socketTimeoutMS=patience_ms,
    )
    with client:
        client.admin.command("ping")
        roles = [{"role": role, "db": properties["Database"]} for role in ("readWrite", "dbAdmin")]
        try:
            client.admin.command("updateUser", user["username"], pwd=user["password"], roles=roles)
        except OperationFailure as error:
            if error.code != USER_ABSENT_CODE:
                raise
            _create_user(client, user, roles)


def _create_user(client: MongoClient[dict[str, Any]], user: Mapping[str, str], roles: list[dict[str, str]]) -> None:
    try:
        client.admin.command("createUser", user["username"], pwd=user["password"], roles=roles)
    except OperationFailure as error:
        if error.code not in USER_EXISTS_CODES:
            raise
        client.admin.command("updateUser", user["username"], pwd=user["password"], roles=roles)


def compose_uri(properties: Event, user: Mapping[str, str]) -> str:
    """The MONGO_URI of LibreChat: TLS, primary reads, no retryable writes (DocumentDB has none)."""
    credentials = f"{quote(user['username'], safe='')}:{quote(user['password'], safe='')}"
    options = (
        f"tls=true&tlsCAFile={properties['ContainerCaFile']}&replicaSet=rs0&readPreference=primary"
        "&authSource=admin&authMechanism=SCRAM-SHA-1&retryWrites=false"
    )
    return f"mongodb://{credentials}@{properties['Host']}:{properties['Port']}/{properties['Database']}?{options}"
