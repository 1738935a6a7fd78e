"""The process that holds the rules of others: templates in, violations out, one JSON line each.

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
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

# -P: a folder with templates is no place to import modules from.
COMMAND = (sys.executable, "-P", "-c", "from stackflight.local.rule_process import serve; serve()")


def start_process(command: Sequence[str] = COMMAND) -> subprocess.Popen[str]:
    """A process that serves. Raises OSError where it cannot be started."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    )


_MOST_PEEKED = 500
_SHARED: list[subprocess.Popen[str]] = []


def shared_process(arguments: Sequence[str] = ()) -> subprocess.Popen[str]:
    """The one of this process. Raises OSError where it cannot be started.

    The first to ask gives the `arguments` of the command line: what they name is probably what will be judged, and its
    rules load at once.
    """
    if not _SHARED:
        _SHARED.append(start_process((*COMMAND, *arguments)))
    return _SHARED[0]


def forget_process() -> None:
    """The shared one is another process's; the next to ask begins a new one."""
    _SHARED.clear()


def serve() -> None:
    """Answer every line of stdin on stdout until stdin ends; the arguments are the command line that is being run."""
    gc.disable()  # nearly all that is made here stays until the end
    try:
        answer = _load(sys.argv[1:])
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


def _load(arguments: Sequence[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    import cloudformation_validate as package

    from stackflight.local.rule_engines import RuleEngines

    return RuleEngines(package, _named_templates(arguments), _region(arguments)).judge


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


def _named_templates(arguments: Sequence[str]) -> list[Path]:
    """The templates that a command line names, a few of them."""
    found: list[Path] = []
    for text in arguments:
        with suppress(OSError, ValueError):
            path = Path(text)
            found += [path] if path.is_file() else islice(path.glob("*.template.json"), _MOST_PEEKED)
    return found[:_MOST_PEEKED]


def _region(arguments: Sequence[str]) -> str | None:
    """What follows --region."""
    return next((value for flag, value in pairwise(arguments) if flag == "--region"), None)
