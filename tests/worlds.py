"""The cases of tests/worlds: templates that only together are bad, and the arguments that judge them together."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from stackflight.cli.arguments import parse_verb
from stackflight.cli.defaults import standing
from stackflight.cli.inputs import open_inputs
from stackflight.cli.judging import judge
from stackflight.cli.targets import Targets
from stackflight.cli.verbs import load_verb
from stackflight.local.clock import SystemClock
from stackflight.model.report import CheckReport

WORLDS = Path(__file__).parent / "worlds"


@dataclass(frozen=True)
class WorldCase:
    """One folder: the check that finds `bad`, the resources to blame, the arguments of `check` in that folder."""

    folder: Path
    check: str
    blame: tuple[str, ...]
    severity: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return self.folder.name

    def judge(self, kind: str) -> CheckReport:
        """What `check` says of the "bad" or "fixed" templates, without the standard rules."""
        clock = SystemClock()
        with contextlib.chdir(self.folder / kind), Targets(lambda _: None, clock) as targets:
            verb = load_verb("check")
            assert verb is not None
            asked = parse_verb(verb, list(self.arguments), standing(verb))
            loaded = [targets.open(name) for name in asked.targets]
            again = [targets.open(asked.again)] if asked.again else []
            current = [targets.open(asked.current)] if asked.current else []
            return judge(loaded, open_inputs(asked), None, clock, again, current)


def read_worlds() -> list[WorldCase]:
    """All cases, in order of their names."""
    cases = []
    for file in sorted(WORLDS.glob("*/case.json")):
        given = json.loads(file.read_text(encoding="utf-8"))
        blame, arguments = tuple(given["blame"]), tuple(given["arguments"])
        cases.append(WorldCase(file.parent, given["check"], blame, given["severity"], arguments))
    return cases
