"""Source code of a function -> the AWS services it makes clients for, and whether it answers CloudFormation.

Python is parsed (`clients`); where that fails it is read as JavaScript (`node`). Only a literal client name counts.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from stackflight.model.budgets import CODE_CHARACTERS
from stackflight.model.python_source import parse_python
from stackflight.patterns import compile_later
from stackflight.read.needs.called_addresses import Addresses, node_addresses, public_hosts, python_addresses
from stackflight.read.needs.client_makers import names_every_client
from stackflight.read.needs.clients import Client, python_clients
from stackflight.read.needs.node import node_clients
from stackflight.read.needs.python_names import Names
from stackflight.read.needs.services import endpoint_of_client, names_resource
from stackflight.read.needs.six_only import calls_six_only
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """`clients` are the AWS clients that it makes, `hosts` literal https hosts, `answers` whether it replies to a custom
    resource, `heeds_proxy` whether it does so by something that may take a proxy from its environment, `connects`
    whether it loads a database or cache driver, `requests` whether it loads a client of HTTP, `names` the words in it
    that may be those of environment variables, `addresses` those that it calls or puts together by what it is given,
    `six` whether it connects over IPv6 only, `told` whether it makes clients and names the service of each."""

    clients: tuple[Client, ...] = ()
    hosts: tuple[str, ...] = ()
    answers: bool = False
    heeds_proxy: bool = True
    connects: bool = False
    requests: bool = False
    names: frozenset[str] = frozenset()
    addresses: Addresses = Addresses()
    six: bool = False
    told: bool = False

    @property
    def services(self) -> tuple[str, ...]:
        """The endpoint names of its clients."""
        return tuple(dict.fromkeys(client.service for client in self.clients))


_ANSWER = compile_later(r"cfn-?response|ResponseURL|crhelper|cfn_resource", re.IGNORECASE)
# These connect directly, whatever the environment says of a proxy. Source: urllib3 User Guide (proxies need a
# ProxyManager), Python http.client, Node.js https; the cfnresponse module of CloudFormation uses the like.
_DIRECT = compile_later(r"cfn-?response|urllib3|http\.client|https\.request|require\([\"']https[\"']\)", re.IGNORECASE)
_DRIVER = compile_later(
    r"(?:import\s+(?:[\w.]+\s*,\s*)*|from\s*|require\()\s*[\"']?(psycopg2?|pg8000|asyncpg|pymysql|mysql\.connector|MySQLdb|mariadb|pymongo|redis|valkey|"
    r"pymssql|pyodbc|oracledb|sqlalchemy|pg|mysql2?|mongodb|mongoose|ioredis|memcached|pymemcache|"
    r"pika|aio_pika|stomp|amqplib|influxdb_client|redshift_connector|opensearchpy|elasticsearch|@opensearch-project/opensearch|@elastic/elasticsearch|kafka|kafkajs|confluent_kafka)\b"
)
_HTTP = compile_later(
    r"\burllib\.request\b|\burlopen\(|(?:import\s+(?:[\w.]+\s*,\s*)*|from\s+)(?:requests|httpx|urllib3|aiohttp|http\.client)\b|\bfetch\(|"
    r"(?:from|require\()\s*[\"'](?:node:)?(?:https?|axios|got|undici|node-fetch)[\"']"
)
_NAME = compile_later(r"\b[A-Z][A-Z0-9_]{1,60}\b")
_HOST = compile_later(r"https://([a-z0-9.-]+\.[a-z]{2,})(?=[/\"'\s:])")


@lru_cache(maxsize=256)
def read_code(source: str) -> CodeFacts:
    """Facts from the text of one source file."""
    if len(source) > CODE_CHARACTERS.most:
        return CodeFacts()
    tree = parse_python(source)
    plain = _SCRIPT_COMMENT.sub("", source) if tree is None else source
    names = Names(tree) if tree is not None else None
    clients = node_clients(plain) if names is None else python_clients(names)
    addresses = node_addresses(plain) if names is None else python_addresses(names)
    named = _HOST.findall(plain) if tree is None else _python_hosts(tree)
    named += [host for text in addresses.named for host, port in public_hosts(text) if port == 443]
    return CodeFacts(
        clients=tuple(sorted(clients, key=lambda client: client.service)),
        hosts=tuple(sorted({host for host in named if not (host.endswith("amazonaws.com") or names_resource(host))})),
        answers=bool(_ANSWER.search(plain)),
        heeds_proxy=not _DIRECT.search(plain),
        connects=bool(_DRIVER.search(plain)),
        requests=bool(_HTTP.search(plain)),
        names=frozenset(_NAME.findall(plain)),
        addresses=addresses,
        six=calls_six_only(plain, tree),
        told=names is not None and names_every_client(names),
    )


_NAMED = compile_later(r"[\"'`](?:@aws-sdk/client-)?([a-z][a-z0-9-]+)[\"'`]|new\s+(?:AWS|aws)\.([A-Z][A-Za-z0-9]+)")


def line_naming(source: str, service: str) -> int | None:
    """The first line of a source, counted from 1, that names the client of an endpoint service; None where none does."""
    for number, line in enumerate(source.splitlines(), start=1):
        for quoted, made in _NAMED.findall(line):
            name = (quoted or made).lower()
            if service in {endpoint_of_client(name), endpoint_of_client(name.replace("-", ""))}:
                return number
    return None


# Comments of JavaScript; the two slashes of a URL follow a colon, those inside a string a quote.
_SCRIPT_COMMENT = compile_later(r"/\*.*?\*/|(?<![:'\"`\\])//[^\n]*", re.DOTALL)


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
