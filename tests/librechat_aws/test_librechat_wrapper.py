"""The wrapper of a web function around a server of LibreChat's shape, out of a package that the packager made."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import shutil
import socket
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from node_packages import install
from test_librechat_user_data import AROUND

from librechat_aws.environment import librechat_environment
from librechat_aws.errors import PackageError
from librechat_aws.node import ensure_node
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from librechat_aws.serverless.package import build_package

ensure_node(os.environ)
STANDIN = Path(__file__).parent / "serverless" / "standin.js"
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat-AbCdEf"
# What the SDK's client does, with a file instead of the service.
SDK = """
const fs = require('fs');
exports.GetSecretValueCommand = class { constructor(input) { this.input = input; } };
exports.SecretsManagerClient = class {
  async send(command) { return { SecretString: JSON.parse(fs.readFileSync(process.env.SECRETS_FILE))[command.input.SecretId] }; }
};
"""

PARAMETERS = """
const fs = require('fs');
exports.GetParameterCommand = class { constructor(input) { this.input = input; } };
exports.SSMClient = class {
  async send(command) {
    if (!fs.existsSync(command.input.Name)) throw Object.assign(new Error(), { name: 'ParameterNotFound' });
    return { Parameter: { Value: fs.readFileSync(command.input.Name, 'utf8') } };
  }
};
"""


def _elf(machine: int, text: bytes = b"") -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(11) + machine.to_bytes(2, "little") + bytes(44) + text


ARM, X86 = 0xB7, 0x3E


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder /app of an image: a server, modules, and what an image has beside them."""
    app = tmp_path / "image/app"
    texts = {
        "api/server/index.js": STANDIN.read_text(),
        "api/server/index.js.map": "{}",
        "api/server/__tests__/index.spec.js": "throw 1",
        "package.json": "{}",
        "README.md": "#",
        "LICENSE.md": "MIT",
        "packages/api/index.js": "",
        "node_modules/one/test/index.js": "module.exports = 1",
        "node_modules/one/index.d.ts": "",
        "node_modules/@aws-sdk/client-secrets-manager/index.js": SDK,
        "node_modules/@aws-sdk/client-ssm/index.js": PARAMETERS,
        "uploads/left-over.txt": "x",
    }
    for name, text in texts.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    (app / "node_modules/@librechat").mkdir(parents=True)
    (app / "node_modules/@librechat/api").symlink_to("../../packages/api")
    return app


def test_the_package_has_what_runs_and_nothing_else(image: Path, tmp_path: Path) -> None:
    done = build_package(image, tmp_path / "package.zip")
    with zipfile.ZipFile(done.path) as archive:
        names = set(archive.namelist())
        links = {
            info.filename: archive.read(info).decode()
            for info in archive.infolist()
            if stat.S_ISLNK(info.external_attr >> 16)
        }
    assert {"index.js", "rds-global-bundle.pem", "app/api/server/index.js", "app/LICENSE.md"} <= names
    assert "app/node_modules/one/test/index.js" in names
    assert not [name for name in names if name.endswith((".map", ".ts", "README.md")) or "__tests__" in name]
    assert links["app/node_modules/@librechat/api"] == "../../packages/api"
    assert links["app/uploads"] == "/tmp/librechat/uploads"
    assert (done.files, done.dropped) == (len(names), 5)


def test_the_same_files_make_the_same_bytes(image: Path, tmp_path: Path) -> None:
    first = build_package(image, tmp_path / "1.zip")
    for path in image.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (1, 1))
    copy = tmp_path / "elsewhere/app"
    shutil.copytree(image, copy, symlinks=True)
    assert build_package(copy, tmp_path / "2.zip").sha256 == first.sha256


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_elf(ARM, b"libc.musl-aarch64.so.1"), "is built for musl"),
        (_elf(X86, b"libc.so.6"), "is built for another processor"),
    ],
)
def test_a_binary_that_cannot_run_is_refused_by_name_or_replaced(
    image: Path, tmp_path: Path, content: bytes, reason: str
) -> None:
    name = "@img/sharp-linuxmusl-arm64/lib/sharp.node"
    path = image / "node_modules" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(PackageError, match=reason) as refusal:
        build_package(image, tmp_path / "package.zip")
    assert str(refusal.value).startswith(f"node_modules/{name} ")
    assert not (tmp_path / "package.zip").exists()
    twin = tmp_path / "modules" / name.replace("linuxmusl", "linux")
    twin.parent.mkdir(parents=True)
    twin.write_bytes(_elf(ARM, b"libc.so.6"))
    done = build_package(image, tmp_path / "package.zip", modules=tmp_path / "modules")
    assert done.replaced == ("node_modules/@img/sharp-linux-arm64/lib/sharp.node",)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside"])
