"""init_documentdb against a server that speaks MongoDB's wire protocol over TLS with SCRAM-SHA-1.

The server is ours: it knows logins and user management as DocumentDB documents them. Not shown here: DocumentDB's own
replica-set answers and its behaviour while an instance starts.
"""

import json
import logging
import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from document_server import MASTER, USER, DocumentServer, Secrets, Session
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from librechat_aws.functions import database_user
from librechat_aws.functions.init_documentdb import handler


@pytest.fixture
def event(document_properties: dict[str, Any]) -> dict[str, Any]:
    return {"LogicalResourceId": "Initialise", "RequestType": "Create", "ResourceProperties": document_properties}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_user, "BUDGET_SECONDS", 0.5)
    monkeypatch.setattr(database_user, "ATTEMPT_SECONDS", 0.2)


def test_the_user_may_use_its_database_and_the_uri_is_written(
    document_server: DocumentServer, event: dict[str, Any], document_secrets: Secrets
) -> None:
    assert handler.is_complete(event) == {"IsComplete": True}
    assert document_server.users["librechat"] == {
        "pwd": USER["password"],
        "roles": [{"role": "readWrite", "db": "LibreChat"}, {"role": "dbAdmin", "db": "LibreChat"}],
    }
    uri = urlsplit(document_secrets.read("user")["uri"])
    options = {name: values[0] for name, values in parse_qs(uri.query).items()}
    assert (uri.scheme, uri.hostname, uri.path) == ("mongodb", "localhost", "/LibreChat")
    assert options["retryWrites"] == "false"
    assert options["readPreference"] == "primary"
    assert options["tlsCAFile"] == "/config/rds-global-bundle.pem"


def test_the_written_uri_logs_in(event: dict[str, Any], document_secrets: Secrets, authority) -> None:
    handler.is_complete(event)
    uri = document_secrets.read("user")["uri"].replace("/config/rds-global-bundle.pem", str(authority.ca))
    with MongoClient(uri.replace("replicaSet=rs0", "directConnection=true"), serverSelectionTimeoutMS=2000) as client:
        assert client.admin.command("ping")["ok"] == 1


@pytest.mark.usefixtures("document_secrets")
def test_it_makes_no_collections_and_no_indexes(document_server: DocumentServer, event: dict[str, Any]) -> None:
    handler.is_complete(event)
    managed = {
        name for name in document_server.commands if not name.startswith(("hello", "ismaster", "sasl", "endSessions"))
    }
    assert managed == {"ping", "updateUser", "createUser"}


def test_a_replay_and_an_update_write_once(event: dict[str, Any], document_secrets: Secrets) -> None:
    first = handler.on_event(event)
    for kind in ("Create", "Create", "Update"):
        replay = {**event, **first, "RequestType": kind}
        assert handler.on_event(replay) == first
        assert handler.is_complete(replay) == {"IsComplete": True}
    assert document_secrets.writes == 1


@pytest.mark.usefixtures("document_secrets")
def test_a_user_that_appears_meanwhile_is_taken_over(
    document_server: DocumentServer, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    manage = Session._manage
    seen: list[str] = []

    def race(self: Session, name: str, command: dict[str, Any]) -> dict[str, Any]:
        answer = manage(self, name, command)
        if name == "updateUser" and not seen:
            seen.append(name)
            self.server.users["librechat"] = {"pwd": "other", "roles": []}
        return answer

    monkeypatch.setattr(Session, "_manage", race)
    assert handler.is_complete(event) == {"IsComplete": True}
    assert document_server.users["librechat"]["pwd"] == USER["password"]


def test_a_wrong_password_fails_at_once(event: dict[str, Any], document_secrets: Secrets) -> None:
    document_secrets.values["master"] = json.dumps({**MASTER, "password": "wrong"})
    with pytest.raises(OperationFailure, match="Authentication failed"):
        handler.is_complete(event)
    assert document_secrets.writes == 0


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_up_yet_is_asked_again(event: dict[str, Any], document_secrets: Secrets) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        event["ResourceProperties"]["Port"] = str(probe.getsockname()[1])
    assert handler.is_complete(event) == {"IsComplete": False}
    assert document_secrets.writes == 0


@pytest.mark.usefixtures("impatient", "document_secrets")
def test_an_unknown_authority_is_not_trusted(event: dict[str, Any]) -> None:
    from importlib.resources import files

    bundle = files("librechat_aws").joinpath("certificates", "rds-global-bundle.pem")
    event["ResourceProperties"]["BundledCaFile"] = str(bundle)
    assert handler.is_complete(event) == {"IsComplete": False}


def test_delete_touches_nothing(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler.boto3, "client", lambda _service: pytest.fail("asked for a secret"))
    assert handler.is_complete({**event, "RequestType": "Delete"}) == {"IsComplete": True}


@pytest.mark.usefixtures("document_secrets")
def test_no_log_holds_a_password(event: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        handler.is_complete(event)
    assert USER["password"] not in caplog.text
    assert MASTER["password"] not in caplog.text


def test_a_password_with_special_characters_is_quoted() -> None:
    properties = {"Host": "h", "Port": "27017", "Database": "LibreChat", "ContainerCaFile": "/ca.pem"}
    uri = handler.compose_uri(properties, {"username": "u", "password": "p@ss/w:rd"})
    assert uri.startswith("mongodb://u:p%40ss%2Fw%3Ard@h:27017/LibreChat?")


def test_a_rotation_gives_the_user_a_new_password_once(
    document_server: DocumentServer, event: dict[str, Any], document_secrets: Secrets
) -> None:
    handler.is_complete(event)
    event["ResourceProperties"]["Rotation"] = "1"
    for _ in range(2):
        assert handler.is_complete({**event, "RequestType": "Update"}) == {"IsComplete": True}
    rotated = document_secrets.read("user")
    assert rotated["password"] != USER["password"]
    assert document_server.users["librechat"]["pwd"] == rotated["password"]
    assert f":{rotated['password']}@" in rotated["uri"]
    assert document_secrets.writes == 3  # the first address, the new password, its address


@pytest.mark.usefixtures("impatient")
def test_a_rotation_that_was_interrupted_goes_on_with_the_same_password(
    document_server: DocumentServer, event: dict[str, Any], document_secrets: Secrets
) -> None:
    handler.is_complete(event)
    port = event["ResourceProperties"]["Port"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        event["ResourceProperties"] |= {"Rotation": "7", "Port": str(probe.getsockname()[1])}
    assert handler.is_complete({**event, "RequestType": "Update"}) == {"IsComplete": False}
    chosen = document_secrets.read("user")["password"]
    event["ResourceProperties"]["Port"] = port
    assert handler.is_complete({**event, "RequestType": "Update"}) == {"IsComplete": True}
    assert document_server.users["librechat"]["pwd"] == chosen
