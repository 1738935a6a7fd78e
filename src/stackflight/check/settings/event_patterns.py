"""World -> findings on event patterns and filters that EventBridge, Pipes and Lambda refuse.

Sources: Amazon EventBridge User Guide (event patterns, comparison operators); AWS Lambda Developer Guide (event filtering).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, dig, known_text

_OPERATORS = {
    "anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard",
}  # fmt: skip

# Where a pattern stands: as a mapping, or as JSON in a list of filters.
_PATTERNS = ("AWS::Events::Rule", "AWS::Events::Archive")
_FILTERS = {
    "AWS::Pipes::Pipe": ("SourceParameters", "FilterCriteria", "Filters"),
    "AWS::Lambda::EventSourceMapping": ("FilterCriteria", "Filters"),
}

EVENT_PATTERN_REFUSED = Check(
    "event-pattern-refused",
    found_when="a pattern of events has a value that is no list, an empty list, or a comparison that there is not",
    explains="The service refuses the rule, archive, pipe or event source mapping. Parts that the templates do not determine are left alone.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
    ),
)


@finds(EVENT_PATTERN_REFUSED)
def find_refused_patterns(case: Case) -> Iterator[Finding]:
    """Patterns that are no patterns, each with the first thing that is wrong with it."""
    for owner, given, at in _patterns(case):
        loaded, wrong = _loaded(given)
        wrong = wrong or next(_defects(loaded, ""), "")
        if wrong:
            yield refused(
                case, EVENT_PATTERN_REFUSED, [owner.address], f"the pattern of {owner.address} is refused: {wrong}",
                "write each value as a list of what matches, and comparisons as EventBridge knows them", at,
                says=f"Event pattern is not valid. Reason: {wrong}",
            )  # fmt: skip


def _patterns(case: Case) -> Iterator[tuple[Resource, Value, At]]:
    for rule in case.world.of_type(*_PATTERNS):
        yield rule, rule.get("EventPattern"), ("EventPattern",)
    for kind, path in _FILTERS.items():
        for owner in case.world.of_type(kind):
            for index, item in enumerate(as_list(dig(owner.properties, *path))):
                yield owner, as_dict(item).get("Pattern"), (*path, index, "Pattern")


def _loaded(given: Value) -> tuple[Value, str]:
    """A pattern as a mapping; it may be given as JSON. What is not known is nothing, and nothing is wrong with it."""
    if not isinstance(given, str) or "{{" in given or "${" in given:
        return given, ""
    try:
        return json.loads(given), ""
    except (ValueError, RecursionError):
        return None, "it is no JSON"


def _defects(node: Value, name: str) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        path = f"{name}.{key}" if name else key
        if key == "$or":
            for item in as_list(value):
                yield from _defects(item, name)
        elif isinstance(value, dict):
            yield from _defects(value, path)
        elif isinstance(value, list):
            yield from _list_defects(value, path)
        elif value is not None and known_text(value) is not None and not key.startswith("Fn::"):
            yield f'"{path}" must be an object or an array'


def _list_defects(items: list[Value], path: str) -> Iterator[str]:
    if not items:
        yield f'"{path}" is an empty array, which matches nothing'
    for item in items:
        unknown = [
            key for key in as_dict(item) if key not in _OPERATORS and not key.startswith("Fn::") and key != "Ref"
        ]
        if unknown:
            yield f'"{path}" has the comparison {listed(unknown)}, which is none of {listed(sorted(_OPERATORS), limit=9)}'
