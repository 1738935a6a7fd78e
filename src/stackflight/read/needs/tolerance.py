"""A call in Python -> whether it is surely made and heeded: no code that goes on without it, no switch, no end of a stack."""

from __future__ import annotations

import ast

from stackflight.patterns import compile_later
from stackflight.read.needs.python_names import Names

_ENDS = compile_later(r"(?:on_|handle_|do_|_)*(?:delete|destroy|teardown|cleanup)")


def surely_made(names: Names, node: ast.AST) -> bool:
    """Whether a call is made whatever the environment says, not only on deletion, and the code does not go on without it."""
    return not (_tolerated(names, node) or _hangs_on_deletion(names, node) or _hangs_on_switch(names, node))


def always_made(names: Names, node: ast.AST) -> bool:
    """Whether a call is surely made and stands under no condition but a test for the kind of request, in code that is run."""
    child = node
    while (owner := names.parents.get(id(child))) is not None:
        if (
            isinstance(owner, (ast.If, ast.IfExp))
            and child is not owner.test
            and "RequestType" not in ast.unparse(owner.test)
        ):
            return False
        if isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef)) and not (
            owner.name in names.loads or "handler" in owner.name
        ):
            return False
        child = owner
    return surely_made(names, node)


def _hangs_on_switch(names: Names, node: ast.AST) -> bool:
    """Whether it stands under a test of a variable of the environment."""
    child = node
    while (owner := names.parents.get(id(child))) is not None:
        if isinstance(owner, (ast.If, ast.IfExp)) and child is not owner.test:
            if any(
                names.text(item).startswith("${env:") for item in ast.walk(owner.test) if isinstance(item, ast.expr)
            ):
                return True
        child = owner
    return False


def _tolerated(names: Names, node: ast.AST) -> bool:
    """Whether it stands in a `try` one of whose handlers neither raises nor returns nor answers that it failed."""
    child = node
    while (owner := names.parents.get(id(child))) is not None:
        if isinstance(owner, ast.Try) and child in owner.body and any(not _heeds(item) for item in owner.handlers):
            return True
        child = owner
    return False


def _heeds(handler: ast.ExceptHandler) -> bool:
    inside = list(ast.walk(handler))
    failed = any("FAILED" in {getattr(node, "attr", ""), getattr(node, "value", ""), getattr(node, "id", "")} for node in inside)  # fmt: skip
    return failed or any(isinstance(node, (ast.Raise, ast.Return)) for node in inside)


def _hangs_on_deletion(names: Names, node: ast.AST) -> bool:
    """Whether it is made where a custom resource is deleted: under a test for "Delete", or in a function named so."""
    child = node
    while (owner := names.parents.get(id(child))) is not None:
        if isinstance(owner, ast.If) and child in owner.body and _asks_for_delete(owner.test):
            return True
        if isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef)) and _ENDS.match(owner.name):
            return True
        child = owner
    return False


def _asks_for_delete(test: ast.expr) -> bool:
    match test:
        case ast.Compare(ops=[ast.Eq() | ast.In()], left=left, comparators=[right]):
            given = {item.value for item in ast.walk(right) if isinstance(item, ast.Constant)}
            given |= {item.value for item in [left] if isinstance(item, ast.Constant)}
            return given == {"Delete"}
    return False
