"""Stack, Violations and our own findings -> the findings that a foreign rule set adds to them.

Rules are those of cloudformation-validate; the page "Standard rules" of the reference says what becomes of which.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from stackflight.check.handover import as_written
from stackflight.check.law.versions import version_checks
from stackflight.check.registry import CHECKS
from stackflight.check.standard_doubt import holds, misspells
from stackflight.facts.load import read_table
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.template import Stack
from stackflight.model.value import Unknown
from stackflight.model.violation import CANNOT_JUDGE, NOT_JUDGED, Violation
from stackflight.patterns import compile_later

_RULES = read_table("standard")
BLOCKS = frozenset(_RULES["blocks"])
LEFT_OUT = frozenset(rule for row in _RULES["left_out"] for rule in row["rules"])

# What our checks say of the same resource, with their proof: rule -> the checks that say it.
_ALL = (*CHECKS, *version_checks())
OURS: dict[str, tuple[str, ...]] = {
    rule: tuple(check.id for check in _ALL if rule in check.replaces)
    for rule in sorted({rule for check in _ALL for rule in check.replaces})
}

_TECHNICAL = compile_later(r"\w+:\w+|\w*[a-z0-9][A-Z]\w*")
_HUMPS = compile_later(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_QUOTED = compile_later(r"'([^']+)'")
_NAMED_PROPERTY = compile_later(r"'(\w+)' is a required property")
_LEVELS = {"fatal": Severity.WARNING, "error": Severity.WARNING}


def find_standard(stack: Stack, violations: Sequence[Violation], own: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for each rule and place; `own` are our findings on this stack, which win where both say one thing."""
    seen: set[tuple[object, ...]] = set()
    for violation in _told(violations):
        place = (violation.rule, violation.resource, violation.path or violation.line)
        ours = OURS.get(violation.rule, ())
        if violation.rule in LEFT_OUT or place in seen or said_already(violation, stack, own, ours):
            continue
        true = holds(violation, stack)
        if true is not False:
            seen.add(place)
            yield make_finding(violation, stack, _weigh(violation, stack, true), "standard")


def _told(violations: Sequence[Violation]) -> Sequence[Violation]:
    """The violations; where the rules could not read the text, and so judged nothing of it, that alone."""
    unread = next((violation for violation in violations if violation.rule == "F1101"), None)
    if unread is None or {violation.rule for violation in violations} - {"F0000", "F1101"}:
        return violations
    return [Violation(NOT_JUDGED, "info", f"{CANNOT_JUDGE}: {unread.message}", line=unread.line)]


def _weigh(violation: Violation, stack: Stack, true: bool | Unknown) -> Severity:
    if isinstance(true, Unknown):
        return Severity.NOTE
    if (violation.rule in BLOCKS or misspells(violation, stack)) and not stack.template.rewritten:
        return Severity.BLOCKING
    return _LEVELS.get(violation.level, Severity.NOTE)


def said_already(violation: Violation, stack: Stack, own: Sequence[Finding], ours: Collection[str]) -> bool:
    """Whether one of our findings says what a rule says: one of the checks `ours`, or any at the same property."""
    for finding in own:
        if finding.stack != stack.name:
            continue
        if finding.check in ours and (violation.resource in finding.resources or _outside(violation, finding)):
            return True
        if violation.resource in finding.resources and _same_property(violation, finding, stack):
            return True
    return False


def _outside(violation: Violation, finding: Finding) -> bool:
    """Whether a rule that speaks of no resource names what our finding names."""
    named = _QUOTED.search(violation.message)
    return not violation.resource and (named is None or named[1] in finding.message)


