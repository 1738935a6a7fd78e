"""The smoke test: a visitor's look at a running deployment, against servers that are in order and that are not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from librechat_aws.__main__ import main

PAGE = '<html><script type="module" src="/assets/index.abc.js"></script><div id="root"></div></html>'
Answers = dict[str, tuple[int, str, str]]
GOOD: Answers = {
    "/readyz": (200, "application/json", "{}"),
    "/": (200, "text/html", PAGE),
    "/assets/index.abc.js": (200, "text/javascript; charset=utf-8", "1"),
    "/api/user": (401, "text/plain", "Unauthorized"),
    "/api/config": (200, "application/json", json.dumps({"appTitle": "Chat", "registrationEnabled": False})),
}
LOGIN = {"email": "you@example.com", "password": "right"}


@pytest.fixture
def serve() -> Iterator[Callable[[Answers], str]]:
    """`serve(answers)`: the address of a server that gives them, and 404 to the rest."""
    servers = []

    def start(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, text = answers.get(self.path, (404, "text/plain", ""))
                # As LibreChat does to who is no browser.
                self._send(*((status, kind, text) if "Mozilla" in self.headers["User-Agent"] else (403, kind, "")))

            def do_POST(self) -> None:
                given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                good = self.path == "/api/auth/login" and given == LOGIN
                self._send(200 if good else 401, "application/json", json.dumps({"token": "t"} if good else {}))

            def _send(self, status: int, kind: str, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_deployment_that_is_in_order_passes(serve: Callable[[Answers], str], capsys: Any) -> None:
    assert main(["smoke", serve(GOOD)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 7
    assert all(line.startswith("✓ ") for line in said)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"/readyz": (503, "application/json", "{}")}, "✗ it is ready: /readyz answers 503"),
        ({"/": (502, "text/html", "")}, "✗ the page is there: 502 text/html"),
        ({"/assets/index.abc.js": (200, "text/html", PAGE)}, "✗ its script is a script: 200 text/html"),
        ({"/assets/there-is-none.js": (200, "text/html", PAGE)}, "✗ what is not there is not found: 200 text/html"),
        ({"/api/user": (200, "text/html", PAGE)}, "✗ strangers are told to log in: 200 text/html"),
        ({"/api/config": (200, "text/html", PAGE)}, "✗ its configuration is read: 200 text/html"),
        (
            {"/api/config": (200, "application/json", json.dumps({"registrationEnabled": True}))},
            "✗ registration is closed: anybody may make an account",
        ),
    ],
)
def test_what_is_not_in_order_is_said_with_where_to_look(
    serve: Callable[[Answers], str], capsys: Any, change: Answers, message: str
) -> None:
    assert main(["smoke", serve(GOOD | change)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert message in said
    assert said[said.index(message) + 1].startswith("  look at: ")


@pytest.mark.parametrize(("password", "line"), [("right", "✓ one can log in"), ("wrong", "✗ one can log in: 401")])
def test_with_an_account_it_logs_in(
    serve: Callable[[Answers], str], capsys: Any, monkeypatch: pytest.MonkeyPatch, password: str, line: str
) -> None:
    monkeypatch.setenv("LIBRECHAT_EMAIL", LOGIN["email"])
    monkeypatch.setenv("LIBRECHAT_PASSWORD", password)
    main(["smoke", serve(GOOD)])
    assert line in capsys.readouterr().out


def test_where_nobody_answers_that_is_all_that_is_said(capsys: Any) -> None:
    assert main(["smoke", "http://127.0.0.1:9"]) == 1
    assert capsys.readouterr().out.startswith("✗ it answers: ")
    assert main(["smoke", "chat.example.com"]) == 64
    assert "is not an address" in capsys.readouterr().err
