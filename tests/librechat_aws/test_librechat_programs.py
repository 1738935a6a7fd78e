"""The programs that run in containers before or beside the application, on the Node that comes with this project."""

import io
import json
import os
import shlex
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from test_librechat_user_data import AROUND

from librechat_aws.host import HostContainer, host_containers, program_text
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

MONGOOSE = """
const fs = require('fs');
class MongoClient {
  async connect() { return this; }
  async close() {}
  db() {
    return { collection: (name) => ({ updateMany: async (which, change) => {
      fs.appendFileSync(process.env.RECORD, JSON.stringify([name, which, change]) + '\\n');
      return { modifiedCount: 3 };
    } }) };
  }
}
module.exports = { mongo: { MongoClient } };
"""


@pytest.fixture
def search() -> Iterator[tuple[str, dict[str, int]]]:
    """A Meilisearch: its address, and how many documents each index holds."""
    documents: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.split("/")[2]
            known = name in documents and self.headers["Authorization"] == "Bearer key"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"numberOfDocuments": documents.get(name)}).encode())

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", documents
        server.shutdown()


def _refill(folder: Path, host: str) -> tuple[list[list[object]], str]:
    package = folder / "node_modules/mongoose"
    package.mkdir(parents=True, exist_ok=True)
    (package / "index.js").write_text(MONGOOSE)
    (folder / "refill.js").write_text(program_text("refill.js"))
    record = folder / "record"
    environment = {
        "MEILI_HOST": host,
        "MEILI_MASTER_KEY": "key",
        "MONGO_URI": "mongodb://x",
        "RECORD": str(record),
        "LIBRECHAT_PACKAGE": str(folder / "package.json"),
    }
    done = subprocess.run(
        [os.environ["JSII_NODE"], folder / "refill.js"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else [], done.stderr


def test_an_empty_index_is_forgotten_so_that_libre_chat_fills_it(tmp_path: Path, search) -> None:
    host, documents = search
    documents |= {"convos": 0}
    marks = [{"_meiliIndex": True}, {"$set": {"_meiliIndex": False}}]
    assert _refill(tmp_path, host)[0] == [["messages", *marks], ["conversations", *marks]]


def test_an_index_that_holds_something_stays(tmp_path: Path, search) -> None:
    host, documents = search
    documents |= {"convos": 5, "messages": 9}
    assert _refill(tmp_path, host) == ([], "")


def test_a_search_that_does_not_answer_keeps_nobody_from_chatting(tmp_path: Path) -> None:
    changed, said = _refill(tmp_path, "http://127.0.0.1:9")
    assert changed == []
    assert said.startswith("search index not looked at: ")


@pytest.mark.parametrize(("exists", "call"), [(True, "updateUser"), (False, "createUser")])
def test_mongodb_gives_libre_chat_a_user_that_is_no_administrator(tmp_path: Path, exists: bool, call: str) -> None:
    script = tmp_path / "run.js"
    script.write_text(
        f"""const calls = [];
const data = (name) => new Proxy({{}}, {{ get: (_, method) => (...given) => {{
  calls.push([name, method, given]);
  return method === 'getUser' ? {json.dumps(exists)} : {{ ok: 1 }};
}} }});
const db = {{ getSiblingDB: data }};
{{ {program_text("mongodb-user.js")} }}
console.log(JSON.stringify(calls));"""
    )
    environment = {"MONGO_INITDB_ROOT_USERNAME": "root", "MONGO_INITDB_ROOT_PASSWORD": "r", "MONGO_APP_PASSWORD": "p"}
    done = subprocess.run(
        [os.environ["JSII_NODE"], script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    first, *_, last = json.loads(done.stdout)
    assert first == ["admin", "auth", ["root", "r"]]
    assert last[:2] == ["LibreChat", call]
    assert "readWrite" in json.dumps(last[2])
    assert "root" not in json.dumps(last[2])


def _rag_api() -> HostContainer:
    containers = host_containers(resolve(read_request("standard-dev", ["mode=ec2"])), AROUND, "vectors.example")
    return next(container for container in containers if container.name == "rag-api")


@pytest.mark.parametrize("mode", ["ecs", "ec2"])
def test_a_rag_api_that_says_it_is_down_is_not_healthy(synthesise, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """It says so with the status 200."""
    command = shlex.split(_rag_api().probe)
    if mode == "ecs":
        (command,) = [
            container["HealthCheck"]["Command"][1:]
            for task in synthesise("standard-dev").resources("AWS::ECS::TaskDefinition").values()
            for container in task["Properties"]["ContainerDefinitions"]
            if container["Name"] == "rag-api"
        ]
    python, option, probe = command
    assert (python, option) == ("python", "-c")
    answers = iter([b'{"status":"UP"}', b'[{"status":"DOWN"},503]'])
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: io.BytesIO(next(answers)))
    exec(probe)  # noqa: S102
    with pytest.raises(AssertionError):
        exec(probe)  # noqa: S102


def test_vectors_of_a_file_are_found_by_an_index() -> None:
    assert _rag_api().environment["PGVECTOR_CREATE_LEGACY_INDEXES"] == "true"
