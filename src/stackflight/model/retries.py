"""Python source -> the longest time that its retry loops sleep, in seconds, where the code states it.

Only loops over a constant `range` or list whose `sleep` argument is an arithmetic expression of constants and the
loop's own variable count; everything else is left out rather than guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

from stackflight.model.python_source import parse_python

Number: TypeAlias = int | float
_MOST_TURNS = 10_000
_OPERATORS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b if b else 0,
    ast.Pow: lambda a, b: a**b if abs(b) <= 64 and abs(a) <= 1000 else 0,
}


@lru_cache(maxsize=256)
def longest_retry_seconds(source: str) -> float | None:
    """The largest sum of sleeps over one loop; None where no loop states it."""
    tree = parse_python(source)
    if tree is None:
        return None
    constants = dict(_constants(tree))
    loops = (node for node in ast.walk(tree) if isinstance(node, ast.For))
    return max((total for loop in loops if (total := _counted(loop, constants))), default=None)


def _counted(loop: ast.For, constants: dict[str, Number]) -> float | None:
    """The sleeps of a loop; None too where its numbers go beyond what can be counted: division by zero, no real number."""
    try:
        total = _total(loop, constants)
        return float(total) if total is not None else None
    except (ArithmeticError, TypeError, ValueError, RecursionError):
        return None


def _constants(tree: ast.Module) -> Iterator[tuple[str, Number]]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, (int, float))
        ):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value.value


def _total(loop: ast.For, constants: dict[str, Number]) -> float | None:
    turns = _turns(loop.iter, constants)
    if turns is None or not isinstance(loop.target, ast.Name):
        return None
    sleeps = [
        call.args[0]
        for statement in loop.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and len(call.args) == 1 and _is_sleep(call.func)
    ]
    if not sleeps:
        return None
    total = 0.0
    for turn in turns:
        for expression in sleeps[:1]:
            value = _evaluate(expression, {**constants, loop.target.id: turn})
            if value is None:
                return None
            total += value
    return total


def _is_sleep(function: ast.expr) -> bool:
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    return name == "sleep"


def _turns(iterable: ast.expr, constants: dict[str, Number]) -> range | None:
    if not (isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) and iterable.func.id == "range"):
        return None
    bounds = [_evaluate(argument, constants) for argument in iterable.args]
    whole = [int(bound) for bound in bounds if bound is not None and float(bound).is_integer()]
    if len(whole) != len(bounds) or not 1 <= len(whole) <= 2:
        return None
    turns = range(*whole)
    return turns if len(turns) <= _MOST_TURNS else None


def _evaluate(node: ast.expr, names: dict[str, Number]) -> Number | None:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _evaluate(left, names), _evaluate(right, names)
            operator = _OPERATORS.get(type(op))
            return operator(a, b) if operator is not None and a is not None and b is not None else None
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=args):
            values = [_evaluate(item, names) for item in args]
            known = [value for value in values if value is not None]
            if len(known) != len(values) or not known:
                return None
            return min(known) if name == "min" else max(known)
        case _:
            return None
