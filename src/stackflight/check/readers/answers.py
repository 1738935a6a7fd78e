"""Inline Python code of a custom resource -> the keys of the data that it returns.

Source: CloudFormation User Guide, cfn-response module: `cfnresponse.send(event, context, status, data, …)`.
"""

from __future__ import annotations

import ast
import re

from stackflight.model.python_source import parse_python


def answered_keys(source: str) -> set[str] | None:
    """The keys of the data that every `cfnresponse.send` may return; None unless all of them can be read off."""
    tree = parse_python(source)
    if tree is None:
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_send(node)]
    if not calls or "ResponseURL" in source or len(calls) != len(re.findall(r"cfnresponse\.send", source)):
        return None
    keys: set[str] = set()
    for call in calls:
        found = _data_keys(tree, call.args[3]) if len(call.args) > 3 else None
        if found is None:
            return None
        keys |= found
    return keys


def _is_send(node: ast.Call) -> bool:
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "send"
        and isinstance(function.value, ast.Name)
        and function.value.id == "cfnresponse"
    )


def _data_keys(tree: ast.Module, node: ast.expr) -> set[str] | None:
    if isinstance(node, ast.Dict):
        return _literal_keys(node)
    return _variable_keys(tree, node.id) if isinstance(node, ast.Name) else None


def _literal_keys(node: ast.Dict) -> set[str] | None:
    names = [key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return set(names) if len(names) == len(node.keys) else None


def _variable_keys(tree: ast.Module, name: str) -> set[str] | None:
    """The keys of a variable that is only ever a literal dict, and that only item assignments change."""
    keys: set[str] = set()
    for item in ast.walk(tree):
        if isinstance(item, ast.Assign):
            for target in item.targets:
                found = _assigned(target, item.value, name)
                if found is None:
                    return None
                keys |= found
        elif _escapes(item, name):
            return None
    return keys


def _assigned(target: ast.expr, value: ast.expr, name: str) -> set[str] | None:
    """The keys that one assignment gives to the variable; None where they are hidden."""
    if isinstance(target, ast.Name) and target.id == name:
        return _literal_keys(value) if isinstance(value, ast.Dict) else None
    if isinstance(target, ast.Subscript) and _is_name(target.value, name):
        key = target.slice
        return {key.value} if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
    if isinstance(target, (ast.Tuple, ast.List)) and name in ast.dump(target):
        return None
    return set()


def _escapes(item: ast.AST, name: str) -> bool:
    """Whether the variable is changed or handed on in a way that hides its keys."""
    match item:
        case ast.arg(arg=other):
            return other == name
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return name in ast.dump(target)
        case ast.Attribute(value=value):
            return _is_name(value, name)
        case ast.Call(args=arguments):
            return any(_is_name(argument, name) for argument in arguments) and not _is_send(item)
        case _:
            return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
