"""Python code -> the places where clients of AWS are made: for which service, with which arguments, and what comes out.

A client may be made by a session, by a name that was imported, or by a function of the module that is given the service.
Source: boto3 reference (client, resource, Session), botocore reference (Session.create_client).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from stackflight.read.needs.python_names import Names
from stackflight.records import dataclass

_METHODS = {"client", "resource", "create_client"}


@dataclass(frozen=True, slots=True)
class Making:
    """One client: `made` is the call with its options, `out` the call whose result is the client; None where that is unknown."""

    service: str
    made: ast.Call
    out: ast.Call | None


def makings(names: Names) -> Iterator[Making]:
    """Every client whose service can be told, in reading order."""
    imported = _imported(names)
    for node in ast.walk(names.tree):
        if isinstance(node, ast.Call) and _makes(node, imported):
            named = next((item.value for item in node.keywords if item.arg == "service_name"), None)
            first = node.args[0] if node.args else named
            text = names.text(first)
            if _is_service(text):
                yield Making(text, node, node)
            elif isinstance(first, ast.Name):
                yield from _by_function(names, node, first)
                yield from (Making(name, node, None) for name in _looped(names, first))


def names_every_client(names: Names) -> bool:
    """Whether a module makes clients, the service of each of them can be told, and nothing else is imported that makes some."""
    imported, told = _imported(names), [making.made for making in makings(names)]
    made = [node for node in ast.walk(names.tree) if isinstance(node, ast.Call) and _makes(node, imported)]
    return bool(made) and all(any(node is item for item in told) for node in made) and _modules(names) <= _KNOWN


_KNOWN = {*sys.stdlib_module_names, "boto3", "botocore", "cfnresponse", "crhelper", "requests", "urllib3"}
"""Modules that make no client of AWS by themselves, and those that do by the names above."""


def _modules(names: Names) -> set[str]:
    """The modules that are imported."""
    nodes = list(ast.walk(names.tree))
    plain = {item.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for item in node.names}
    return plain | {(node.module or "").partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def _imported(names: Names) -> frozenset[str]:
    """The names by which a module calls `boto3.client` and `boto3.resource`."""
    return frozenset(
        item.asname or item.name
        for node in ast.walk(names.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "boto3"
        for item in node.names
        if item.name in _METHODS
    )


def _makes(call: ast.Call, imported: frozenset[str]) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in _METHODS
    return isinstance(call.func, ast.Name) and call.func.id in imported


def _is_service(text: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9-]{2,40}", text))


def _by_function(names: Names, made: ast.Call, service: ast.Name) -> Iterator[Making]:
    """The services with which a function of the module is called that makes a client of what it is given."""
    owner = _function_of(names, made)
    places = [item.arg for item in owner.args.args] if owner is not None else []
    if owner is None or service.id not in places:
        return
    at = places.index(service.id)
    returns = isinstance(names.parents.get(id(made)), ast.Return)
    for node in ast.walk(names.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == owner.name:
            named = next((item.value for item in node.keywords if item.arg == service.id), None)
            given = node.args[at] if len(node.args) > at else named
            text = names.text(given)
            if _is_service(text):
                spread = any(item.arg is None for item in made.keywords)
                yield Making(text, node if spread else made, node if returns else None)


def _function_of(names: Names, node: ast.AST) -> ast.FunctionDef | None:
    at = names.parents.get(id(node))
    while at is not None and not isinstance(at, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        at = names.parents.get(id(at))
    return at if isinstance(at, ast.FunctionDef) else None


def _looped(names: Names, service: ast.Name) -> Iterator[str]:
    """The literals that a loop or comprehension around it goes through."""
    at: ast.AST | None = service
    while (at := names.parents.get(id(at))) is not None:
        loops = [at] if isinstance(at, ast.For) else getattr(at, "generators", [])
        for loop in loops:
            if isinstance(loop.target, ast.Name) and loop.target.id == service.id:
                listed = loop.iter.elts if isinstance(loop.iter, (ast.Tuple, ast.List, ast.Set)) else []
                yield from (text for item in listed if _is_service(text := names.text(item)))
