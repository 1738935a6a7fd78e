"""Create, Update or Delete event in; a database with pgvector and a least-privilege role out.

Runs as the isComplete handler of a CDK provider: `IsComplete` false means "ask again", an exception means "failed".
rag_api creates its own tables; this function must not. Deleting changes nothing: the database goes with the server.
Passwords leave this process only as SCRAM verifiers, so that no statement log can hold one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import ssl
from collections.abc import Mapping
from typing import Any

import boto3
from pg8000 import native
from pg8000.exceptions import DatabaseError, InterfaceError

from librechat_aws.functions import database_user
from librechat_aws.functions.database_user import (
    Event,
    NotReadyError,
    read_secret,
    same_id,
    with_retries,
    with_rotation,
)

SCRAM_ITERATIONS = 4096
STARTING_UP = ("57P03", "57P01", "53300")  # cannot connect now, shutting down, too many connections
LOST_RACES = ("42P04", "42710", "23505", "XX000")  # exists already, or changed by a concurrent session

logger = logging.getLogger("init_postgres")
logger.setLevel(logging.INFO)


def on_event(event: Event, _context: object = None) -> dict[str, Any]:
    """Answer at once with a physical id that never changes, so that no update replaces anything."""
    return same_id(event, "vector-database")


def is_complete(event: Event, _context: object = None) -> dict[str, Any]:
    """`{"IsComplete": bool}`; raises when waiting cannot help, e.g. for a wrong password."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    properties = event["ResourceProperties"]
    secrets = boto3.client("secretsmanager")
    master = read_secret(secrets, properties["MasterSecretArn"])
    user = with_rotation(secrets, properties)
    tls = ssl.create_default_context(cafile=properties.get("BundledCaFile", "rds-global-bundle.pem"))
    try:
        with_retries(lambda: ensure_database(properties, master, user, tls))
    except NotReadyError as error:
        logger.info("not reachable yet: %s", error)
        return {"IsComplete": False}
    logger.info("database, role and extension are in place")
    return {"IsComplete": True}


def ensure_database(
    properties: Event, master: Mapping[str, str], user: Mapping[str, str], tls: ssl.SSLContext | None
) -> None:
    """Role, database, extension and grants; safe to repeat and to race. Raises NotReadyError or DatabaseError."""
    try:
        _ensure_database(properties, master, user, tls)
    except (InterfaceError, OSError) as error:
        raise NotReadyError(type(error).__name__) from None


def _ensure_database(
    properties: Event, master: Mapping[str, str], user: Mapping[str, str], tls: ssl.SSLContext | None
) -> None:
    role, database = _quote(user["username"]), _quote(user["dbname"])
    verifier = scram_verifier(user["password"], os.urandom(16))
    with _session(properties, master, "postgres", tls) as session:
        if not session.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=user["username"]):
            _tolerate_race(session, f"CREATE ROLE {role} LOGIN")
        _tolerate_race(session, f"ALTER ROLE {role} LOGIN PASSWORD '{verifier}'")
        if not session.run("SELECT 1 FROM pg_database WHERE datname = :name", name=user["dbname"]):
            _tolerate_race(session, f"CREATE DATABASE {database}")
        _tolerate_race(session, f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        _tolerate_race(session, f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}")
    with _session(properties, master, user["dbname"], tls) as session:
        _tolerate_race(session, "CREATE EXTENSION IF NOT EXISTS vector")
        _tolerate_race(session, f"GRANT USAGE, CREATE ON SCHEMA public TO {role}")


def scram_verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL stores for an ASCII password: SCRAM-SHA-256$iterations:salt$stored:server."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode("ascii") for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(SCRAM_ITERATIONS, *parts)


def _session(
    properties: Event, master: Mapping[str, str], database: str, tls: ssl.SSLContext | None
) -> native.Connection:
    try:
        return native.Connection(
            master["username"],
            host=properties["Host"],
            port=int(properties["Port"]),
            database=database,
            password=master["password"],
            timeout=database_user.ATTEMPT_SECONDS,
            ssl_context=tls,
            application_name="init_postgres",
        )
    except DatabaseError as error:
        if _code(error) in STARTING_UP:
            raise NotReadyError(_code(error)) from None
        raise


def _tolerate_race(session: native.Connection, statement: str) -> None:
    """Run a statement that a concurrent session may have run first; its effect is the same either way."""
    try:
        session.run(statement)
    except DatabaseError as error:
        if _code(error) not in LOST_RACES:
            raise


def _code(error: DatabaseError) -> str:
    first = error.args[0] if error.args else {}
    return str(first.get("C", "")) if isinstance(first, dict) else ""


def _quote(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
