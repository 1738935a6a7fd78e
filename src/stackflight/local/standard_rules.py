"""The `StandardRules` port over cloudformation-validate, whose rules AWS keeps, and over cdk-preflight."""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import cache
from threading import Timer
from typing import Any

from stackflight.errors import StackflightError
from stackflight.local.preflight_rules import find_archive
from stackflight.local.rule_process import forget_process, shared_process, start_process
from stackflight.model.budgets import RULES_MEGABYTES, RULES_PATIENCE_SECONDS, RULES_SECONDS, Budget
from stackflight.model.template import Path
from stackflight.model.violation import CANNOT_JUDGE, NOT_JUDGED, NOTHING, Handover, Violation


class BundledRules:
    """The rules that come with the package, which loads in a process of its own; nothing is fetched.

    A template that costs the process more than its budgets, or its life, is not judged; the next one has a new process,
    which `start` begins.
    """

    resolved = False

    def __init__(
        self,
        process: subprocess.Popen[str],
        start: Callable[[], subprocess.Popen[str]] = start_process,
        patience: Budget = RULES_PATIENCE_SECONDS,
    ) -> None:
        self._process = process
        self._start = start
        self._patience = patience
        self._ready = False
        self._closed = False
        self._served = 0

    def judge(
        self, text: str, region: str | None, without: Collection[str] = (), handed: Handover = NOTHING
    ) -> Sequence[Violation]:
        """Every rule that a template's text breaks, but for those `without` which it is to be judged.

        Raises StackflightError where the package cannot be loaded.
        """
        if self._process.poll() is not None and self._ready and not self._closed:
            self._begin_again()
        if not self._ready:
            self._greet()
        reply = self._ask(
            {
                "text": text,
                "region": region,
                "without": sorted(without),
                "parameters": {**handed.parameters},
                "decided": handed.decided,
                "resolved": handed.resolved,
                "types": handed.types,
            }
        )
        if "refused" in reply:
            return [Violation(NOT_JUDGED, "info", f"{CANNOT_JUDGE}: {reply['refused']}")]
        broken = "cdk-preflight cannot judge this template with {}"
        failed = [Violation(NOT_JUDGED, "info", broken.format(rule), of="preflight") for rule in reply["failed"]]
        return [*(_violation(found) for found in reply["violations"]), *failed]

    def _begin_again(self) -> None:
        try:
            self._process, self._ready, self._served = self._start(), False, 0
        except OSError as error:
            raise _not_loaded(str(error)) from None

    def _greet(self) -> None:
        """Wait until the package is loaded."""
        reply, over = self._read()
        if "ready" not in reply:
            self._end()
            raise _not_loaded(reply.get("broken") or over or f"their process ended with {self._process.returncode}")
        self._ready = True

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        reply, over = self._read(json.dumps(request) + "\n")
        if reply:
            self._served += 1
            return reply
        self._end()
        worn_out = self._served and not over and self._process.returncode != _OUT_OF_TIME
        if worn_out and not self._closed:  # by what others left in it: a new process knows only this template
            with suppress(StackflightError):
                self._begin_again()
                self._greet()
                return self._ask(request)
        return {"refused": over or _told_by(self._process.returncode)}

    def _read(self, request: str = "") -> tuple[dict[str, Any], str]:
        """The next line, once the request is written; empty where none comes, and why where that is a lack of patience."""
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        timer = Timer(self._patience.most, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            asked.write(request)
            asked.flush()
            reply: dict[str, Any] = json.loads(answered.readline() or "{}")
        except (OSError, ValueError):
            reply = {}
        over = "" if timer.is_alive() else str(self._patience)
        timer.cancel()
        return reply, over

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def close(self) -> None:
        """End the process; whoever asks it after that is told that it ended."""
        self._closed, self._ready = True, False
        self._end()


class WithPreflight:
    """The same with the rules of cdk-preflight, which judge the template with its values put in."""

    resolved = True

    def __init__(self, rules: BundledRules) -> None:
        self.judge = rules.judge


def load_with_preflight() -> BundledRules | WithPreflight:
    """The rule sets of this process, those of cdk-preflight where they are installed. Raises StackflightError."""
    rules = load_standard_rules()
    return WithPreflight(rules) if find_archive() else rules


@cache
def load_standard_rules() -> BundledRules:
    """The one rule set of this process. Raises StackflightError where its process cannot be started."""
    try:
        rules = BundledRules(shared_process())
    except OSError as error:
        raise _not_loaded(str(error)) from None
    atexit.register(rules.close)
    return rules


def forget_rules() -> None:
    """Leave the process of the rules to the one that this process was forked from; whoever asks again gets another."""
    load_standard_rules.cache_clear()
    forget_process()


_OUT_OF_TIME = -getattr(signal, "SIGPROF", 0)


def _told_by(code: int) -> str:
    """Why a process ended in the middle of a template: its clock, its memory, or a fault in foreign code."""
    if code == _OUT_OF_TIME:
        return str(RULES_SECONDS)
    if code == -getattr(signal, "SIGABRT", 0):  # what native code does where no memory is left
        return f"their process gave up, or {RULES_MEGABYTES}"
    return f"their process ended with {code}"


def _not_loaded(reason: str) -> StackflightError:
    return StackflightError(
        f"the standard rules cannot be loaded: {reason}", hint="--no-standard-rules leaves them out"
    )


def _violation(found: dict[str, Any]) -> Violation:
    lists: dict[str, Any] = {name: tuple(found[name]) for name in ("types", "names", "place") if name in found}
    return Violation(**{**found, **lists, "path": _path(found["path"])})


def _path(text: str | None) -> Path:
    """`Properties.Subnets.0` -> its steps; "Resources/Name" says no more than the name does."""
    if not text or "/" in text.split(".")[0]:
        return ()
    return tuple(int(step) if step.isdigit() else step for step in text.split("."))
