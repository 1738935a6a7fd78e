"""Code -> the addresses that it puts together from what it is given and calls: URLs, and hosts with their ports.

Sources: Python library reference (socket, http.client), documentation of psycopg, PyMySQL, redis-py, PyMongo (default
ports); Node.js documentation (http, net).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stackflight.patterns import compile_later
from stackflight.read.needs.node import always_made as always_in_script
from stackflight.read.needs.node import arguments_at, fields_at, text_of
from stackflight.read.needs.python_names import COMPUTED, Names
from stackflight.read.needs.services import names_resource
from stackflight.read.needs.tolerance import always_made, surely_made
from stackflight.records import dataclass

_GIVEN = compile_later(r"\$\{(?:env|event):")
_URL_GIVEN = compile_later(r"(?:https?://\S*)?\$\{(?:env|event):\w+\}|https?://[^$\s]*$")
_HOSTS = ("host", "hostname", "server")
# Callables -> the port that they take where none is given; None for those that have none of their own.
_PORTS: dict[str, int | None] = {
    "HTTPConnection": 80, "HTTPSConnection": 443, "create_connection": None, "connect_ex": None, "open_connection": None,
    "Redis": 6379, "StrictRedis": 6379, "MongoClient": 27017, "SMTP": 25, "SMTP_SSL": 465, "Telnet": 23, "LDAP": None,
}  # fmt: skip
# Callables of HTTP clients, which are given a URL.
_FETCHES = {"urlopen", "Request", "get", "post", "put", "delete", "head", "patch", "request", "urlretrieve", "fetch"}
_DRIVERS = {
    "psycopg2": 5432,
    "psycopg": 5432,
    "pg8000": 5432,
    "pymysql": 3306,
    "MySQLdb": 3306,
    "mariadb": 3306,
    "pymssql": 1433,
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """`called` are those that code connects to, `composed` those that it puts together and may hand on to anybody, `named`
    those that it calls as they are written, whatever happens."""

    called: tuple[str, ...] = ()
    composed: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def _sorted(called: list[str], composed: list[str], named: list[str]) -> Addresses:
    sure = dict.fromkeys(text for text in called if _GIVEN.search(text))
    written = dict.fromkeys(text if "//" in text else f"https://{text}" for text in named if "${" not in text)
    return Addresses(
        tuple(sure),
        tuple(dict.fromkeys(text for text in composed if _GIVEN.search(text) and text not in sure)),
        tuple(written),
    )


def python_addresses(names: Names) -> Addresses:
    """The addresses of a module, with `${env:NAME}` for what its environment gives."""
    called: list[str] = []
    composed: list[str] = []
    named: list[str] = []
    for node in ast.walk(names.tree):
        if isinstance(node, ast.Call):
            sure, found = surely_made(names, node), list(_called(names, node))
            (called if sure else composed).extend(found)
            named += found if always_made(names, node) else []
        elif _is_composed(node) and not _is_composed(names.parents[id(node)]):
            composed.append(names.text(node))  # type: ignore[arg-type]
    return _sorted(called, composed, named)


def _is_composed(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add))


def _called(names: Names, call: ast.Call) -> Iterator[str]:
    """`host:port` of a call that is given a host, and a port or none where it has one of its own."""
    parts = ast.unparse(call.func).split(".")
    usual = _PORTS.get(parts[-1], _DRIVERS.get(parts[0]) if parts[-1] == "connect" else None)
    given = {item.arg: item.value for item in call.keywords}
    host: ast.expr | None = next((given[name] for name in _HOSTS if name in given), None)
    port = given.get("port")
    first = call.args[0] if call.args else None
    if host is None and isinstance(first, ast.Tuple) and len(first.elts) == 2:
        host, port = first.elts
    elif host is None and parts[-1] in _PORTS and first is not None:
        host, port = first, (call.args[1] if len(call.args) > 1 else port)
    number = names.text(port) if port is not None else str(usual or "")
    if host is not None and number not in {"", COMPUTED}:
        yield f"{names.text(host)}:{number}"
    elif parts[-1] in _FETCHES:
        given_url = [*call.args, *(given[name] for name in ("url", "uri") if name in given)]
        yield from (text for item in given_url if _URL_GIVEN.match(text := names.text(item)))


_TEMPLATE = compile_later(r"`[^`]*`")
_FETCHED = compile_later(r"\b(?:fetch|axios(?:\.\w+)?|got(?:\.\w+)?|https?\.(?:get|request))\s*\(")
_SUM = compile_later(r"[\"'][^\"'\n]*[\"'](?:\s*\+\s*(?:[\"'][^\"'\n]*[\"']|[\w.]+(?:\[[\"']\w+[\"']\])?))+")
_HOST_FIELD = compile_later(r"\{(?=[^{}]*\bhost(?:name)?\b)")


def node_addresses(source: str) -> Addresses:
    """The addresses of a script, read as cautiously as its clients are."""
    composed = [text_of(source, literal) for literal in (*_TEMPLATE.findall(source), *_SUM.findall(source))]
    called, named = [], []
    for match in _FETCHED.finditer(source):
        texts = [text_of(source, given) for given in arguments_at(source, match.end())[:1]]
        called += texts
        named += [text for text in texts if text.startswith("http") and always_in_script(source, match.start())]
    for match in _HOST_FIELD.finditer(source):
        fields = fields_at(source, match.start())
        host = fields.get("hostname", fields.get("host", ""))
        port = text_of(source, fields["port"]) if "port" in fields else "443" if re.search(r"\bhttps\b", source) else ""
        if host and port not in {"", COMPUTED}:
            called.append(f"{text_of(source, host)}:{port}")
            named += called[-1:] if always_in_script(source, match.start()) else []
    return _sorted(called, composed, named)


_URL = compile_later(
    r"https?://(?:[^/@\s\"'$]*@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.([a-z]{2,}))(?::(\d{1,5}))?(?![\w.$-])"
)
_INSIDE = {
    "local",
    "localhost",
    "internal",
    "lan",
    "corp",
    "home",
    "intranet",
    "private",
    "localdomain",
    "test",
    "invalid",
}
"""Ends of names that no server on the internet answers for. Sources: RFC 6762, RFC 6761, ICANN (internal)."""


def public_hosts(text: str) -> list[tuple[str, int]]:
    """The hosts on the internet, with their ports, of the URLs in a text, without those of AWS that may be private."""
    found = [
        (match.group(1).lower(), int(match.group(3) or (443 if match.group(0).startswith("https") else 80)))
        for match in _URL.finditer(text)
        if match.group(2) not in _INSIDE and not names_resource(match.group(1).lower())
    ]
    return list(dict.fromkeys(found))
