"""The verb `serve`: what it refuses, and how it begins and ends as a process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest
from screen import Run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("app.yaml",), "unknown argument app.yaml"),
        (("--speed", "0"), "--speed 0 is no number above 0"),
        (("--speed", "fast"), "--speed fast is no number above 0"),
        (("--throttle", "1.5"), "--throttle 1.5 is no number above 0 and up to 1"),
        (("--expire", "soon"), "--expire soon is no duration"),
        (("--offline", "5m"), "--offline 5m is no span of time"),
        (("--offline", "7m..2m"), "--offline 7m..2m ends before it begins"),
        (("--fail", "=text"), "--fail '=text' cannot be read"),
        (("--fail", "Queue:explode"), "--fail names the operation 'explode'"),
        (("--port", "70000"), "--port 70000 is no port"),
        (("--port", "http"), "--port http is no whole number"),
        (("--prot", "0"), "unknown option --prot"),
    ],
)
def test_what_serve_cannot_take_is_wrong_usage_with_a_hint(run: Run, arguments: tuple[str, ...], said: str) -> None:
    screen = run("serve", *arguments)
    assert (screen.code, screen.stdout) == (64, "")
    assert said in screen.stderr
    assert "hint: " in screen.stderr


def test_a_port_in_use_is_told(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        screen = run("serve", "--port", str(taken.getsockname()[1]))
    assert screen.code == 64
    assert "cannot be had" in screen.stderr


def test_it_says_where_it_listens_and_ends_well_when_it_is_told_to() -> None:
    command = [sys.executable, "-m", "stackflight", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, talk = process.stdout.read(), process.stderr.read()
    assert said.startswith("listening on http://127.0.0.1:")
    assert rest == ""
    assert "simulated" in talk
    assert process.returncode == 0