def _same_property(violation: Violation, finding: Finding, stack: Stack) -> bool:
    """Whether our finding stands at the property or names it."""
    if violation.resource == finding.resources[0] and _at_one_place(violation, finding, stack):
        return True
    if violation.resource == finding.resources[0] and finding.where.line == violation.line:
        if _is_of_one_property(violation, stack):
            return True
    names = [str(step) for step in violation.path[1:] if isinstance(step, str)]
    names += _NAMED_PROPERTY.findall(violation.message)
    if any(re.search(rf"\b{re.escape(name)}\b", finding.message) for name in names):
        return True
    return bool(names) and not finding.at and _in_words(names[-1], finding.message)


def _in_words(name: str, text: str) -> bool:
    """Whether a text names a property as AWS's sentences do: ProvisionedThroughput as provisioned throughput, Cpu as 'cpu'."""
    humps = _HUMPS.findall(name)
    form = rf"\b{' ?'.join(humps)}\b" if len(humps) > 1 else rf"'{re.escape(name)}'"
    return re.search(form, text, re.IGNORECASE) is not None


def _at_one_place(violation: Violation, finding: Finding, stack: Stack) -> bool:
    """Whether both stand at one value, or one of them at a part of what the other one judges and both name one thing."""
    theirs, ours = violation.path, finding.at
    near = min(len(theirs), len(ours))
    if near < 2 or theirs[:near] != ours[:near]:
        return False
    held: object = stack.resources[violation.resource].properties if violation.resource in stack.resources else None
    for step in theirs[1:near]:
        held = held.get(str(step)) if isinstance(held, dict) else None
    whole = len(theirs) == len(ours) and not isinstance(held, (dict, list))
    beyond = [step for step in max(theirs, ours, key=len)[near:] if isinstance(step, str)]
    return (
        whole
        or any(step in f"{violation.message} {finding.message}" for step in beyond)
        or _name_one_thing(violation, finding)
    )


def _name_one_thing(violation: Violation, finding: Finding) -> bool:
    """Whether both speak of one action, value or name that is no everyday word."""
    known = {violation.resource, *map(str, violation.path)}
    named = [set(_TECHNICAL.findall(text)) - known for text in (violation.message, finding.message)]
    return bool(named[0] & named[1])


def _is_of_one_property(violation: Violation, stack: Stack) -> bool:
    """Whether one property alone of the resource begins on the line; written in flow style, several do."""
    at = ("Resources", violation.resource)
    given = stack.template.section("Resources").get(violation.resource)
    properties = given.get("Properties") if isinstance(given, dict) else None
    find = stack.template.positions.find
    lines: list[int | None] = (
        [find((*at, "Properties", name)).line for name in properties] if isinstance(properties, dict) else []
    )
    return violation.line != find(at).line and lines.count(violation.line) <= 1


def make_finding(violation: Violation, stack: Stack, severity: Severity, rules: str) -> Finding:
    """A rule's words as a finding of ours, with the id `RULES/RULE`."""
    path = ("Resources", violation.resource, *violation.path) if violation.resource else violation.place
    line = violation.line
    if line is None:
        line = stack.template.positions.find(as_written(stack, path)).line
    return Finding(
        check=f"{rules}/{violation.rule}",
        severity=severity,
        certainty=Certainty.PROVED if severity is Severity.BLOCKING else Certainty.POSSIBLE,
        stack=stack.name,
        resources=(violation.resource,) if violation.resource else (),
        where=stack.spot(violation.resource, line),
        message=": ".join(filter(None, (violation.resource, _property(violation), violation.message))),
        remedy=violation.remedy,
        code=violation.rule,
    )


def _property(violation: Violation) -> str:
    """The property that a rule judges, as "VpcConfig.SubnetIds.0"; what holds it, where the message names itself."""
    steps = [str(step) for step in violation.path[1:]] if violation.path[:1] == ("Properties",) else []
    last = next((at for at, step in reversed([*enumerate(steps)]) if not step.isdigit()), 0)
    told = bool(steps) and re.search(rf"\b{re.escape(steps[last])}\b", violation.message)
    return ".".join(steps[:last] if told else steps)
