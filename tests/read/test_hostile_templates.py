"""Small templates that would take for ever, or too deep a stack, if they were read naively."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackflight.errors import UnreadableInput
from stackflight.local.folder import LocalFolder
from stackflight.model.template import World
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

TOPIC = "Resources:\n  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: %s}}\n"


def read(text: str) -> World:
    template = parse_template(text, "template.yaml")
    return join_stacks([Source("app", template)], {}, LocalFolder(Path("nowhere")))


def test_aliases_of_aliases_are_refused_before_they_are_written_out() -> None:
    lines = ["Metadata:", "  l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"  l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]" for level in range(1, 9)]
    with pytest.raises(UnreadableInput, match="aliases make this more than") as caught:
        read("\n".join(lines) + "\n" + TOPIC % "*l8")
    assert caught.value.line is not None


def test_loops_in_loops_end_at_a_number_that_no_template_reaches() -> None:
    items = json.dumps([str(number) for number in range(900)])
    text = f"""
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::A:
    - a
    - {items}
    - Fn::ForEach::B:
        - b
        - {items}
        - Fn::ForEach::C: [c, {items}, {{"T${{a}}x${{b}}x${{c}}": {{Type: AWS::SNS::Topic}}}}]
"""
    world = read(text)
    assert 500 < len(world.resources) <= 2000
    assert any("makes more than" in unknown.why for unknown in world.stacks[0].unknowns)


def test_placeholders_that_never_close_are_read_once() -> None:
    world = read(TOPIC % ("!Sub '" + "${" * 50_000 + "'"))
    assert len(world.resources) == 1


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"X": 0}}}}).replace(
            "0", "[" * 900 + "]" * 900
        ),
        "Conditions:\n"
        + "".join(f"  C{number}: !Not [!Condition C{number + 1}]\n" for number in range(2000))
        + "  C2000: !Equals [a, b]\nResources:\n  Topic: {Type: AWS::SNS::Topic, Condition: C0}\n",
    ],
    ids=["lists in lists", "conditions of conditions"],
)
def test_what_is_too_deep_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(UnreadableInput, match="too deeply"):
        read(text)
