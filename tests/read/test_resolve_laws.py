"""Laws of the resolver: what intrinsics give, and that nothing unknown is ever guessed."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stackflight.model.template import Environment
from stackflight.model.value import Reference, Text, Unknown, Value, Zone, known_text, render, unknowns_in, walk
from stackflight.read import intrinsics
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.resolve import resolve_stack

words = st.text(st.characters(codec="ascii", exclude_characters="${}|", exclude_categories=("Cc",)), max_size=12)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
calm = settings(max_examples=100, deadline=None, derandomize=True)


def value_of(raw: Any, parameters: dict[str, Any] | None = None, given_values: dict[str, Value] | None = None) -> Value:
    """The resolved property X of a resource whose template has parameters A and B without defaults."""
    declared = {"A": {"Type": "String"}, "B": {"Type": "String"}, **(parameters or {})}
    body = {
        "Parameters": declared,
        "Mappings": {"M": {"k": {"v": "mapped"}}},
        "Conditions": {"IsA": {"Fn::Equals": [{"Ref": "A"}, "yes"]}},
        "Resources": {"R": {"Type": "T::T::T", "Properties": {"X": raw}}, "Other": {"Type": "T::T::T"}},
    }
    stack = resolve_stack(parse_template(json.dumps(body), "t.json"), Bindings("s", parameters=given_values or {}))
    return stack.resources["R"].get("X")


@calm
@given(st.lists(words, min_size=1, max_size=6))
def test_split_undoes_join(items: list[str]) -> None:
    assert intrinsics.split("|", intrinsics.join("|", list(items))) == items


@calm
@given(words, words)
def test_sub_and_join_build_the_same_text(left: str, right: str) -> None:
    by_sub = value_of({"Fn::Sub": left + "${A}" + right}, given_values={"A": "x"})
    assert (
        by_sub
        == value_of({"Fn::Join": ["", [left, {"Ref": "A"}, right]]}, given_values={"A": "x"})
        == left + "x" + right
    )


@calm
@given(st.integers(16, 24), st.integers(1, 16), st.integers(4, 8))
def test_cidr_cuts_disjoint_blocks_of_the_asked_size_out_of_the_given_one(prefix: int, count: int, bits: int) -> None:
    whole = ipaddress.ip_network(f"10.0.0.0/{prefix}")
    found = intrinsics.cidr(str(whole), count, bits)
    if isinstance(found, Unknown):
        assert whole.num_addresses < count * 2**bits
        return
    assert isinstance(found, list)
    blocks = [ipaddress.ip_network(str(block)) for block in found]
    assert len(blocks) == count
    assert all(block.subnet_of(whole) and block.num_addresses == 2**bits for block in blocks)  # type: ignore[arg-type]
    assert all(not a.overlaps(b) for index, a in enumerate(blocks) for b in blocks[index + 1 :])


def test_select_over_cidr_is_a_plain_block() -> None:
    assert value_of({"Fn::Select": [2, {"Fn::Cidr": ["10.0.0.0/16", 4, 8]}]}) == "10.0.2.0/24"


def test_zones_are_symbols_and_two_indices_are_two_zones() -> None:
    first, second = (value_of({"Fn::Select": [index, {"Fn::GetAZs": ""}]}) for index in (0, 1))
    assert isinstance(first, Zone)
    assert first != second
    assert first != "us-east-1a"


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> Any:
    """Intrinsics over words, the unknown parameter A and references to a resource."""
    if depth == 0:
        return draw(st.one_of(words, st.just({"Ref": "A"}), st.just({"Ref": "Other"}), st.just({"Ref": "AWS::Region"})))
    inner = expressions(depth - 1)
    kind = draw(st.sampled_from(["leaf", "join", "sub", "if", "select", "split", "map", "base64"]))
    if kind == "join":
        return {"Fn::Join": [draw(words), draw(st.lists(inner, max_size=3))]}
    if kind == "sub":
        return {"Fn::Sub": [draw(words) + "${Local}", {"Local": draw(inner)}]}
    if kind == "if":
        return {"Fn::If": ["IsA", draw(inner), draw(inner)]}
    if kind == "select":
        return {"Fn::Select": [draw(st.integers(0, 2)), draw(st.lists(inner, min_size=3, max_size=3))]}
    if kind == "split":
        return {"Fn::Split": [",", draw(inner)]}
    if kind == "map":
        return {"Fn::FindInMap": ["M", "k", draw(st.sampled_from(["v", {"Ref": "A"}]))]}
    if kind == "base64":
        return {"Fn::Base64": draw(inner)}
    return draw(expressions(0))


@settings(parent=calm, max_examples=300)
@given(expressions(), words)
def test_a_known_result_stays_when_the_unknown_becomes_known(expression: Any, value: str) -> None:
    before = value_of(expression)
    after = value_of(expression, given_values={"A": value})
    if known_text(before) is not None:
        assert after == before


@settings(parent=calm, max_examples=300)
@given(expressions())
def test_every_unknown_says_what_would_decide_it(expression: Any) -> None:
    for unknown in unknowns_in(value_of(expression)):
        assert unknown.why
        assert set(unknown.decided_by) <= {"parameter A", "AWS::Region", "resource Other"}


@calm
@given(expressions())
def test_yaml_and_json_resolve_alike(expression: Any) -> None:
    body = {
        "Parameters": {"A": {"Type": "String"}},
        "Conditions": {"IsA": {"Fn::Equals": [{"Ref": "A"}, "yes"]}},
        "Mappings": {"M": {"k": {"v": "mapped"}}},
        "Resources": {"R": {"Type": "T::T::T", "Properties": {"X": expression}}, "Other": {"Type": "T::T::T"}},
    }
    texts = (json.dumps(body), yaml.safe_dump(body, default_style='"'))
    one, two = (resolve_stack(parse_template(text, "t"), Bindings("s")).resources["R"].get("X") for text in texts)
    assert render(one) == render(two)


@calm
@given(st.dictionaries(names, st.dictionaries(names, words, max_size=4), min_size=1, max_size=4), st.booleans())
def test_every_value_is_found_at_the_line_of_its_key(sections: dict[str, dict[str, str]], as_json: bool) -> None:
    body = {"Resources": {name: {"Type": "T::T::T", "Properties": entries} for name, entries in sections.items()}}
    text = json.dumps(body, indent=2) if as_json else yaml.safe_dump(body, default_style='"')
    template = parse_template(text, "t")
    lines = text.splitlines()
    for name, entries in sections.items():
        for key in entries:
            position = template.positions.find(("Resources", name, "Properties", key))
            assert lines[position.line - 1][position.column - 1 :].startswith(f'"{key}"')


def test_no_value_removes_the_property_and_the_list_item() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    assert value_of({"Fn::If": ["IsA", "x", nothing]}, given_values={"A": "no"}) is None
    assert value_of(["a", nothing, "b"]) == ["a", "b"]


def test_an_undecided_if_keeps_both_candidates() -> None:
    value = value_of({"Fn::If": ["IsA", "x", "y"]})
    assert isinstance(value, Unknown)
    assert value.candidates == ("x", "y")
    assert value.decided_by == ("parameter A",)


def test_a_dynamic_reference_stays_text_with_its_resource() -> None:
    value = value_of({"Fn::Sub": "{{resolve:secretsmanager:${Other}:SecretString:password}}"})
    assert isinstance(value, Text)
    assert any(isinstance(part, Reference) for part in walk(value))


def test_the_region_is_known_only_where_somebody_says_it() -> None:
    template = parse_template(
        json.dumps(
            {
                "Resources": {
                    "R": {"Type": "T::T::T", "Properties": {"X": {"Fn::Sub": "${AWS::Region}.${AWS::URLSuffix}"}}}
                }
            }
        ),
        "t",
    )
    known = resolve_stack(template, Bindings("s", environment=Environment(region="cn-north-1")))
    assert known.resources["R"].get("X") == "cn-north-1.amazonaws.com.cn"
    assert isinstance(resolve_stack(template, Bindings("s")).resources["R"].get("X"), Text)


def test_loops_are_written_out_and_unknown_loops_are_reported() -> None:
    loop = {
        "Fn::ForEach::Topics": [
            "Name",
            ["a", "b"],
            {"Topic${Name}": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
        ]
    }
    stack = resolve_stack(
        parse_template(json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": loop}), "t"), Bindings("s")
    )
    assert {name: item.get("TopicName") for name, item in stack.resources.items()} == {"Topica": "a", "Topicb": "b"}
    loop["Fn::ForEach::Topics"][1] = {"Ref": "P"}
    body = {"Parameters": {"P": {"Type": "CommaDelimitedList"}}, "Resources": {**loop, "R": {"Type": "T::T::T"}}}
    unknown = resolve_stack(parse_template(json.dumps(body), "t"), Bindings("s"))
    assert unknown.unknowns[0].decided_by == ("parameter P",)
