"""What each answer to LibreChat's questions changes: dollars a month and minutes of the first deployment.

`make answers` writes src/librechat_aws/answers.json: of every preset the whole, of every other choice the difference to the
same preset without it, with the profile of use `small` and the prices of us-east-1. A choice that a preset refuses has no row.
Of what is a size, some sizes. What may be left out is tried with its example, and stands under "true", as yes does.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from matrix_values import DOMAIN, EXTERNAL, HERE, ZONE

from librechat_aws.config import Ecs
from librechat_aws.errors import SettingsError
from librechat_aws.node import ensure_node
from librechat_aws.presets import PRESETS
from librechat_aws.questions import render_questions
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from stackflight.local.folder import LocalFolder
from stackflight.operate.pricing import price
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.price.profile import find_usage
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly

FILE: Final = Path(__file__).parents[1] / "src/librechat_aws/answers.json"
# What was answered before a question is asked, and not every preset has.
_GIVEN: Final = {
    "postgres": ("rag=true",),
    "domain": ("entry=cloudfront",),
    "registration": ("entry=cloudfront",),
    "cognito": ("entry=cloudfront", DOMAIN, *ZONE),
    "admin_domain": ("entry=cloudfront", DOMAIN, *ZONE),
}
# What a choice needs beside it.
_BESIDE: Final = {
    ("entry", "https"): (DOMAIN, HERE),
    ("domain", "true"): ZONE,
    ("documents", "external"): EXTERNAL[1:],
}
_INSTANCES: Final = ("t4g.medium", "t4g.large", "t4g.xlarge", "m7g.large", "m7g.xlarge")
_ABOUT_WHERE: Final = ("mode", "preset")


class Costs(NamedTuple):
    """Dollars a month of the whole, minutes of the first deployment, and dollars a month of a LibreChat task."""

    total: float
    minutes: float
    task: float


def main() -> int:
    os.environ["CDK_VALIDATION"] = "false"
    ensure_node(os.environ)
    presets, changes, sizes = {}, {}, {}
    for preset in PRESETS:
        usual = _costs((preset,))
        assert usual is not None
        presets[preset] = [round(usual.total), round(usual.minutes)]
        changes[preset] = {}
        sizes[preset] = _sizes(preset, usual)
        for key, answer, value in _choices():
            given = _GIVEN.get(key, ())
            before = _costs((preset, *given)) if given else usual
            after = _costs((preset, f"{key}={value}", *given, *_BESIDE.get((key, answer), ())))
            if before is not None and after is not None:
                changes[preset].setdefault(key, {})[answer] = [
                    round(after.total - before.total),
                    round(after.minutes - before.minutes),
                ]
        sys.stderr.write(f"{preset} {presets[preset]} {changes[preset]}\n")
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    rows = {name: json.dumps(row) for name, row in changes.items()}
    body = ",\n".join(f"  {json.dumps(name)}: {row}" for name, row in rows.items())
    FILE.write_text(
        f'{{\n "date": "{date}",\n "presets": {json.dumps(presets)},\n "sizes": {json.dumps(sizes)},\n "changes": {{\n{body}\n }}\n}}\n',
        "utf-8",
    )
    return 0


def _sizes(preset: str, usual: Costs) -> dict[str, Any]:
    """Dollars a month: of other instances the difference, of a task more that never sleeps the whole."""
    mode = PRESETS[preset].mode
    if mode == "ec2":
        bills = {size: _costs((preset, f"instance_type={size}")) for size in _INSTANCES}
        return {
            "instance_type": {size: round(bill.total - usual.total) for size, bill in bills.items() if bill is not None}
        }
    return {"task": round(usual.task)} if mode == "ecs" else {}


def _choices() -> Iterator[tuple[str, str, str]]:
    """Key, answer and the value that is tried for it, once for each."""
    found: dict[tuple[str, str], str] = {}
    for question in json.loads(render_questions()):
        key = question["key"]
        if key in _ABOUT_WHERE or "option" in question:
            continue
        answers: list[Any] = [choice["value"] for choice in question.get("choices", ())]
        answers += ["true", "false"] if question["kind"] == "yes-no" else []
        found |= {(key, answer): answer for answer in answers}
        if question.get("optional"):
            found[key, "true"] = question["example"]
    yield from ((key, answer, value) for (key, answer), value in found.items())


@cache
def _costs(deployment: tuple[str, ...]) -> Costs | None:
    """Of a deployment; None where the settings refuse it."""
    from librechat_aws.app import synthesise

    try:
        config = resolve(read_request(deployment[0], deployment[1:]))
    except SettingsError:
        return None
    with tempfile.TemporaryDirectory() as out:
        synthesise(config, out)
        folder = LocalFolder(Path(out))
        world = join_stacks(read_assembly(folder), {}, folder)
    bill = price("librechat", world, find_usage(), thrifts=False)
    tasks = sum(
        one.monthly for one in bill.charges if "LibreChatService" in one.resource and "Fargate" in one.price.product
    )
    task = float(tasks) / config.compute.tasks_min if isinstance(config.compute, Ecs) else 0.0
    return Costs(float(bill.total), rehearse(world, (), RehearsalOptions()).estimate.p50 / 60, task)


if __name__ == "__main__":
    sys.exit(main())
