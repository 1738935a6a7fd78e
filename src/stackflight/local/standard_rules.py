"""The `StandardRules` port over the package cloudformation-validate, whose rules AWS keeps."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from stackflight.errors import StackflightError
from stackflight.local.rule_process import HUGE_PAGES
from stackflight.model.template import Path
from stackflight.model.violation import Violation

# -P: a folder with templates is no place to import modules from.
_COMMAND = (sys.executable, "-P", "-c", "from stackflight.local.rule_process import serve; serve()")


class BundledRules:
    """The rules that come with the package, which loads in a process of its own; nothing is fetched.

    Raises StackflightError where that process cannot be started or ends before its time.
    """

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        tunables = ":".join(filter(None, (os.environ.get("GLIBC_TUNABLES"), HUGE_PAGES)))
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "GLIBC_TUNABLES": tunables},
                encoding="utf-8",
            )
        except OSError as error:
            raise _not_loaded(str(error)) from None

    def judge(self, text: str, region: str | None, without: Collection[str] = ()) -> Sequence[Violation]:
        """Every rule that a template's text breaks, but for those `without` which it is to be judged."""
        reply = self._ask({"text": text, "region": region, "without": sorted(without)})
        if "broken" in reply:
            raise _not_loaded(reply["broken"])
        if "refused" in reply:
            message = f"the standard rules cannot judge this template: {reply['refused']}"
            return [Violation("not-judged", "info", message)]
        return [Violation(**{**found, "path": _path(found["path"])}) for found in reply["violations"]]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        asked, answered = self._process.stdin, self._process.stdout
        try:
            if asked is None or answered is None:
                raise BrokenPipeError
            asked.write(json.dumps(request) + "\n")
            asked.flush()
            reply: dict[str, Any] = json.loads(answered.readline() or "{}")
        except (BrokenPipeError, ValueError):
            reply = {}
        if not reply:
            self.close()
            reply = {"broken": f"their process ended with {self._process.returncode}"}
        return reply

    def close(self) -> None:
        """End the process; whoever asks it after that is told that it ended."""
        self._process.kill()
        self._process.communicate()


@cache
def load_standard_rules() -> BundledRules:
    """The one rule set of this process; begins to load it."""
    rules = BundledRules()
    atexit.register(rules.close)
    return rules


def _not_loaded(reason: str) -> StackflightError:
    return StackflightError(
        f"the standard rules cannot be loaded: {reason}", hint="--no-standard-rules leaves them out"
    )


def _path(text: str | None) -> Path:
    """`Properties.Subnets.0` -> its steps; "Resources/Name" says no more than the name does."""
    if not text or "/" in text.split(".")[0]:
        return ()
    return tuple(int(step) if step.isdigit() else step for step in text.split("."))
