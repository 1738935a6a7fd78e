"""Two values, or a value and an operand of a fact -> True, False or None (the templates leave it open)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from stackflight.model.value import Reference, Text, Unknown, Value, as_list, known_int, known_text, render

Answer: TypeAlias = bool | None

ABSENT = "AWS::NoValue"
_MANY = 1_000_000


def all_of(answers: Iterable[Answer]) -> Answer:
    """Stops at the first that is False."""
    return _until(False, answers)


def any_of(answers: Iterable[Answer]) -> Answer:
    """Stops at the first that is True."""
    return _until(True, answers)


def _until(decisive: bool, answers: Iterable[Answer]) -> Answer:
    """The decisive answer where one gives it, its contrary where all give that."""
    open_one = False
    for answer in answers:
        if answer is decisive:
            return decisive
        open_one = open_one or answer is None
    return None if open_one else not decisive


def negated(answer: Answer) -> Answer:
    return None if answer is None else not answer


def present(value: Value) -> Answer:
    if not isinstance(value, Unknown) or not value.candidates:
        return True
    kinds = {is_there(candidate) for candidate in value.candidates}
    return kinds.pop() if len(kinds) == 1 else None


def is_there(value: Value) -> bool:
    return value is not None and not (isinstance(value, Reference) and value.address.id == ABSENT)


def size(value: Value, compare: Callable[[float, float], bool], operand: int) -> Answer:
    """How many items a list has. One that is not known may be several: "a,b" in one text, or a list inside the list."""
    if not isinstance(value, list) or not all(present(item) for item in value):
        return None
    most = _MANY if any(isinstance(item, Unknown) for item in value) else len(value)
    answers = {compare(len(value), operand), compare(most, operand)}
    return answers.pop() if len(answers) == 1 else None


def compare(operator: str, operand: Any, value: Value) -> Answer:
    if isinstance(value, Unknown):
        answers = {
            compare(operator, operand, candidate) if is_there(candidate) else False for candidate in value.candidates
        }
        return answers.pop() if len(answers) == 1 else None
    if operator in NUMBERS:
        number = _number(value)
        return NUMBERS[operator](number, operand) if number is not None else None
    text = known_text(value)
    if text is not None:
        return _TEXTS[operator](text, operand)
    if isinstance(value, Text) and operator in {"starts", "ends", "is", "in"}:
        return _partly(operator, operand, value)
    if isinstance(value, Text) and operator == "contains":
        return True if any(isinstance(part, str) and operand in part for part in value.parts) else None
    if isinstance(value, (dict, list)) and operator in {"contains", "bytes_gt"}:
        return _TEXTS[operator](json.dumps(_plain(value)), operand)
    return None


def _partly(operator: str, operand: Any, value: Text) -> Answer:
    """What the known beginning or end of a text rules out or decides."""
    first, last = value.parts[0], value.parts[-1]
    if operator == "starts" and isinstance(first, str):
        return True if first.startswith(operand) else None if operand.startswith(first) else False
    if operator == "ends" and isinstance(last, str):
        return True if last.endswith(operand) else None if operand.endswith(last) else False
    options = [str(item) for item in as_list(operand)]
    if operator in {"is", "in"} and isinstance(first, str) and not any(item.startswith(first) for item in options):
        return False
    return None


def _plain(value: Value) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else render(value)


def same(value: Value, other: Value) -> Answer:
    if isinstance(value, Unknown) or isinstance(other, Unknown):
        return None
    if isinstance(value, Reference) or isinstance(other, Reference):
        return True if value == other else None
    first, second = known_text(value), known_text(other)
    return first == second if first is not None and second is not None else None


def _number(value: Value) -> float | None:
    whole = known_int(value)
    if whole is not None:
        return float(whole)
    text = known_text(value)
    return float(text) if text is not None and re.fullmatch(r"-?\d+(\.\d+)?", text.strip()) else None


def _less(value: Value, other: Value) -> Answer:
    first, second = _number(value), _number(other)
    return first < second if first is not None and second is not None else None


def _not_less(value: Value, other: Value) -> Answer:
    return negated(_less(value, other))


def names_role(value: Value, name: Value) -> Answer:
    text, wanted = render(value), known_text(name)
    return text.endswith(f":role/{wanted}") if wanted and not isinstance(value, (Unknown, Reference)) else None


def repeats(values: list[Value]) -> Answer:
    """Whether two of the values are the same: the same text, or the same attribute of the same resource."""
    keys = [known_text(value) or (value if isinstance(value, Reference) else None) for value in values]
    known = [key for key in keys if key is not None]
    return True if len(known) > len(set(known)) else False if len(known) == len(keys) else None


def lacks(values: list[Value], others: list[Value]) -> Answer:
    """Whether one of the values is none of the others, of which all are known."""
    offered = [known_text(value) for value in others]
    if None in offered:
        return None
    return any_of(None if (text := known_text(value)) is None else text not in offered for value in values)


def _uneven(value: Value, other: Value) -> Answer:
    """Whether a number cannot be divided by the length of a list."""
    number = known_int(value)
    if number is None or not isinstance(other, list) or not other or not all(present(item) for item in other):
        return None
    if len(other) == 1 and isinstance(other[0], Unknown):
        return None
    return number % len(other) != 0


PAIRS: dict[str, Callable[[Value, Value], Answer]] = {
    "same_as": same,
    "less_than": _less,
    "not_less_than": _not_less,
    "names_role": names_role,
    "uneven_over": _uneven,
}

NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "multiple_of": lambda value, unit: value % unit == 0,
}


def _is_json(text: str) -> bool:
    """Whether a text is JSON; one with dynamic references in it may be."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "{{" in text
    return True


_TEXTS: dict[str, Callable[[str, Any], bool]] = {
    "is": lambda text, wanted: text == (known_text(wanted) if not isinstance(wanted, str) else wanted),
    "in": lambda text, wanted: text in {known_text(item) for item in wanted},
    "matches": lambda text, pattern: re.fullmatch(pattern, text, re.DOTALL) is not None,
    "starts": lambda text, start: text.startswith(start),
    "ends": lambda text, end: text.endswith(end),
    "contains": lambda text, part: part in text,
    "length_gt": lambda text, limit: len(text) > limit,
    "bytes_gt": lambda text, limit: len(text.encode()) > limit,
    "json": lambda text, wanted: _is_json(text) is wanted,
}


def covers(policy: Value, name: Value) -> Answer:
    """Whether a policy of OpenSearch Serverless names a collection, by its name or by a pattern."""
    text, wanted = known_text(policy), known_text(name)
    if text is None or wanted is None:
        return None
    return any(fnmatchcase(wanted, pattern) for pattern in re.findall(r"collection/([\w*-]+)", text))
