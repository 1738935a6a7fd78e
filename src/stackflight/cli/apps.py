"""CDK apps that stackflight can run: name + preset in, a cloud assembly on disk out.

An app registers a module under the entry point group `stackflight.apps`. It is run as a process of its own and never
imported, so that neither the CDK nor Node is loaded here:

    python -m MODULE presets --json
    python -m MODULE questions --json [--like TOML]
    python -m MODULE settings PRESET --set KEY=VALUE [--like TOML]
    python -m MODULE synth PRESET --out DIR
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackflight.errors import AppFailed, StackflightError, WrongUsage
from stackflight.records import dataclass

_GROUP = "stackflight.apps"


@dataclass(frozen=True)
class App:
    """A registered app: the name people type and the module that answers."""

    name: str
    module: str

    def presets(self) -> list[Mapping[str, Any]]:
        """Name, mode and summary of each preset, as the app gives them. Raises AppFailed."""
        return self._list("presets")

    def questions(self, like: str | None = None) -> list[Mapping[str, Any]]:
        """What it wants to know for a settings file, with what the file `like` says as defaults. Raises WrongUsage, AppFailed."""
        return self._list("questions", *_like(like))

    def settings(self, answers: Mapping[str, str], like: str | None = None) -> str:
        """The settings file that says what was answered, and of the file `like` what nothing asked for.

        Raises WrongUsage where that cannot be, or AppFailed.
        """
        given = {key: value for key, value in answers.items() if key != "preset"}
        pairs = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
        try:
            return self._run("settings", answers["preset"], *pairs, *_like(like))
        except WrongUsage as error:
            raise WrongUsage(error.message.removeprefix("--set "), hint=error.hint) from None

    def synthesise(self, preset: str, out: Path) -> None:
        """Write the cloud assembly of a preset or settings file. Raises WrongUsage or AppFailed."""
        self._run("synth", preset, "--out", str(out))

    def _list(self, verb: str, *options: str) -> list[Mapping[str, Any]]:
        answer = self._run(verb, "--json", *options)
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise AppFailed(
                f"the app {self.name} did not answer with a list of {verb}",
                hint=f"see what 'python -m {self.module} {verb} --json' prints",
            )
        return found

    def _run(self, *arguments: str) -> str:
        import tempfile

        command = [sys.executable, "-P", "-m", self.module, *arguments]
        # stackflight judges the templates itself; the CDK's own validation triples the time of a synthesis.
        environment = {"CDK_VALIDATION": "false", **os.environ}
        # The CDK leaves folders behind where it is stopped, so it gets a place for them that goes with us.
        with tempfile.TemporaryDirectory(prefix="stackflight-", ignore_cleanup_errors=True) as place:
            environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), place)
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise self._failure(done.returncode, done.stderr, arguments[0])
        return done.stdout

    def _failure(self, code: int, talk: str, verb: str) -> StackflightError:
        """The app's own `error:` and `hint:` lines, or the last line that it said."""
        lines = [line.rstrip() for line in talk.splitlines() if line.strip()]
        messages = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        hints = [line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")]
        kind = WrongUsage if code == WrongUsage.exit_code else AppFailed
        if messages:
            return kind(messages[-1], hint=hints[-1] if hints else "")
        last = f": {lines[-1].strip()}" if lines else ""
        return kind(
            f"the app {self.name} failed{last}", hint=f"run 'python -m {self.module} {verb} …' to see all it says"
        )


def _like(file: str | None) -> tuple[str, ...]:
    return ("--like", file) if file else ()


def find_app(name: str) -> App:
    """The app registered under a name. Raises WrongUsage where there is none."""
    from importlib.metadata import entry_points

    apps = {point.name: point.value for point in entry_points(group=_GROUP)}
    if name in apps:
        return App(name, apps[name])
    near = difflib.get_close_matches(name, apps, n=1)
    known = ", ".join(sorted(apps)) or "none is installed"
    hint = f"did you mean {near[0]}?" if near else f"apps: {known}"
    raise WrongUsage(f"there is no app called {name}", hint=hint)
