"""The facts about AWS, row by row: each names its source, strikes its bad template, and leaves its fixed one alone."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from judging import judge_world

from stackflight.check.registry import CHECKS, every_check
from stackflight.facts.load import Row, all_rows, read_table
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.model.template import Environment, World
from stackflight.operate.updates import judge_update
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

TABLES = ("refusals", "orders", "role_uses", "senders")
VERSIONS = all_rows("versions")
UPDATES = all_rows("updates")
ROWS = [(table, row) for table in TABLES for row in all_rows(table)]
each_row = pytest.mark.parametrize(("table", "row"), ROWS, ids=[row["id"] for _, row in ROWS])
FIELDS = {
    "refusals": {"id", "type", "if", "title", "message", "fix", "source", "bad", "fixed", "date"},
    "orders": {"id", "user", "provider", "title", "message", "source", "bad", "date"},
    "role_uses": {"id", "type", "role", "when", "actions", "title", "message", "source", "bad", "fixed", "date"},
    "senders": {
        "id",
        "type",
        "to",
        "receiver",
        "service",
        "actions",
        "when",
        "title",
        "message",
        "source",
        "bad",
        "fixed",
        "date",
    },
}
MORE = {
    "refusals": {"text", "at", "first", "involves", "involves_users", "level", "phase", "region"},
    "orders": {"text", "join", "if", "provider_if", "enough", "sure", "margin", "one_at_a_time", "apart", "region"},
    "role_uses": {"text", "if", "each", "on", "one", "region"},
    "senders": {"text", "if", "each", "open", "below", "region"},
}


def body_of(row: Row, resources: dict[str, Any]) -> dict[str, Any]:
    """A template; a resource that is given without a type has the row's."""
    whole = {
        name: given if str(given.get("Type", "")).startswith("AWS::") else {"Type": row["type"], "Properties": given}
        for name, given in resources.items()
    }
    return {"Resources": copy.deepcopy(whole)}


def found(row: Row, body: dict[str, Any], text: str | None = None) -> list[Finding]:
    template = parse_template(text or json.dumps(body), "template.yaml")
    environment = Environment(account=None, region=row.get("region"))
    world = join_stacks([Source("stack", template, environment)], {}, LocalFolder(Path("nowhere")))
    return [item for item in judge_world(world).findings if item.check == row["id"]]


def fixed_body(table: str, row: Row) -> dict[str, Any]:
    """What the row calls fixed; for an order, the same resources with one waiting for the others."""
    if "fixed" in row or table != "orders":
        return body_of(row, row["fixed"])
    body = body_of(row, row["bad"])
    if row.get("apart"):
        del body["Resources"]["Subject"]["DependsOn"]
        return body
    body["Resources"]["Subject"]["DependsOn"] = [
        name
        for name, item in body["Resources"].items()
        if name != "Subject" and item["Type"] in types_of(row["provider"])
    ]
    return body


