"""The process that holds the package cloudformation-validate: templates in, violations out, one JSON line each.

Its first line says whether it could load the package. Afterwards a template may cost what `model.budgets` allows; what
costs more ends the process.

A process of its own costs one more interpreter and saves more than that: the package's imports and its engine load beside
our own imports, on another core. A fault in foreign native code ends that process, not ours. This module imports little,
because the process is started before anything else.
"""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

# -P: a folder with templates is no place to import modules from.
COMMAND = (sys.executable, "-P", "-c", "from stackflight.local.rule_process import serve; serve()")


def start_process(command: Sequence[str] = COMMAND) -> subprocess.Popen[str]:
    """A process that serves. Raises OSError where it cannot be started."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    )


@cache
def shared_process() -> subprocess.Popen[str]:
    """The one of this process. Raises OSError where it cannot be started."""
    return start_process()


def serve() -> None:
    """Answer every line of stdin on stdout until stdin ends."""
    gc.disable()  # nearly all that is made here stays until the end
    try:
        answer = _load()
    except Exception as error:  # whatever a foreign library raises while it loads
        _say({"broken": f"{type(error).__name__}: {error}"})
        return
    _say({"ready": True})
    _limit_memory()
    for line in sys.stdin:
        with _limited_time():
            reply = answer(json.loads(line))
        _say(reply)


def _say(reply: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def _load() -> Callable[[dict[str, Any]], dict[str, Any]]:
    import cloudformation_validate as package

    engine = package.CompositeEngine()
    return lambda request: _judge(package, engine, request)


@contextmanager
def _limited_time() -> Iterator[None]:
    """The process ends with SIGPROF, native code or not, where it computes for longer; Windows knows no such clock."""
    from stackflight.model.budgets import RULES_SECONDS

    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, RULES_SECONDS.most)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory() -> None:
    """No more memory than the budget; a system that cannot promise that goes without."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        from stackflight.model.budgets import RULES_MEGABYTES

        most = RULES_MEGABYTES.most * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _judge(package: Any, engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    config = package.ValidateConfig(
        detail_level=package.DetailLevel.STANDARD,
        exclude=package.RuleFilterConfig(ids=request["without"]),
        pseudo_parameter_overrides=package.PseudoParameterOverrides(region=request["region"]),
    )
    try:
        report = engine.validate_template(package.TemplateContent(request["text"]), config)
    except Exception as error:  # its own ValidationError, or a fault of the package
        return {"refused": str(error) or type(error).__name__}
    return {"violations": [_plain(diagnostic) for diagnostic in report.diagnostics]}


def _plain(diagnostic: Any) -> dict[str, Any]:
    entity = diagnostic.entity
    of_resource = entity is not None and entity.entity_type.name == "RESOURCE"
    return {
        "rule": diagnostic.rule_id,
        "level": diagnostic.severity.name.lower(),
        "message": diagnostic.message,
        "resource": entity.logical_id if of_resource else "",
        "path": diagnostic.property_path if of_resource else None,
        "line": diagnostic.start_line,
        "remedy": diagnostic.suggested_fix or "",
    }
