"""Every case of tests/corpus: the bad template is found out on a resource to blame, the fixed one is left in peace."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from judging import judge_world

from stackflight.check.registry import CHECKS, every_check
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Certainty, Consequence, Finding, Severity
from stackflight.operate.review import typical_pace
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

CORPUS = Path(__file__).parents[1] / "corpus"


@dataclass(frozen=True)
class Case:
    """One folder of the corpus: the check that finds it, the resources to blame, how severe it is."""

    folder: Path
    check: str
    blame: tuple[str, ...]
    severity: str

    def __str__(self) -> str:
        return self.folder.name


def read_case(file: Path) -> Case:
    given = json.loads(file.read_text(encoding="utf-8"))
    return Case(file.parent, given["check"], tuple(given["blame"]), given["severity"])


CASES = [read_case(file) for file in sorted(CORPUS.glob("*/case.json"))]
LEGAL = sorted(CORPUS.glob("*/legal/*.yaml"))
each_case = pytest.mark.parametrize("case", CASES, ids=str)


def judge(file: Path) -> tuple[Finding, ...]:
    template = parse_template(file.read_text(encoding="utf-8"), file.name)
    world = join_stacks([Source("stack", template)], {}, LocalFolder(file.parent))
    return judge_world(world, typical_pace()).findings


@each_case
def test_the_bad_template_is_found_out_on_a_resource_to_blame(case: Case) -> None:
    found = [item for item in judge(case.folder / "bad.yaml") if item.check == case.check]

    assert any(item.resources[0] in case.blame and item.severity == case.severity for item in found), found


@each_case
def test_the_fixed_template_is_left_in_peace(case: Case) -> None:
    found = judge(case.folder / "fixed.yaml")

    assert not [item for item in found if item.check == case.check and item.severity is not Severity.NOTE]
    assert not [item for item in found if item.severity is Severity.BLOCKING]


@pytest.mark.parametrize("file", LEGAL, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_what_is_nearly_a_case_and_right_is_left_in_peace(file: Path) -> None:
    check = json.loads((file.parent.parent / "case.json").read_text(encoding="utf-8"))["check"]

    found = judge(file)

    assert not [item for item in found if item.check == check or item.severity is Severity.BLOCKING]


@each_case
def test_a_finding_says_what_happens_and_what_to_do_about_it(case: Case) -> None:
    for finding in judge(case.folder / "bad.yaml"):
        assert finding.message.strip()
        assert finding.remedy.strip()
        assert finding.where.line
        if finding.severity is Severity.BLOCKING:
            assert finding.certainty is Certainty.PROVED
        if finding.consequence is not Consequence.NONE:
            assert finding.struck


@each_case
def test_renaming_every_resource_changes_no_verdict(case: Case, tmp_path: Path) -> None:
    text = (case.folder / "bad.yaml").read_text(encoding="utf-8")
    template = parse_template(text, "bad.yaml")
    names = {name: f"Renamed{index}" for index, name in enumerate(template.body["Resources"])}
    if any(template.positions.find_twice()):  # what stands twice is in the text alone
        text = re.sub(rf"\b({'|'.join(names)})\b", lambda match: names[match[0]], text)
    else:
        text = json.dumps(renamed(template.body, names))
    shutil.copytree(case.folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")

    before = sorted((item.check, item.severity) for item in judge(case.folder / "bad.yaml"))
    after = sorted((item.check, item.severity) for item in judge(file))

    assert after == before


def renamed(value: Any, names: dict[str, str]) -> Any:
    """A template with other logical ids: keys of Resources, Ref, GetAtt, Sub, DependsOn."""
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, item in value.items():
        if key == "Resources":
            made[key] = {names[name]: renamed(entry, names) for name, entry in item.items()}
        elif key == "Ref":
            made[key] = names.get(item, item)
        elif key == "Fn::GetAtt":
            parts = item.split(".", 1) if isinstance(item, str) else item
            made[key] = [names.get(parts[0], parts[0]), *parts[1:]]
        elif key == "DependsOn":
            made[key] = [names[name] for name in ([item] if isinstance(item, str) else item)]
        elif key == "Fn::Sub" and isinstance(item, str):
            made[key] = re.sub(
                r"\$\{(\w+)(?=[.}])", lambda match: "${" + names.get(match.group(1), match.group(1)), item
            )
        else:
            made[key] = renamed(item, names)
    return made


def test_every_example_of_a_check_is_a_case_of_the_corpus() -> None:
    cases = {case.folder.name for case in CASES}

    missing = [check.id for check in CHECKS if check.example and check.example not in cases]

    assert missing == []


def test_every_case_names_a_check_of_the_registry() -> None:
    known = {check.id for check in every_check()}

    assert {case.check for case in CASES} <= known
