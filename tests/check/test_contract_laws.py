"""What holds for every contract: an unknown value or an undecided condition never proves anything.

A fixed template stays free of blocking findings whatever single property is replaced by a parameter without default, and
whatever single resource is put under a condition that nothing decides.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from judging import judge_world

from stackflight.check.registry import CHECKS
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

CORPUS = Path(__file__).parents[1] / "corpus"
CONTRACTS = {check.id for check in CHECKS}
UNKNOWNS: dict[str, Any] = {
    "a parameter": {"Ref": "Given"},
    "an import": {"Fn::ImportValue": "elsewhere"},
    "an undecided choice": {"Fn::If": ["Maybe", {"Ref": "Given"}, {"Ref": "AWS::NoValue"}]},
}
FIXED = sorted(CORPUS.glob("*/fixed.yaml"))
each_fixed = pytest.mark.parametrize("file", FIXED, ids=lambda file: file.parent.name)


def blocked(body: dict[str, Any]) -> set[str]:
    template = parse_template(json.dumps(body), "template.json")
    world = join_stacks([Source("stack", template)], {}, LocalFolder(Path("nowhere")))
    findings = judge_world(world).findings
    return {item.check for item in findings if item.severity is Severity.BLOCKING} & CONTRACTS


def open_body(file: Path) -> dict[str, Any]:
    """The template with a parameter and a condition that nobody decides."""
    body = json.loads(json.dumps(parse_template(file.read_text(encoding="utf-8"), file.name).body))
    body.setdefault("Parameters", {})["Given"] = {"Type": "String"}
    body.setdefault("Conditions", {})["Maybe"] = {"Fn::Equals": [{"Ref": "Given"}, "yes"]}
    return dict(body)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every value inside properties, intrinsic functions as a whole."""
    if path:
        yield path
    if isinstance(value, dict):
        if len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::")):
            return
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def replace(value: Any, path: tuple[str | int, ...], by: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = by


@each_fixed
@pytest.mark.parametrize("unknown", UNKNOWNS)
def test_no_unknown_property_proves_anything(file: Path, unknown: str) -> None:
    body = open_body(file)
    proved: dict[str, set[str]] = {}
    # Each kind of unknown takes its turn on every third property: together they cover all of them.
    turn = list(UNKNOWNS).index(unknown)
    for name, resource in body["Resources"].items():
        for index, path in enumerate(places(resource.get("Properties", {}))):
            if index % len(UNKNOWNS) == turn:
                changed = copy.deepcopy(body)
                replace(changed["Resources"][name]["Properties"], path, UNKNOWNS[unknown])
                found = blocked(changed)
                if found:
                    proved[".".join(map(str, (name, *path)))] = found

    assert proved == {}


@each_fixed
def test_no_undecided_condition_proves_anything(file: Path) -> None:
    body = open_body(file)
    proved: dict[str, set[str]] = {}
    for name in body["Resources"]:
        changed = copy.deepcopy(body)
        changed["Resources"][name]["Condition"] = "Maybe"
        found = blocked(changed)
        if found:
            proved[name] = found

    assert proved == {}
