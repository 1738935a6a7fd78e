"""Calls to all other services: answered by moto, refused in their own protocols, or told that nobody answers them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from stackflight.serve.calls import Caller, Environ
from stackflight.serve.realm import new_id
from stackflight.serve.refusals import Refusal
from stackflight.serve.wire import write_refusal

Application = Callable[..., Iterable[bytes]]
Answer = tuple[str, str, str]
"""Status line, content type and body."""

# What clients ask on their way that moto does not know, and the answer of an account where nothing has happened.
_EMPTY: dict[str, dict[str, list[str]]] = {"cloudtrail LookupEvents": {"Events": []}}


def answer_elsewhere(
    others: Application, environ: Environ, begin: Callable[..., Any], call: str, refused: Answer | None
) -> Iterable[bytes]:
    """The answer of a service; in place of moto's page for what it does not know, an error that names the call."""
    if refused is None and call in _EMPTY:
        refused = ("200 OK", "application/x-amz-json-1.1", json.dumps(_EMPTY[call]))
    if refused is not None:
        return _send(begin, refused)
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def note(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        told.append((status, headers))

    try:
        body = b"".join(others(environ, note))
        [(status, headers)] = told[-1:]
    except NotImplementedError:
        status, body = "500", b""
    if status.startswith("500") and not body.startswith((b"{", b"<?xml")):
        caller = Caller(service=call.split(maxsplit=1)[0])
        text = f"stackflight serve does not play {call}: moto, which answers for this service, does not know it"
        return _send(begin, refuse_elsewhere(environ, caller, Refusal("NotImplemented", text, 501)))
    begin(status, headers)
    return [body]


def refuse_elsewhere(environ: Environ, caller: Caller, refusal: Refusal) -> Answer:
    """An error in the protocol of the service that was asked."""
    if caller.service == "s3":
        body = f"<Error><Code>{refusal.code}</Code><Message>{refusal.text}</Message></Error>"
        status = 400 if refusal.code == "ExpiredToken" else refusal.status
        return f"{status} Error", "application/xml", body
    if "HTTP_X_AMZ_TARGET" in environ:
        name = {"ExpiredToken": "ExpiredTokenException", "NotImplemented": "NotImplementedException"}[refusal.code]
        status = 400 if refusal.code == "ExpiredToken" else refusal.status
        said = {"__type": name, "message": refusal.text}
        return f"{status} Error", "application/x-amz-json-1.1", json.dumps(said)
    return f"{refusal.status} Error", "text/xml", write_refusal(refusal, "", new_id())


def _send(begin: Callable[..., Any], answer: Answer) -> Iterable[bytes]:
    status, kind, text = answer
    body = text.encode()
    begin(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
