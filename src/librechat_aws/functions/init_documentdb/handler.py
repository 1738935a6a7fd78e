"""Create, Update or Delete event in; a DocumentDB application user and its MONGO_URI secret out.

Runs as the isComplete handler of a CDK provider: `IsComplete` false means "ask again", an exception means "failed".
LibreChat creates its own collections and indexes; this function must not. Deleting changes nothing: the user goes
with the cluster. Nothing is logged that came out of a secret.
"""

from __future__ import annotations

import json
import logging
import random
import string
import time
from collections.abc import Callable, Mapping
from secrets import choice
from typing import Any
from urllib.parse import quote

import boto3
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

# One call makes attempts for at most this long; the function's timeout is 90 s and the provider asks again.
BUDGET_SECONDS = 20.0
ATTEMPT_SECONDS = 5.0
FIRST_DELAY_SECONDS = 0.5
USER_EXISTS_CODES = (51003, 11000)
USER_ABSENT_CODE = 11

FIRST_ROTATION = "0"
PASSWORD_LENGTH = 40

logger = logging.getLogger("init_documentdb")
logger.setLevel(logging.INFO)

Event = Mapping[str, Any]


def on_event(event: Event, _context: object = None) -> dict[str, Any]:
    """Answer at once with a physical id that never changes, so that no update replaces anything."""
    logger.info("%s", event["RequestType"])
    return {"PhysicalResourceId": event.get("PhysicalResourceId") or physical_id(event)}


def is_complete(event: Event, _context: object = None) -> dict[str, Any]:
    """`{"IsComplete": bool}`; raises when waiting cannot help, e.g. for a wrong password."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    properties = event["ResourceProperties"]
    secrets = boto3.client("secretsmanager")
    master = _read(secrets, properties["MasterSecretArn"])
    user = with_rotation(secrets, properties)
    try:
        with_retries(lambda: ensure_user(properties, master, user))
    except ConnectionFailure as error:
        logger.info("not reachable yet: %s", type(error).__name__)
        return {"IsComplete": False}
    uri = compose_uri(properties, user)
    if user.get("uri") != uri:
        secrets.put_secret_value(
            SecretId=properties["UserSecretArn"], SecretString=json.dumps({**user, "uri": uri}, sort_keys=True)
        )
    logger.info("user and MONGO_URI are in place")
    return {"IsComplete": True}


def with_rotation(secrets: Any, properties: Event) -> dict[str, str]:
    """The user's secret, with a new password if the settings ask for another `Rotation` than the secret remembers.

    The secret is written before the database: whoever repeats this finds the number, and sets the same password.
    """
    user = _read(secrets, properties["UserSecretArn"])
    wanted = properties.get("Rotation", FIRST_ROTATION)
    if (user.get("rotation") or FIRST_ROTATION) == wanted:
        return user
    password = "".join(choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_LENGTH))
    user = {**user, "rotation": wanted, "password": password}
    secrets.put_secret_value(SecretId=properties["UserSecretArn"], SecretString=json.dumps(user, sort_keys=True))
    logger.info("new password, rotation %s", wanted)
    return user


def physical_id(event: Event) -> str:
    """The same for every event of one resource."""
    return f"document-user-{event['LogicalResourceId']}"


def ensure_user(properties: Event, master: Mapping[str, str], user: Mapping[str, str]) -> None:
    """Create the user, or set its password and roles if it exists; safe to repeat and to race."""
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
        serverSelectionTimeoutMS=int(ATTEMPT_SECONDS * 1000),
        connectTimeoutMS=int(ATTEMPT_SECONDS * 1000),
        socketTimeoutMS=int(ATTEMPT_SECONDS * 1000),
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


def with_retries(
    attempt: Callable[[], None],
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> None:
    """Repeat `attempt` on lost connections with doubling, jittered delays; never starts one after the budget."""
    deadline = now() + BUDGET_SECONDS
    delay = FIRST_DELAY_SECONDS
    while True:
        try:
            return attempt()
        except ConnectionFailure:
            pause = delay * (0.5 + jitter() / 2)
            if now() + pause + ATTEMPT_SECONDS > deadline:
                raise
            sleep(pause)
            delay *= 2


def _read(secrets: Any, arn: str) -> dict[str, str]:
    content: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    return content
