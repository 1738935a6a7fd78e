"""init_documentdb against a server that speaks MongoDB's wire protocol over TLS with SCRAM-SHA-1.

The server is ours: it knows logins and user management as DocumentDB documents them. Not shown here: DocumentDB's own
replica-set answers and its behaviour while an instance starts.
"""

import base64
import hashlib
import hmac
import json
import logging
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import bson
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from librechat_aws.functions.init_documentdb import handler

MASTER = {"username": "docdbadmin", "password": "masterPassword1"}
USER = {"username": "librechat", "password": "userPassword1", "uri": ""}
OP_MSG = 2013


class DocumentServer(socketserver.ThreadingTCPServer):
    """Users by name with password and roles; commands that anybody sent."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.context = context
        self.users: dict[str, dict[str, Any]] = {MASTER["username"]: {"pwd": MASTER["password"], "roles": []}}
        self.commands: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not like the certificate goes away; that is its right."""


class _Session(socketserver.BaseRequestHandler):
    server: DocumentServer

    def handle(self) -> None:
        self.user: str | None = None
        with self.server.context.wrap_socket(self.request, server_side=True) as self.stream:
            self._talk()

    def _talk(self) -> None:
        while header := self._read(16):
            length, request_id, _, opcode = struct.unpack("<iiii", header)
            body = self._read(length - 16)
            assert opcode == OP_MSG
            command = bson.decode(body[5:])
            answer = self._answer(command)
            reply = struct.pack("<IB", 0, 0) + bson.encode(answer)
            self.stream.sendall(struct.pack("<iiii", 16 + len(reply), 1, request_id, OP_MSG) + reply)

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = self.stream.recv(length - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        name = next(iter(command))
        self.server.commands.append(name)
        if name in ("hello", "ismaster", "isMaster"):
            return {"ok": 1, "isWritablePrimary": True, "ismaster": True, "helloOk": True, "maxWireVersion": 13}
        if name == "saslStart":
            return self._start(bytes(command["payload"]).decode())
        if name == "saslContinue":
            return self._continue(bytes(command["payload"]).decode())
        if self.user is None:
            return {"ok": 0, "code": 13, "errmsg": "not authorized"}
        return self._manage(name, command)

    def _start(self, payload: str) -> dict[str, Any]:
        self.bare = payload.partition("n,,")[2]
        fields = dict(part.split("=", 1) for part in self.bare.split(","))
        self.name, nonce = fields["n"], fields["r"] + "server"
        self.first = f"r={nonce},s={base64.b64encode(b'0123456789abcdef').decode()},i=10000"
        return {"ok": 1, "conversationId": 1, "done": False, "payload": self.first.encode()}

    def _continue(self, payload: str) -> dict[str, Any]:
        if not payload:
            return {"ok": 1, "conversationId": 1, "done": True, "payload": b""}
        without, _, proof = payload.partition(",p=")
        known = self.server.users.get(self.name, {"pwd": "\0"})
        digest = hashlib.md5(f"{self.name}:mongo:{known['pwd']}".encode()).hexdigest().encode()
        salted = hashlib.pbkdf2_hmac("sha1", digest, b"0123456789abcdef", 10000)
        client_key = hmac.digest(salted, b"Client Key", "sha1")
        message = f"{self.bare},{self.first},{without}".encode()
        signature = hmac.digest(hashlib.sha1(client_key).digest(), message, "sha1")
        expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        if base64.b64decode(proof) != expected:
            return {"ok": 0, "code": 18, "errmsg": "Authentication failed."}
        self.user = self.name
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha1"), message, "sha1")
        return {"ok": 1, "conversationId": 1, "done": True, "payload": b"v=" + base64.b64encode(server)}

    def _manage(self, name: str, command: dict[str, Any]) -> dict[str, Any]:
        users = self.server.users
        if name in ("createUser", "updateUser"):
            exists = command[name] in users
            if exists and name == "createUser":
                return {"ok": 0, "code": 51003, "errmsg": "User already exists"}
            if not exists and name == "updateUser":
                return {"ok": 0, "code": 11, "errmsg": "User not found"}
            users[command[name]] = {"pwd": command["pwd"], "roles": command["roles"]}
        return {"ok": 1}


@pytest.fixture
def server(authority) -> Iterator[DocumentServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.key)
    with DocumentServer(context) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield running
        running.shutdown()


class Secrets:
    """Secrets Manager with the two secrets of the function."""

    def __init__(self, **values: dict[str, str]) -> None:
        self.values = {name: json.dumps(value) for name, value in values.items()}
        self.writes = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's own spelling)
        return {"SecretString": self.values[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803
        self.values[SecretId] = SecretString
        self.writes += 1

    def read(self, name: str) -> dict[str, str]:
        value: dict[str, str] = json.loads(self.values[name])
        return value


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    kept = Secrets(master=MASTER, user=USER)
    monkeypatch.setattr(handler.boto3, "client", lambda _service: kept)
    return kept


@pytest.fixture
def event(server: DocumentServer, authority) -> dict[str, Any]:
    properties = {
        "Host": "localhost",
        "Port": str(server.server_address[1]),
        "Database": "LibreChat",
        "MasterSecretArn": "master",
        "UserSecretArn": "user",
        "ContainerCaFile": "/config/rds-global-bundle.pem",
        "BundledCaFile": str(authority.ca),
    }
    return {"LogicalResourceId": "Initialise", "RequestType": "Create", "ResourceProperties": properties}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "BUDGET_SECONDS", 0.5)
    monkeypatch.setattr(handler, "ATTEMPT_SECONDS", 0.2)


def test_the_user_may_use_its_database_and_the_uri_is_written(
    server: DocumentServer, event: dict[str, Any], secrets: Secrets
) -> None:
    assert handler.is_complete(event) == {"IsComplete": True}
    assert server.users["librechat"] == {
        "pwd": USER["password"],
        "roles": [{"role": "readWrite", "db": "LibreChat"}, {"role": "dbAdmin", "db": "LibreChat"}],
    }
    uri = urlsplit(secrets.read("user")["uri"])
    options = {name: values[0] for name, values in parse_qs(uri.query).items()}
    assert (uri.scheme, uri.hostname, uri.path) == ("mongodb", "localhost", "/LibreChat")
    assert options["retryWrites"] == "false"
    assert options["readPreference"] == "primary"
    assert options["tlsCAFile"] == "/config/rds-global-bundle.pem"


def test_the_written_uri_logs_in(event: dict[str, Any], secrets: Secrets, authority) -> None:
    handler.is_complete(event)
    uri = secrets.read("user")["uri"].replace("/config/rds-global-bundle.pem", str(authority.ca))
    with MongoClient(uri.replace("replicaSet=rs0", "directConnection=true"), serverSelectionTimeoutMS=2000) as client:
        assert client.admin.command("ping")["ok"] == 1


@pytest.mark.usefixtures("secrets")
def test_it_makes_no_collections_and_no_indexes(server: DocumentServer, event: dict[str, Any]) -> None:
    handler.is_complete(event)
    managed = {name for name in server.commands if not name.startswith(("hello", "ismaster", "sasl", "endSessions"))}
    assert managed == {"ping", "updateUser", "createUser"}


def test_a_replay_and_an_update_write_once(event: dict[str, Any], secrets: Secrets) -> None:
    first = handler.on_event(event)
    for kind in ("Create", "Create", "Update"):
        replay = {**event, **first, "RequestType": kind}
        assert handler.on_event(replay) == first
        assert handler.is_complete(replay) == {"IsComplete": True}
    assert secrets.writes == 1


@pytest.mark.usefixtures("secrets")
def test_a_user_that_appears_meanwhile_is_taken_over(
    server: DocumentServer, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    manage = _Session._manage
    seen: list[str] = []

    def race(self: _Session, name: str, command: dict[str, Any]) -> dict[str, Any]:
        answer = manage(self, name, command)
        if name == "updateUser" and not seen:
            seen.append(name)
            self.server.users["librechat"] = {"pwd": "other", "roles": []}
        return answer

    monkeypatch.setattr(_Session, "_manage", race)
    assert handler.is_complete(event) == {"IsComplete": True}
    assert server.users["librechat"]["pwd"] == USER["password"]


def test_a_wrong_password_fails_at_once(event: dict[str, Any], secrets: Secrets) -> None:
    secrets.values["master"] = json.dumps({**MASTER, "password": "wrong"})
    with pytest.raises(OperationFailure, match="Authentication failed"):
        handler.is_complete(event)
    assert secrets.writes == 0


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_up_yet_is_asked_again(event: dict[str, Any], secrets: Secrets) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        event["ResourceProperties"]["Port"] = str(probe.getsockname()[1])
    assert handler.is_complete(event) == {"IsComplete": False}
    assert secrets.writes == 0


@pytest.mark.usefixtures("impatient", "secrets")
def test_an_unknown_authority_is_not_trusted(event: dict[str, Any]) -> None:
    from importlib.resources import files

    bundle = files("librechat_aws").joinpath("certificates", "rds-global-bundle.pem")
    event["ResourceProperties"]["BundledCaFile"] = str(bundle)
    assert handler.is_complete(event) == {"IsComplete": False}


def test_delete_touches_nothing(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler.boto3, "client", lambda _service: pytest.fail("asked for a secret"))
    assert handler.is_complete({**event, "RequestType": "Delete"}) == {"IsComplete": True}


@pytest.mark.usefixtures("secrets")
def test_no_log_holds_a_password(event: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        handler.is_complete(event)
    assert USER["password"] not in caplog.text
    assert MASTER["password"] not in caplog.text


def test_a_password_with_special_characters_is_quoted() -> None:
    properties = {"Host": "h", "Port": "27017", "Database": "LibreChat", "ContainerCaFile": "/ca.pem"}
    uri = handler.compose_uri(properties, {"username": "u", "password": "p@ss/w:rd"})
    assert uri.startswith("mongodb://u:p%40ss%2Fw%3Ard@h:27017/LibreChat?")