def types_of(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def test_no_two_facts_share_an_id_and_none_has_that_of_a_check() -> None:
    ids = [row["id"] for row in (*(row for _, row in ROWS), *UPDATES, *VERSIONS)]

    assert len(ids) == len(set(ids))
    assert not set(ids) & {check.id for check in CHECKS}
    assert {check.id for check in every_check()} == {check.id for check in CHECKS} | set(ids)


@each_row
def test_a_fact_has_every_field_that_it_needs_and_no_other(table: str, row: Row) -> None:
    assert FIELDS[table] <= set(row)
    assert set(row) <= FIELDS[table] | MORE[table]
    assert row["source"].startswith("https://")


@each_row
def test_a_fact_strikes_its_bad_template_in_both_syntaxes(table: str, row: Row) -> None:
    body = body_of(row, row["bad"])

    for text in (json.dumps(body), yaml.safe_dump(body)):
        findings = found(row, body, text)
        assert any("Subject" in item.resources for item in findings), table


@each_row
def test_a_fact_leaves_its_fixed_template_alone(table: str, row: Row) -> None:
    assert found(row, fixed_body(table, row)) == []


@each_row
def test_a_subject_that_may_not_be_there_is_never_proved_wrong(table: str, row: Row) -> None:
    body = body_of(row, row["bad"])
    body["Parameters"] = {"Given": {"Type": "String"}}
    body["Conditions"] = {"Maybe": {"Fn::Equals": [{"Ref": "Given"}, "yes"]}}
    body["Resources"]["Subject"]["Condition"] = "Maybe"

    assert not [item for item in found(row, body) if item.severity is Severity.BLOCKING], table


@each_row
def test_no_unknown_value_proves_a_fact(table: str, row: Row) -> None:
    body = fixed_body(table, row)
    properties = body["Resources"]["Subject"].get("Properties", {})
    for path in list(leaves(properties)):
        changed = copy.deepcopy(body)
        changed["Parameters"] = {"Given": {"Type": "String"}}
        place(changed["Resources"]["Subject"]["Properties"], path)
        assert not [item for item in found(row, changed) if item.severity is Severity.BLOCKING], (table, path)


@pytest.mark.parametrize("row", UPDATES, ids=lambda row: row["id"])
def test_a_fact_on_updates_strikes_the_change_and_not_the_same_template_again(row: Row) -> None:
    old, new = world_of(row, row["old"], former_of(row)), world_of(row, row["new"])

    assert [item.resources for item in judge_update(judge_world(new).case, old) if item.check == row["id"]] == [
        ("Subject",)
    ]
    assert list(judge_update(judge_world(new).case, new)) == []
    assert row["source"].startswith("https://")


def former_of(row: Row) -> str:
    """What was there before: where a row is about what a resource holds alone, one of another logical id."""
    return "Former" if "holds" in row else "Subject"


@pytest.mark.parametrize("row", [row for row in UPDATES if "holds" in row], ids=lambda row: row["id"])
def test_what_holds_nothing_that_is_wanted_stands_in_nobodys_way(row: Row) -> None:
    other = copy.deepcopy(row["old"])
    at = row["holds"][-1].split(".")
    given = other
    for key in at[:-1]:
        given = given[key]
    given[at[-1]] = ["other"] if isinstance(given[at[-1]], list) else "99"
    old, new = world_of(row, other, "Former"), world_of(row, row["new"])

    assert row["id"] not in {item.check for item in judge_update(judge_world(new).case, old)}


def test_a_subnet_that_is_made_anew_with_its_addresses_and_one_that_moves_at_once() -> None:
    row = next(row for row in UPDATES if row["id"] == "subnet-block-still-used")
    moved = {**row["new"], "CidrBlock": "10.0.1.0/24"}
    for properties, struck in ((row["new"], ["subnet-block-still-used"]), (moved, [])):
        old, new = world_of(row, row["old"]), world_of(row, properties)
        assert [item.check for item in judge_update(judge_world(new).case, old)] == struck


def world_of(row: Row, properties: dict[str, Any], id: str = "Subject") -> World:
    template = parse_template(json.dumps(body_of(row, {id: properties})), "template.yaml")
    return join_stacks([Source("stack", template)], {}, LocalFolder(Path("nowhere")))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every value inside properties, intrinsic functions as a whole."""
    if path:
        yield path
    if isinstance(value, dict) and not (len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))


def place(value: Any, path: tuple[str | int, ...]) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = {"Ref": "Given"}


@each_row
def test_what_one_branch_of_a_condition_leaves_out_proves_no_fact(table: str, row: Row) -> None:
    """A property that stands there under a condition, alone or beside what only the other branch has, is not known to be there."""
    body = body_of(row, row["bad"])
    properties = body["Resources"]["Subject"].get("Properties", {})
    struck = {key for item in found(row, body) for key in properties if item.severity is Severity.BLOCKING}
    for key in sorted(struck):
        changed = copy.deepcopy(body)
        changed["Parameters"] = {"Given": {"Type": "String"}}
        changed["Conditions"] = {"Maybe": {"Fn::Equals": [{"Ref": "Given"}, "yes"]}}
        given = changed["Resources"]["Subject"]["Properties"]
        given[key] = {"Fn::If": ["Maybe", given[key], {"Ref": "AWS::NoValue"}]}
        without = copy.deepcopy(body)
        del without["Resources"]["Subject"]["Properties"][key]
        alone = [item.severity for item in found(row, without)]
        if Severity.BLOCKING not in alone:
            assert not [item for item in found(row, changed) if item.severity is Severity.BLOCKING], (table, key)


def renamed(value: Any, names: dict[str, str]) -> Any:
    """A template's part with other logical ids, wherever a name stands for a resource."""
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {key: renamed(item, names) for key, item in value.items()}
    for key, item in value.items():
        if key == "Ref" or key == "DependsOn":
            changed[key] = [names.get(one, one) for one in item] if isinstance(item, list) else names.get(item, item)
        elif key == "Fn::GetAtt" and isinstance(item, list):
            changed[key] = [names.get(item[0], item[0]), *item[1:]]
        elif key == "Fn::GetAtt":
            id, _, rest = item.partition(".")
            changed[key] = f"{names.get(id, id)}.{rest}"
        elif key == "Fn::Sub":
            text = item[0] if isinstance(item, list) else item
            text = re.sub(r"\$\{(\w+)", lambda found: "${" + names.get(found[1], found[1]), text)
            changed[key] = [text, *changed[key][1:]] if isinstance(item, list) else text
    return changed


def parametrised(body: dict[str, Any], luck: random.Random) -> dict[str, Any]:
    """The template with some literal texts of the subject's properties given by parameters of random names."""
    changed = copy.deepcopy(body)
    properties = changed["Resources"]["Subject"].get("Properties", {})
    for key, value in list(properties.items()):
        if isinstance(value, str) and luck.random() < 0.5:
            name = f"P{luck.getrandbits(32):x}"
            changed.setdefault("Parameters", {})[name] = {"Type": "String", "Default": value}
            properties[key] = {"Ref": name}
    return changed


@each_row
def test_a_fact_is_found_under_any_names_conditions_and_parameters(table: str, row: Row) -> None:
    luck = random.Random(row["id"])
    for given, strikes in ((body_of(row, row["bad"]), True), (fixed_body(table, row), False)):
        body = parametrised(given, luck)
        body["Conditions"] = {"Always": {"Fn::Equals": ["a", "a"]}}
        body["Resources"]["Subject"]["Condition"] = "Always"
        names = {id: f"R{luck.getrandbits(40):x}" for id in body["Resources"]}
        body["Resources"] = {names[id]: renamed(item, names) for id, item in body["Resources"].items()}

        assert any(names["Subject"] in item.resources for item in found(row, body)) is strikes, table


def test_words_of_aws_are_kept_for_checks_that_there_are() -> None:
    """Texts for checks in code, by the check's id; behind a dot which of several."""
    told = {key.partition(".")[0] for key in read_table("words")["texts"]}
    assert sorted(told - {check.id for check in every_check()}) == []
