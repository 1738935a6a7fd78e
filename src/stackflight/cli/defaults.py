"""What a command need not say: the values of the project that it is given in, and the targets that lie there."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackflight.cli.arguments import Standing, Verb
from stackflight.cli.keys import PROJECT
from stackflight.cli.project import FILE, Project, find_project
from stackflight.errors import WrongUsage

_OUT = "cdk.out"


def standing(verb: Verb) -> Standing:
    """What stands for a verb where its command says nothing."""
    known = PROJECT[0] in verb.options and not verb.reads_project
    return (lambda asked: _stand(verb, asked)) if known else lambda _: {}


def _stand(verb: Verb, asked: Namespace) -> Mapping[str, Any]:
    project = find_project(asked)
    if project is not None and getattr(asked, "all_stages", False):
        return {"targets": [FILE], "project": project, "typed": asked, "verb": verb}
    return stand(verb, asked, project, asked.stage)


def stand(verb: Verb, asked: Namespace, project: Project | None, stage: str | None) -> Mapping[str, Any]:
    """What a stage of the project says, and what is judged where nobody says it. Raises WrongUsage, UnreadableInput."""
    values: dict[str, Any] = project.values(verb, stage) if project is not None else {}
    left_out: set[str] = set()
    if getattr(asked, "no_ignores", False):
        left_out |= {"baseline"}  # that of a stranger leaves findings out as well
    if getattr(asked, "simulate", False):
        left_out |= {"profile", "lock_bucket"}  # the simulated cloud has no accounts, and nobody else to lock out
    values = {name: value for name, value in values.items() if name not in left_out}
    if (
        verb.argument is not None
        and verb.argument.flag == "targets"
        and not asked.targets
        and not values.get("targets")
        and not getattr(asked, "refresh", False)  # reads prices, and judges nothing
    ):
        values["targets"] = [_find_target(verb, project is not None)]
    return values


def _find_target(verb: Verb, project: bool) -> str:
    """The assembly that lies in the working folder. Raises WrongUsage with what was looked for."""
    if (Path.cwd() / _OUT / "manifest.json").is_file():
        return _OUT
    said = f"{FILE} names no targets" if project else f"there is no {FILE} that names any"
    hint = "synthesise it first: npx cdk synth" if Path("cdk.json").is_file() else f"usage: {verb.usage}"
    raise WrongUsage(f"{verb.name} is given no target, {said}, and there is no {_OUT} here", hint=hint)
