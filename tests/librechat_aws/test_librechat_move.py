"""Carrying everything from one deployment to another: `move.js` on Node, with the driver and the S3 client from npm.

The database is a server of MongoDB's wire protocol (TLS, SCRAM-SHA-1, as on DocumentDB), S3 is moto: no MongoDB can be
installed from a registry of packages.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import bson
import pytest
from document_server import MASTER, DocumentServer
from node_packages import install

from librechat_aws.host import program_text

pytestmark = pytest.mark.slow

PACKAGES = ("mongoose@8.24.10", "@aws-sdk/client-s3@3.1175.0")
# LibreChat v0.8.8's own models, and what they load.
MODELS = (
    *("@librechat/data-schemas@0.0.71", "librechat-data-provider@0.8.524", "mongoose@8.24.10", "meilisearch@0.38.0"),
    *("dotenv@17", "jsonwebtoken@9.0.3", "klona@2.0.6", "lodash@4.18.1", "nanoid@3.3.18", "winston@3.19.0"),
    "winston-daily-rotate-file@5.0.0",
)
FIELDS = """
const mongoose = require('mongoose');
const models = Object.values(require('@librechat/data-schemas').createModels(mongoose));
console.log(JSON.stringify(Object.fromEntries(models.map((m) => [m.collection.collectionName, Object.keys(m.schema.paths)]))));
process.exit();
"""
BUCKET = "files"
IMAGE = "images/u1/a b.png"
# What must arrive as it is: types that JavaScript has not, and more documents than one answer holds.
EVERYTHING: dict[str, list[dict[str, Any]]] = {
    "users": [{"_id": bson.ObjectId(b"user00000001"), "email": "a@example.com", "role": "ADMIN"}],
    "messages": [
        {"_id": bson.ObjectId(f"message{n:05}".encode()), "text": f"größer {n}", "_meiliIndex": True} for n in range(8)
    ],
    "balances": [{"_id": 1, "tokenCredits": bson.Int64(2**53 + 1), "rate": 1.0, "blob": b"\0\xff", "none": None}],
    "conversations": [
        {"_id": 2, "createdAt": datetime.datetime(2026, 11, 27, tzinfo=UTC), "nested": {"list": [1, "two"]}}
    ],
    "files": [{"_id": 3, "source": "s3", "filepath": "https://old.s3.amazonaws.com/images/u1/a%20b.png?X-Amz-Date=1"}],
    "roles": [{"_id": 4, "name": "USER"}],
    "sessions": [{"_id": 5, "refreshTokenHash": "x"}],
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What LibreChat's image has: its modules, and a version."""
    return install(tmp_path_factory.mktemp("app"), PACKAGES)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """The address of an S3, and a client for it."""
    import boto3
    from moto.server import ThreadedMotoServer

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=address)
    client.create_bucket(Bucket=BUCKET)
    yield address, client
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    server.stop()


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Move = Callable[..., Said]


