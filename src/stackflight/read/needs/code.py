"""Source code of a function -> the AWS services it makes clients for, and whether it answers CloudFormation.

Python is parsed (`clients`); where that fails and for Node the patterns are cautious: only a literal client name counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from stackflight.facts.load import known_actions
from stackflight.facts.services import endpoints_of_packages
from stackflight.model.budgets import CODE_CHARACTERS
from stackflight.model.python_source import parse_python
from stackflight.read.needs.clients import COMPUTED, NAMED_LIKE_ACTIONS, Client, python_clients
from stackflight.read.needs.services import endpoint_of_client
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """`clients` are the AWS clients that it makes, `hosts` literal https hosts, `answers` whether it replies to a custom
    resource, `heeds_proxy` whether it does so by something that may take a proxy from its environment, `connects`
    whether it loads a database or cache driver, `requests` whether it loads a client of HTTP, `names` the words in it
    that may be those of environment variables."""

    clients: tuple[Client, ...] = ()
    hosts: tuple[str, ...] = ()
    answers: bool = False
    heeds_proxy: bool = True
    connects: bool = False
    requests: bool = False
    names: frozenset[str] = frozenset()

    @property
    def services(self) -> tuple[str, ...]:
        """The endpoint names of its clients."""
        return tuple(dict.fromkeys(client.service for client in self.clients))


_NODE_CLIENT = re.compile(r"new\s+(?:AWS|aws)\.([A-Z][A-Za-z0-9]+)\s*\(\s*(?:\{([^{}]*)\})?")
_NODE_SDK3 = re.compile(r"@aws-sdk/client-([a-z0-9-]+)")
_NODE_MADE = re.compile(r"new\s+(\w+?)Client\s*\(\s*\{((?:[^{}]|\$\{[^}]*\})*)\}")
_NODE_OPTION = re.compile(
    r"(?<![\w.])(region|endpoint)\s*:\s*(?:[\"'`]([^\"'`]*)[\"'`]|process\.env\.(\w+)|process\.env\[[\"'](\w+)[\"']\]|(\S))"
)
_ANSWER = re.compile(r"cfn-?response|ResponseURL|crhelper|cfn_resource", re.IGNORECASE)
# These connect directly, whatever the environment says of a proxy. Source: urllib3 User Guide (proxies need a
# ProxyManager), Python http.client, Node.js https; the cfnresponse module of CloudFormation uses the like.
_DIRECT = re.compile(r"cfn-?response|urllib3|http\.client|https\.request|require\([\"']https[\"']\)", re.IGNORECASE)
_DRIVER = re.compile(
    r"(?:import\s+(?:[\w.]+\s*,\s*)*|from\s*|require\()\s*[\"']?(psycopg2?|pg8000|asyncpg|pymysql|mysql\.connector|MySQLdb|mariadb|pymongo|redis|valkey|"
    r"pymssql|pyodbc|oracledb|sqlalchemy|pg|mysql2?|mongodb|mongoose|ioredis|memcached|pymemcache|"
    r"pika|aio_pika|stomp|amqplib|influxdb_client|redshift_connector|opensearchpy|elasticsearch|@opensearch-project/opensearch|@elastic/elasticsearch|kafka|kafkajs|confluent_kafka)\b"
)
_HTTP = re.compile(
    r"\burllib\.request\b|\burlopen\(|(?:import\s+(?:[\w.]+\s*,\s*)*|from\s+)(?:requests|httpx|urllib3|aiohttp|http\.client)\b|\bfetch\(|"
    r"(?:from|require\()\s*[\"'](?:node:)?(?:https?|axios|got|undici|node-fetch)[\"']"
)
_NAME = re.compile(r"\b[A-Z][A-Z0-9_]{1,60}\b")
_HOST = re.compile(r"https://([a-z0-9.-]+\.[a-z]{2,})(?=[/\"'\s:])")
_IMPORTED = re.compile(r"\{([^{}]*)\}\s*(?:from|=\s*require\()\s*[\"']@aws-sdk/client-([\w-]+)[\"']")


def _commands_of(source: str, package: str, service: str) -> Iterator[str]:
    """The IAM actions of the commands of a package that JavaScript makes, of services whose actions are called alike."""
    known = known_actions(service) if service in NAMED_LIKE_ACTIONS else None
    for names, owner in _IMPORTED.findall(source) if known is not None else ():
        for part in names.split(",") if owner == package else ():
            name = re.split(r"\s+as\s+|:", part.strip())[0].removesuffix("Command")
            if known is not None and name.lower() in known[0] and re.search(rf"\bnew\s+{name}Command\s*\(", source):
                yield f"{service}:{name}"


@lru_cache(maxsize=256)
def read_code(source: str) -> CodeFacts:
    """Facts from the text of one source file."""
    if len(source) > CODE_CHARACTERS.most:
        return CodeFacts()
    tree = parse_python(source)
    plain = _SCRIPT_COMMENT.sub("", source) if tree is None else source
    clients = _node_clients(plain) if tree is None else python_clients(tree)
    named = _HOST.findall(plain) if tree is None else _python_hosts(tree)
    return CodeFacts(
        clients=tuple(sorted(clients, key=lambda client: client.service)),
        hosts=tuple(sorted({host for host in named if not host.endswith("amazonaws.com")})),
        answers=bool(_ANSWER.search(plain)),
        heeds_proxy=not _DIRECT.search(plain),
        connects=bool(_DRIVER.search(plain)),
        requests=bool(_HTTP.search(plain)),
        names=frozenset(_NAME.findall(plain)),
    )


_NAMED = re.compile(r"[\"'`](?:@aws-sdk/client-)?([a-z][a-z0-9-]+)[\"'`]|new\s+(?:AWS|aws)\.([A-Z][A-Za-z0-9]+)")


def line_naming(source: str, service: str) -> int | None:
    """The first line of a source, counted from 1, that names the client of an endpoint service; None where none does."""
    for number, line in enumerate(source.splitlines(), start=1):
        for quoted, made in _NAMED.findall(line):
            name = (quoted or made).lower()
            if service in {
                endpoints_of_packages().get(name),
                endpoint_of_client(name),
                endpoint_of_client(name.replace("-", "")),
            }:
                return number
    return None


# Comments of JavaScript; the two slashes of a URL follow a colon, those inside a string a quote.
_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"`\\])//[^\n]*", re.DOTALL)


def _python_hosts(tree: ast.Module) -> list[str]:
    """Hosts in strings that are values, not documentation."""
    texts = [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    spoken = {id(text) for text in texts if isinstance(text, str)}
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node.value) not in spoken:
            found += _HOST.findall(node.value + " ")
    return found


def _node_clients(source: str) -> list[Client]:
    """Clients of either version of the SDK, with the Region and endpoint of the one place where each is made."""
    made: dict[str, list[str]] = {}
    for name, options in _NODE_MADE.findall(source):
        made.setdefault(name.lower(), []).append(options)
    signs_only = "getSignedUrl(" in source and ".send(" not in source
    found = []
    for package in dict.fromkeys(_NODE_SDK3.findall(source)):
        options = made.get(package.replace("-", ""), [])
        if not signs_only:
            client = _node_client(endpoints_of_packages().get(package, endpoint_of_client(package)), options)
            found.append(replace(client, actions=tuple(_commands_of(source, package, client.service))))
    for name, option in _NODE_CLIENT.findall(source):
        if name not in {"Config", "Credentials", "Endpoint"} and "." not in name:
            found.append(_node_client(endpoint_of_client(name.lower()), [option] if option else []))
    return list(dict.fromkeys(found))


def _node_client(service: str, options: list[str]) -> Client:
    given = {}
    for text in options if len(options) == 1 else ():
        for key, literal, dotted, keyed, other in _NODE_OPTION.findall(text):
            variable = dotted or keyed
            computed = COMPUTED if other or "${" in literal else literal
            given[key] = f"${{env:{variable}}}" if variable else computed
    return Client(service, given.get("region", ""), given.get("endpoint", ""))