def test_a_link_that_leads_out_is_refused_by_name(image: Path, tmp_path: Path, target: str) -> None:
    (image / "api/away").symlink_to(target)
    with pytest.raises(PackageError, match="api/away: a link that leads out of the folder"):
        build_package(image, tmp_path / "package.zip")


@dataclass
class Wrapper:
    """A running wrapper, and the port that it was told to listen on."""

    process: subprocess.Popen[str]
    port: int

    @contextmanager
    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"x-origin-secret": "door", **headers})
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def json(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, object]:
        with self.request(method, path, body, **headers) as response:
            content: dict[str, object] = json.loads(response.read())
            return content

    def line(self, text: str) -> None:
        """Read what it says until a line has the text."""
        assert self.process.stdout is not None
        assert any(text in line for line in self.process.stdout), f"it ended without saying {text!r}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _unpack(package: Path, folder: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        for info in archive.infolist():
            path = folder / info.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(info.external_attr >> 16):
                path.symlink_to(archive.read(info).decode())
            else:
                path.write_bytes(archive.read(info))


@pytest.fixture
def code(image: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    _unpack(build_package(image, tmp_path / "package.zip").path, folder)
    return folder


@pytest.fixture
def run(code: Path, tmp_path: Path) -> Iterator[Callable[..., Wrapper]]:
    """Start a wrapper; it has said that it listens."""
    secrets = tmp_path / "secrets.json"
    content = {
        "jwt": "s3cret",
        "door": "door",
        "uri": "mongodb://x?tlsCAFile=/config/rds-global-bundle.pem",
    }
    secrets.write_text(json.dumps({ARN: json.dumps(content)}))
    places = {"JWT_SECRET": "jwt", "ORIGIN_SECRET": "door", "MONGO_URI": "uri"}
    with ExitStack() as stack:

        def start(**variables: str) -> Wrapper:
            port = _free_port()
            environment = {
                "PATH": os.environ["PATH"],
                "AWS_LAMBDA_HTTP_ENDPOINT": f"127.0.0.1:{port}",
                "LIBRECHAT_PORT": str(_free_port()),
                "LIBRECHAT_SCRATCH": str(tmp_path / f"scratch{port}"),
                "LIBRECHAT_SECRETS": json.dumps({name: [ARN, key] for name, key in places.items()}),
                "SECRETS_FILE": str(secrets),
                "LIBRECHAT_ORIGIN": "https://chat.example.com",
                **variables,
            }
            process = subprocess.Popen(
                [os.environ["JSII_NODE"], code / "index.js"], env=environment, stdout=subprocess.PIPE, text=True
            )
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            stack.callback(process.wait, 60)
            stack.callback(process.kill)
            wrapper = Wrapper(process, port)
            wrapper.line("wrapper: listening")
            return wrapper

        yield start


def test_it_listens_before_libre_chat_is_ready_and_holds_the_first_request(run) -> None:
    wrapper = run()
    answer = wrapper.json("POST", "/api/agents/chat/bedrock")
    assert answer["status"] == "started"


def _words(response: http.client.HTTPResponse, most: int = 10_000) -> list[str]:
    found = []
    while len(found) < most and (line := response.readline()):
        if line.startswith(b"data: "):
            found.append(json.loads(line[6:]).get("text", "end"))
    return found


WHOLE = [*(f"word{n} " for n in range(12)), "end"]


def test_a_stream_comes_piece_by_piece_and_a_cut_one_is_resumed_complete(run) -> None:
    wrapper = run()
    id = wrapper.json("POST", "/api/agents/chat/bedrock")["streamId"]
    with wrapper.request("GET", f"/api/agents/chat/stream/{id}") as first:
        assert first.getheader("content-type") == "text/event-stream"
        # It is read while the generation goes on: the end cannot be there yet.
        assert _words(first, 2) == WHOLE[:2]
    with wrapper.request("GET", f"/api/agents/chat/stream/{id}?resume=true") as again:
        assert _words(again) == WHOLE


def test_a_signal_in_mid_stream_lets_the_answer_end(run) -> None:
    wrapper = run()
    id = wrapper.json("POST", "/api/agents/chat/bedrock")["streamId"]
    with wrapper.request("GET", f"/api/agents/chat/stream/{id}") as response:
        assert _words(response, 2) == WHOLE[:2]
        wrapper.process.terminate()
        assert _words(response) == WHOLE[2:]
    wrapper.line("drained")
    assert wrapper.process.wait(60) == 0


def test_libre_chat_gets_its_secrets_and_hears_that_the_viewer_used_https(run, code: Path) -> None:
    told = run().json("GET", "/echo", **{"x-forwarded-proto": "http"})
    assert told["JWT_SECRET"] == "s3cret"
    assert told["DOMAIN_CLIENT"] == "https://chat.example.com"
    assert told["MONGO_URI"] == f"mongodb://x?tlsCAFile={code}/rds-global-bundle.pem"
    assert "LIBRECHAT_SECRETS" not in told
    headers = told["headers"]
    assert isinstance(headers, dict)
    assert headers["x-forwarded-proto"] == "https"
    assert "x-origin-secret" not in headers


def test_one_that_started_before_there_was_an_address_makes_room_for_one_that_knows_it(run, tmp_path: Path) -> None:
    parameter = tmp_path / "origin"
    variables = {"LIBRECHAT_ORIGIN_PARAMETER": str(parameter), "LIBRECHAT_ORIGIN_POLL_MS": "20"}
    first = run(**variables)
    assert "DOMAIN_CLIENT" not in first.json("GET", "/echo")
    parameter.write_text("https://d111111abcdef8.cloudfront.net")
    assert first.process.wait(60) == 0
    assert run(**variables).json("GET", "/echo")["DOMAIN_CLIENT"] == "https://d111111abcdef8.cloudfront.net"


def test_who_does_not_come_through_cloudfront_finds_nothing(run) -> None:
    wrapper = run()
    with wrapper.request("GET", "/echo", **{"x-origin-secret": "wrong"}) as response:
        assert response.status == 404


def test_an_upload_arrives_whole(run) -> None:
    assert run().json("POST", "/api/files", bytes(3_000_000)) == {"size": 3_000_000}


def test_a_libre_chat_that_cannot_start_ends_the_function(run, code: Path) -> None:
    (code / "app/api/server/index.js").write_text("process.exit(3)")
    wrapper = run()
    assert wrapper.process.wait(60) == 1


def test_secrets_that_cannot_be_read_end_the_function_and_are_not_shown(run, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({ARN: json.dumps({"jwt": "s3cret"})}))
    assert run().process.wait(60) == 1


def test_it_runs_from_a_folder_that_cannot_be_written(run, code: Path, tmp_path: Path) -> None:
    """Node itself refuses every write but those below the scratch folder; so it does for what the wrapper starts."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    packed = base64.b64encode(gzip.compress(b"version: 1.3.17")).decode()
    allowed = f"--permission --allow-fs-read=* --allow-fs-write={scratch} --allow-child-process"
    wrapper = run(
        NODE_OPTIONS=allowed,
        LIBRECHAT_SCRATCH=str(scratch),
        LIBRECHAT_YAML=packed,
    )
    assert wrapper.json("POST", "/api/agents/chat/bedrock")["status"] == "started"
    assert {path.name for path in scratch.iterdir()} >= {"uploads", "logs", "librechat.yaml"}
    refused = wrapper.json("GET", f"/write{code}/app/x")
    assert refused == {"code": "ERR_ACCESS_DENIED"}


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_two_functions_over_one_redis_share_a_chat(run, tmp_path: Path) -> None:
    port = _free_port()
    with _redis(port, tmp_path):
        one, other = run(REDIS_PORT=str(port)), run(REDIS_PORT=str(port))
        id = one.json("POST", "/api/agents/chat/bedrock")["streamId"]
        with other.request("GET", f"/api/agents/chat/stream/{id}") as response:
            assert _words(response) == WHOLE


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_a_cache_that_was_away_is_found_again_by_libre_chats_own_client(run, tmp_path: Path) -> None:
    port, client = _free_port(), install(tmp_path / "npm", ("ioredis@5.11.1",)) / "node_modules/ioredis"
    config = resolve(read_request("serverless"))
    ours = librechat_environment(config, replace(AROUND, cache_uri=f"redis://127.0.0.1:{port}"))
    variables = {name: value for name, value in ours.items() if name.startswith("REDIS_")}
    assert variables["REDIS_RETRY_MAX_ATTEMPTS"] == "0"
    with _redis(port, tmp_path):
        one, other = (run(IOREDIS=str(client), **variables) for _ in range(2))
        given_up = run(IOREDIS=str(client), **variables | {"REDIS_RETRY_MAX_ATTEMPTS": "10"})
        for each in (one, other, given_up):
            each.line("redis: ready")
        id = one.json("POST", "/api/agents/chat/bedrock")["streamId"]
        with other.request("GET", f"/api/agents/chat/stream/{id}") as response:
            assert _words(response) == WHOLE
    # Longer than LibreChat itself would try.
    given_up.line("redis: given up")
    for each in (one, other):
        each.line("redis: attempt 11;")
    with _redis(port, tmp_path):
        for each in (one, other):
            each.line("redis: ready")
        id = other.json("POST", "/api/agents/chat/bedrock")["streamId"]
        with one.request("GET", f"/api/agents/chat/stream/{id}") as response:
            assert _words(response) == WHOLE


@contextmanager
def _redis(port: int, folder: Path) -> Iterator[None]:
    """A server that takes connections."""
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, closing(server):
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        yield


@contextmanager
def closing(process: subprocess.Popen[str]) -> Iterator[None]:
    """Ends the process, whatever happened."""
    try:
        yield
    finally:
        process.kill()
