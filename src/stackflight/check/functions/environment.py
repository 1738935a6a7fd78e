"""Function code against its environment -> findings: variables that are read and never set.

Python is parsed: `os.environ["NAME"]` raises where the variable is missing. Reads that are guarded (a `try`, an `in
os.environ`, a default set before) do not count. JavaScript gets `undefined`, which may be meant; it counts where another
variable is set for nothing. Source: AWS Lambda Developer Guide, defined runtime variables.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.model.finding import Certainty, Finding, Phase, Severity
from stackflight.model.python_source import parse_python
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, as_dict, known_text
from stackflight.patterns import compile_later

_GIVEN_PREFIXES = ("AWS_", "_", "LAMBDA_", "LD_", "PYTHON")
_GIVEN = {"LANG", "PATH", "TZ", "HOME", "PWD", "NODE_PATH", "GEM_PATH"}


@lru_cache(maxsize=256)
def variables_read(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a Python text needs while it is imported, and those that it needs at all."""
    tree = parse_python(source)
    if tree is None:
        return frozenset(), frozenset()
    reads: set[str] = set()
    guarded: set[str] = set()
    at_import: set[str] = set()
    _collect(tree, reads, guarded, at_import, importing=True)
    return frozenset(at_import - guarded), frozenset(reads - guarded)


def _collect(node: ast.AST, reads: set[str], guarded: set[str], at_import: set[str], *, importing: bool) -> None:
    for child in ast.iter_child_nodes(node):
        name = _subscript(child)
        if name is not None and isinstance(child, ast.Subscript):
            if isinstance(child.ctx, ast.Load):
                reads.add(name)
                if importing:
                    at_import.add(name)
            else:
                guarded.add(name)
        guarded |= _guards(child)
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        _collect(child, reads, guarded, at_import, importing=importing and not inside)


def _subscript(node: ast.AST) -> str | None:
    """NAME in `os.environ["NAME"]`."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str() as name)):
            return name
        case ast.Subscript(value=ast.Name(id="environ"), slice=ast.Constant(value=str() as name)):
            return name
        case _:
            return None


def _guards(node: ast.AST) -> set[str]:
    """Names whose absence the code provides for."""
    match node:
        case ast.Try():
            return {name for inner in ast.walk(node) if (name := _subscript(inner)) is not None}
        case ast.Compare(left=ast.Constant(value=str() as name), ops=[ast.In() | ast.NotIn()]):
            return {name}
        case ast.Call(
            func=ast.Attribute(attr="setdefault" | "get" | "getenv"), args=[ast.Constant(value=str() as name), *_]
        ):
            return {name}
        case _:
            return set()


ENVIRONMENT_NOT_SET = Check(
    "environment-not-set",
    found_when="a function's code reads an environment variable that is not set",
    explains='Read from Python code, inline or in the assembly: os.environ["NAME"] without a guard; and from inline JavaScript, where a '
    "variable that is set is read nowhere. What the runtime itself sets does not count.",
    may=(BLOCKING, WARNING),
    weighed="blocking where inline code reads it while it is loaded, so that every call fails; else warning",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",),
)


@finds(ENVIRONMENT_NOT_SET)
def find_variables_not_set(case: Case) -> Iterator[Finding]:
    """Functions whose code needs a variable that their environment does not have."""
    for function in case.world.of_type("AWS::Lambda::Function"):
        runtime = known_text(function.get("Runtime")) or ""
        variables = function.get("Environment", "Variables")
        given = as_dict(variables)
        unsure = isinstance(variables, Unknown) or any(
            isinstance(value, Unknown) and value.candidates for value in given.values()
        )
        if not runtime.startswith("python") or unsure or "AWS_LAMBDA_EXEC_WRAPPER" in given:
            continue
        yield from _judge(case, function, set(given))
    yield from find_script_variables_not_set(case)


def _judge(case: Case, function: Resource, given: set[str]) -> Iterator[Finding]:
    inline = known_text(function.get("Code", "ZipFile"))
    sources = (inline,) if inline is not None else case.world.code.get(function.address, ())
    found = [variables_read(source) for source in sources]
    needed = {name for _, names in found for name in names if not _is_given(name)} - given
    at_import = {name for names, _ in found for name in names} & needed
    if not needed:
        return
    sure = inline is not None and bool(at_import)
    when = "as soon as it is loaded" if sure else "when that line is reached"
    yield case.finding(
        ENVIRONMENT_NOT_SET,
        [function.address],
        f"the code of {function.address} reads {listed(sorted(needed))} from its environment, which does not set "
        f"{'it' if len(needed) == 1 else 'them'}: KeyError {when}",
        f"add {listed(sorted(needed))} to Environment.Variables of {function.address}, or read with a default",
        severity=Severity.BLOCKING if sure else Severity.WARNING,
        phase=Phase.RUN,
        at=("Environment",) if given else (),
    )


_NODE_READ = compile_later(
    r"process\.env(?:\.(\w+)|\[[\"'](\w+)[\"']\])(?P<after>\s*(?:\|\||\?\?|\?(?!\.)|[!=]==?|&&|\)\s*\{|=[^=]))?"
)


def script_variables_read(source: str) -> set[str]:
    """Names that JavaScript reads from process.env everywhere without a default, a comparison or a test."""
    plain: set[str] = set()
    guarded: set[str] = set()
    for match in _NODE_READ.finditer(source):
        before = source[: match.start()].rstrip()
        tested = match["after"] is not None or before.endswith(("!", "if (", "&&", "||", "typeof", "delete"))
        (guarded if tested else plain).add(match[1] or match[2])
    return plain - guarded


def find_script_variables_not_set(case: Case) -> Iterator[Finding]:
    """Inline JavaScript that reads a variable which is not set, while one that is set is never read: two names for one."""
    for function in case.world.of_type("AWS::Lambda::Function"):
        source, variables = function.get("Code", "ZipFile"), function.get("Environment", "Variables")
        if not isinstance(source, str) or not isinstance(variables, dict):
            continue
        if not (known_text(function.get("Runtime")) or "").startswith("nodejs"):
            continue
        missing = sorted(name for name in script_variables_read(source) - set(variables) if not _is_given(name))
        idle = sorted(
            name for name in variables if not re.search(rf"\b{re.escape(name)}\b", source) and not _is_given(name)
        )
        if missing and idle:
            yield case.finding(
                ENVIRONMENT_NOT_SET, [function.address],
                f"the code of {function.address} reads {listed(missing)} from its environment, which sets {listed(idle)} instead, read "
                "by nobody: the value is undefined", f"set {listed(missing)}, or read {listed(idle)}",
                severity=Severity.WARNING, certainty=Certainty.POSSIBLE, phase=Phase.RUN, at=("Environment",),
            )  # fmt: skip


def _is_given(name: str) -> bool:
    return name in _GIVEN or name.startswith(_GIVEN_PREFIXES)
