"""Source code of a function -> the AWS services it makes clients for, and whether it answers CloudFormation.

Python is parsed (`ast`); where that fails and for Node the patterns are cautious: only a literal client name counts.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

from stackflight.read.needs.services import endpoint_of_client


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """`services` are endpoint names, `hosts` literal https hosts, `answers` whether it replies to a custom resource, `connects`
    whether it loads a database or cache driver."""

    services: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    answers: bool = False
    connects: bool = False


_NODE_CLIENT = re.compile(r"new\s+(?:AWS|aws)\.([A-Z][A-Za-z0-9]+)\s*\(")
_NODE_SDK3 = re.compile(r"@aws-sdk/client-([a-z0-9-]+)")
_ANSWER = re.compile(r"cfn-?response|ResponseURL|crhelper|cfn_resource", re.IGNORECASE)
_DRIVER = re.compile(
    r"(?:import|from|require\()\s*[\"']?(psycopg2?|pg8000|asyncpg|pymysql|mysql\.connector|MySQLdb|mariadb|pymongo|redis|valkey|"
    r"pymssql|pyodbc|oracledb|sqlalchemy|pg|mysql2?|mongodb|mongoose|ioredis|memcached|pymemcache|"
    r"opensearchpy|elasticsearch|@opensearch-project/opensearch|@elastic/elasticsearch|kafka|kafkajs|confluent_kafka)\b"
)
_HOST = re.compile(r"https://([a-z0-9.-]+\.[a-z]{2,})(?=[/\"'\s:])")
_SDK3_NAMES = {"sfn": "states", "cloudwatch-logs": "logs", "cloudwatch": "monitoring", "eventbridge": "events"}


@lru_cache(maxsize=256)
def read_code(source: str) -> CodeFacts:
    """Facts from the text of one source file."""
    tree = _python(source)
    plain = _SCRIPT_COMMENT.sub("", source) if tree is None else source
    services = _node_services(plain) if tree is None else _python_services(tree)
    named = _HOST.findall(plain) if tree is None else _python_hosts(tree)
    return CodeFacts(
        services=tuple(sorted(services)),
        hosts=tuple(sorted({host for host in named if not host.endswith("amazonaws.com")})),
        answers=bool(_ANSWER.search(plain)),
        connects=bool(_DRIVER.search(plain)),
    )


# Comments of JavaScript; the two slashes of a URL follow a colon, those inside a string a quote.
_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"`\\])//[^\n]*", re.DOTALL)


def _python(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


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


def _python_services(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.func, ast.Attribute):
            continue
        first = node.args[0]
        if (
            node.func.attr in {"client", "resource"}
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
        ):
            if re.fullmatch(r"[a-z0-9-]{2,40}", first.value):
                found.add(endpoint_of_client(first.value))
    return found


def _node_services(source: str) -> set[str]:
    found = {_SDK3_NAMES.get(name, endpoint_of_client(name)) for name in _NODE_SDK3.findall(source)}
    for name in _NODE_CLIENT.findall(source):
        if name not in {"Config", "Credentials", "Endpoint"}:
            found.add(endpoint_of_client(name.lower()))
    return found