@pytest.fixture
def move(app: Path, tmp_path: Path, authority: Any, document_server: DocumentServer, bucket: tuple[str, Any]) -> Move:
    """`move("export", "all")` in the container of a deployment, which may be another version or have other keys."""
    program = tmp_path / "move.js"
    program.write_text(program_text("move.js"))

    def run(*words: str, version: str = "v0.8.8", key: str = "k1") -> Said:
        (app / "package.json").write_text(json.dumps({"version": version}))
        options = f"tls=true&tlsCAFile={authority.ca}&authSource=admin&authMechanism=SCRAM-SHA-1&retryWrites=false"
        at = f"localhost:{document_server.server_address[1]}"
        environment = {
            "PATH": os.environ["PATH"],
            "LIBRECHAT_PACKAGE": str(app / "package.json"),
            "MONGO_URI": f"mongodb://{MASTER['username']}:{MASTER['password']}@{at}/LibreChat?{options}",
            "AWS_BUCKET_NAME": BUCKET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": bucket[0],
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "CREDS_KEY": key,
            "CREDS_IV": "iv",
        }
        command = [os.environ["JSII_NODE"], program, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def exported(move: Move, document_server: DocumentServer, bucket: tuple[str, Any]) -> Said:
    """Everything was exported, its file copied, and the database is a new one that has made its own roles."""
    document_server.collections |= {name: [dict(one) for one in documents] for name, documents in EVERYTHING.items()}
    said = move("export", "all")
    bucket[1].put_object(Bucket=BUCKET, Key=IMAGE, Body=b"png")
    document_server.collections.clear()
    document_server.collections["roles"] = [{"_id": 9, "name": "USER"}]
    return said


def test_what_was_exported_is_imported_as_it_was(move: Move, exported: Said, document_server: DocumentServer) -> None:
    assert (exported.code, exported.err) == (0, "")
    assert "exported 13 documents of 6 collections to s3://files/migration/all/" in exported.out
    said = move("import", "all")
    assert (said.code, said.err) == (0, "")
    found = document_server.collections
    assert found.keys() == EVERYTHING.keys() - {"sessions"}
    for name in ("users", "balances", "conversations", "files", "roles"):
        assert found[name] == EVERYTHING[name], name
        types = [[type(value) for value in one.values()] for one in found[name]]
        assert types == [[type(value) for value in one.values()] for one in EVERYTHING[name]]
    # The search index of the other side is empty, so nothing is marked as being in it.
    assert found["messages"] == [{**one, "_meiliIndex": False} for one in EVERYTHING["messages"]]


@pytest.mark.usefixtures("exported")
def test_accounts_that_are_there_are_not_given_up_unless_that_is_said(
    move: Move, document_server: DocumentServer
) -> None:
    document_server.collections["users"] = [{"_id": 1, "email": "new@example.com"}]
    said = move("import", "all")
    assert (said.code, said.err.splitlines()) == (
        1,
        [
            "move: there are accounts here already",
            "hint: to give up what is here for what was exported: --replace",
        ],
    )
    assert document_server.collections["users"] == [{"_id": 1, "email": "new@example.com"}]
    assert move("import", "all", "--replace").code == 0
    assert document_server.collections["users"] == EVERYTHING["users"]


@pytest.mark.usefixtures("exported")
def test_an_import_that_was_cut_short_can_be_started_again(
    move: Move, document_server: DocumentServer, bucket: tuple[str, Any]
) -> None:
    part = "migration/all/messages/000001.bson.gz"
    whole = bucket[1].get_object(Bucket=BUCKET, Key=part)["Body"].read()
    bucket[1].put_object(Bucket=BUCKET, Key=part, Body=whole[:-5])
    said = move("import", "all")
    assert (said.code, said.err.splitlines()[0]) == (1, f"move: {part} is not what was exported")
    assert not document_server.collections.get("users")
    bucket[1].put_object(Bucket=BUCKET, Key=part, Body=whole)
    assert move("import", "all").code == 0
    assert len(document_server.collections["messages"]) == 8


@pytest.mark.usefixtures("exported")
@pytest.mark.parametrize(
    ("there", "words", "message"),
    [
        ({"key": "k2"}, (), "another CREDS_KEY and CREDS_IV"),
        ({"version": "v0.8.7"}, (), "the export was made by LibreChat 0.8.8, this one is 0.8.7"),
        ({"version": "v0.8.7"}, ("--without-keys", "--replace"), "the export was made by LibreChat 0.8.8"),
    ],
)
def test_what_the_other_side_could_not_read_is_refused_before_anything_is_changed(
    move: Move, document_server: DocumentServer, there: dict[str, str], words: Any, message: str
) -> None:
    said = move("import", "all", *words, **there)
    assert said.code == 1
    assert message in said.err
    assert "hint: " in said.err
    assert document_server.collections == {"roles": [{"_id": 9, "name": "USER"}]}


@pytest.mark.usefixtures("exported")
def test_files_that_were_not_copied_are_named(move: Move, bucket: tuple[str, Any]) -> None:
    bucket[1].delete_object(Bucket=BUCKET, Key=IMAGE)
    said = move("import", "all", version="v0.9.0")
    assert said.code == 1
    assert "everything is imported, but 1 files are not in s3://files, the first images/u1/a b.png" in said.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("import", "none"), 1, "there is no s3://files/migration/none/manifest.json"),
        (("export",), 64, "not understood"),
        (("export", "../x"), 64, "not understood"),
        (("export", "all", "--replace"), 64, "not understood"),
    ],
)
def test_mistakes_are_one_line_and_a_hint(move: Move, words: tuple[str, ...], code: int, message: str) -> None:
    said = move(*words)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(f"move: {message}")
    assert len(said.err.splitlines()) == 2


def test_libre_chats_own_models_have_the_collections_and_fields_that_the_programs_speak_of(tmp_path: Path) -> None:
    folder = install(tmp_path, MODELS)
    (folder / "fields.js").write_text(FIELDS)
    done = subprocess.run(
        [os.environ["JSII_NODE"], "fields.js"], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    fields = json.loads(done.stdout.splitlines()[-1])
    spoken_of = set(
        re.findall(r"'([a-z]{4,})'", program_text("move.js").partition("LEFT_BEHIND")[2].partition("EXACT")[0])
    )
    assert spoken_of == {"sessions", "refreshtokenbridges", "openidrefreshflights", "messages", "conversations"}
    assert spoken_of | {"users", "files", *EVERYTHING} <= fields.keys()
    assert {"source", "filepath", "storageKey"} <= set(fields["files"])
    # What the commands for administrators change.
    assert {"email", "role"} <= set(fields["users"])
