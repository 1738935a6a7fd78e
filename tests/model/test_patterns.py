"""Expressions that are compiled late are sound, and behave as those of the library."""

import ast
import re
from pathlib import Path

from stackflight import patterns

SOURCES = Path(patterns.__file__).parent


def test_every_expression_that_is_written_out_compiles() -> None:
    found = 0
    for file in SOURCES.rglob("*.py"):
        text = file.read_text("utf-8")
        for call in ast.walk(ast.parse(text)) if "compile_later(" in text else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "compile_later":
                if isinstance(call.args[0], ast.Constant):
                    re.compile(str(call.args[0].value))
                    found += 1
    assert found > 200


def test_it_answers_as_the_library_does() -> None:
    late, soon = (made(r"(\w)=(\d)", re.IGNORECASE) for made in (patterns.compile_later, re.compile))
    assert late.sub(r"\2", "a=1, b=2") == soon.sub(r"\2", "a=1, b=2") == "1, 2"
    assert late.pattern == soon.pattern and late.flags == soon.flags and late.groups == soon.groups
    assert [one.groups() for one in late.finditer("A=1 b=2")] == [one.groups() for one in soon.finditer("A=1 b=2")]
