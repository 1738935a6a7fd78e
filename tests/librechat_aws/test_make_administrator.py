"""One more administrator where there is no shell: the function's code against a server of MongoDB's protocol."""

import json
from typing import Any

import pytest
from document_server import MASTER, DocumentServer

from librechat_aws.functions.make_administrator import handler


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, document_server: DocumentServer, authority: Any):
    """`invoke({"email": …})` with the MONGO_URI of LibreChat's container."""
    document_server.collections["users"] = [{"_id": 1, "email": "you@example.com", "role": "USER"}]
    options = (
        "tls=true&tlsCAFile=/config/rds-global-bundle.pem&authSource=admin&authMechanism=SCRAM-SHA-1&retryWrites=false"
    )
    at = f"{MASTER['username']}:{MASTER['password']}@localhost:{document_server.server_address[1]}"

    class Secrets:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's own spelling)
            assert SecretId == "arn"
            return {"SecretString": json.dumps({"uri": f"mongodb://{at}/LibreChat?{options}"})}

    monkeypatch.setattr(handler.boto3, "client", lambda _service: Secrets())
    monkeypatch.setenv("SECRET_ARN", "arn")
    monkeypatch.setenv("CA_FILE", str(authority.ca))
    return handler.handler


def test_an_account_becomes_an_administrator(invoke, document_server: DocumentServer) -> None:
    assert invoke({"email": " You@example.com "}) == {"administrator": "you@example.com"}
    assert document_server.collections["users"][0]["role"] == "ADMIN"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"email": "nobody@example.com"}, "nobody has registered as nobody@example.com"),
        ({}, "say whose account"),
        ({"email": None}, "say whose account"),
    ],
)
def test_who_is_not_there_is_told(invoke, document_server: DocumentServer, event: Any, message: str) -> None:
    with pytest.raises((ValueError, LookupError), match=message):
        invoke(event)
    assert document_server.collections["users"][0]["role"] == "USER"
