"""The `StandardRules` port over the package cloudformation-validate, whose rules AWS keeps."""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from stackflight.errors import StackflightError
from stackflight.local.rule_process import shared_process
from stackflight.model.template import Path
from stackflight.model.violation import Violation


class BundledRules:
    """The rules that come with the package, which loads in a process of its own; nothing is fetched."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def judge(self, text: str, region: str | None, without: Collection[str] = ()) -> Sequence[Violation]:
        """Every rule that a template's text breaks, but for those `without` which it is to be judged.

        Raises StackflightError where the package cannot be loaded or its process ends before its time.
        """
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
    """The one rule set of this process. Raises StackflightError where its process cannot be started."""
    try:
        rules = BundledRules(shared_process())
    except OSError as error:
        raise _not_loaded(str(error)) from None
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
