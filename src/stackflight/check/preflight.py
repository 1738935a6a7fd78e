"""Stack, Violations of cdk-preflight and our own findings -> the findings that its rules add.

The rules and their words are those of cdk-preflight (Apache-2.0), each with a template that AWS refused. What becomes of
which stands in facts/preflight.json, rule by rule with the reason; the page "Standard rules" of the reference prints it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from stackflight.check.standard import make_finding, said_already
from stackflight.facts.load import read_table
from stackflight.model.finding import Consequence, Finding, Phase, Severity
from stackflight.model.template import Path, Raw, Resource, Stack
from stackflight.model.value import Unknown, Value, as_list
from stackflight.model.violation import Violation
from stackflight.patterns import compile_later

SET = "preflight"

# A rule's words where what it foresees is not the stack's failure but that of what the stack makes.
_AT_RUN_TIME = compile_later(r"\bevery (?:invocation|request|run|execution|call)\b.*\b(?:fails|returns)\b", re.DOTALL)


_SAME_WORDS = 6


@cache
def read_record() -> Mapping[str, Mapping[str, Any]]:
    """What is known of single rules.

    `left_out`, `left_out_where` it says something and `weakened` bear the reason, `ours` the checks that say the same,
    `known` the values of another resource without which it says nothing, `clean` the number of deployed templates that
    hold what the rule judges and on which it was silent.
    """
    found: dict[str, Any] = read_table("preflight")
    return found


def find_preflight(stack: Stack, violations: Sequence[Violation], own: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for each rule and place; `own` are our findings on this stack, which win where both say one thing."""
    record = read_record()
    seen: set[tuple[str, str, Path]] = set()
    for violation in violations:
        place = (violation.rule, violation.resource, violation.path)
        if place in seen or is_left_out(violation):
            continue
        if said_already(violation, stack, own, record["ours"].get(violation.rule, ())) or _in_our_words(violation, own):
            continue
        seen.add(place)
        finding = make_finding(violation, stack, weigh(violation, stack), SET)
        yield _as_it_fails(finding, violation, stack)


def _in_our_words(violation: Violation, own: Sequence[Finding]) -> bool:
    """Whether one of our findings on the resource quotes the same text of AWS."""
    runs = _runs_of_words(violation.message)
    return any(violation.resource in finding.resources and runs & _runs_of_words(finding.message) for finding in own)


def _runs_of_words(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + _SAME_WORDS]) for at in range(len(words) - _SAME_WORDS + 1)}


def is_left_out(violation: Violation) -> bool:
    """Whether the rule, or this saying of it, was wrong on templates that deployed."""
    record = read_record()
    wrong = record["left_out_where"].get(violation.rule)
    return violation.rule in record["left_out"] or bool(wrong and re.search(wrong["says"], violation.message))


def weigh(violation: Violation, stack: Stack) -> Severity:
    """BLOCKING where all that the rule looks at stands in the template and the rule was silent on deployed ones.

    A NOTE where an input decides, or where a default is empty: nobody deploys with that one.
    """
    if violation.level not in {"error", "fatal"} or _hangs_on_input(violation, stack):
        return Severity.NOTE
    if violation.rule not in read_record()["clean"] or _AT_RUN_TIME.search(violation.message):
        return Severity.WARNING
    if stack.template.rewritten or not _is_all_literal(violation, stack):
        return Severity.WARNING
    return Severity.BLOCKING


def _as_it_fails(finding: Finding, violation: Violation, stack: Stack) -> Finding:
    if _AT_RUN_TIME.search(violation.message):
        return replace(finding, phase=Phase.RUN)
    if finding.severity is Severity.BLOCKING:
        struck = (stack.resources[violation.resource].address,)
        return replace(finding, struck=struck, consequence=Consequence.FAILS)
    return finding


def _hangs_on_input(violation: Violation, stack: Stack) -> bool:
    """Whether an input says if there is a resource that the rule speaks of, or what a value is that it compares."""
    if any(isinstance(one.exists, Unknown) for one in _spoken_of(violation, stack)):
        return True
    resource = stack.resources.get(violation.resource)
    top = violation.path[1] if len(violation.path) > 1 else ""
    if resource is not None and isinstance(resource.properties.get(str(top)), Unknown):
        return True
    if known := read_record()["known"].get(violation.rule):
        others = (stack.resources.get(edge.target.id) for edge in resource.edges) if resource else ()
        found = [
            value
            for other in others
            if other and other.type == known[0]
            for value in _below(other.get(known[1]), known[2])
        ]
        if any(not isinstance(value, str) for value in found):
            return True
    return any(stack.parameters.get(name) == "" for name in defaults_in(_written(violation, stack).get(top), stack))


def _below(value: Value, name: str) -> list[Value]:
    """The values under a key in each item of a list; the list itself where it is not known."""
    return [item.get(name) if isinstance(item, dict) else item for item in as_list(value)]


def _written(violation: Violation, stack: Stack) -> Mapping[Any, Raw]:
    raw = stack.template.section("Resources").get(violation.resource)
    given = raw.get("Properties") if isinstance(raw, dict) else None
    return given if isinstance(given, dict) else {}


def _spoken_of(violation: Violation, stack: Stack) -> Iterator[Resource]:
    """The resource itself, those that it refers to, and those of the other types that the rule looks at."""
    own = stack.resources.get(violation.resource)
    referred = {edge.target.id for edge in own.edges if edge.kind != "DependsOn"} if own else set()
    for id, resource in stack.resources.items():
        if (
            id == violation.resource
            or id in referred
            or (len(violation.types) > 1 and resource.type in violation.types)
        ):
            yield resource


def _is_all_literal(violation: Violation, stack: Stack) -> bool:
    """Whether all that the rule may have looked at stands in the template as it will be, but for references to resources."""
    if violation.resource not in stack.resources:
        return False
    written = stack.template.section("Resources")
    for resource in _spoken_of(violation, stack):
        raw = written.get(resource.address.id)
        if not isinstance(raw, dict) or "Condition" in raw:
            return False
        given = raw.get("Properties")
        for name, value in given.items() if isinstance(given, dict) else ():
            if name in violation.names and not _is_literal(value, stack):
                return False
    return True


def _is_literal(value: Raw, stack: Stack) -> bool:
    match value:
        case dict() if len(value) == 1:
            [(name, given)] = value.items()
            if name == "Ref":
                return given in stack.resources
            return name == "Fn::GetAtt" or (not str(name).startswith("Fn::") and _is_literal(given, stack))
        case dict():
            return all(_is_literal(item, stack) for item in value.values())
        case list():
            return all(_is_literal(item, stack) for item in value)
        case _:
            return True


def defaults_in(value: Raw, stack: Stack) -> Iterator[str]:
    """The parameters that a value as written refers to and that nobody gave a value."""
    match value:
        case {"Ref": str(name)} if name in stack.defaulted:
            yield name
        case {"Fn::Sub": given}:
            text = given[0] if isinstance(given, list) and given else given
            yield from (name for name in re.findall(r"\$\{(\w+)\}", str(text)) if name in stack.defaulted)
            yield from defaults_in(given, stack)
        case dict():
            for item in value.values():
                yield from defaults_in(item, stack)
        case list():
            for item in value:
                yield from defaults_in(item, stack)
