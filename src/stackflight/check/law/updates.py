"""The rows of facts/updates -> findings: changes that a service refuses in place, or answers by a new resource.

A row names a `type` and one way to compare its properties:

    {"differs": [P …]}                              one of these properties has another value
    {"list": P, "key": K, "differs": [Q …]}         an item of a list, known by its K, has another Q
    {"list": P, "key": K, "gone": true}             an item of a list is no longer there
    {"list": P, "key": K, "come": C}                an item of a list is new, and fulfils a condition
    {"list": P, "key": K, "more_than": N}           more than N items come or go in one update
    {"falls": P}                                    a number falls
    {"grows": P, "percent": N}                      a number grows by less than so many percent
    {"steps": P}                                    a version "A.B" changes by anything but B one up
    {"older": P}                                    a version goes back
    {"major": P, "parts": N}                        a version changes in its first N numbers
    {"leaps": P, "factor": N}                       a number grows or falls by more than a factor
    {"holds": [P …], "same": [Q …]}                 see holdings.py

Sentences may name the items of the list that strike: `{items}`. `if` and `if_old` are conditions on the new and the old resource. `answer` is "refused", or "replaced": the service makes a
new, empty resource, which CloudFormation refuses where a name of its own stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check
from stackflight.check.law.holdings import find_holdings
from stackflight.check.outcome import doubtful, refused
from stackflight.check.pair import NAMED, Update, UpdateCase
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Unknown, Value, as_dict, as_list, dig, known_int, known_text, unknowns_in

TABLE = "updates"


def find_refused_updates(update_case: UpdateCase) -> Iterator[Finding]:
    """Changes to resources that stay in the stack, and what comes in the place of what still is there."""
    yield from find_holdings(update_case, TABLE, {check.id: check for check in update_checks()})
    case = update_case.case
    for update in update_case.updates:
        for row in rows_for(TABLE, {resource.type for resource in update.after.resources.values()}):
            for old, new in update.kept(row["type"]):
                if "holds" not in row and not update.replaced(new.address.id) and _strikes(case, update, row, old, new):
                    yield _finding(case, row, old, new)


def _strikes(case: Case, update: Update, row: Row, old: Resource, new: Resource) -> bool:
    if "if" in row and holds(row["if"], Scope.of(case, new)) is not True:
        return False
    if "if_old" in row and holds(row["if_old"], Scope.of(case, old)) is not True:
        return False
    if "falls" in row:
        before, after = known_int(old.get(*row["falls"].split("."))), known_int(new.get(*row["falls"].split(".")))
        return before is not None and after is not None and after < before
    if "grows" in row:
        before, after = known_int(old.get(*row["grows"].split("."))), known_int(new.get(*row["grows"].split(".")))
        return before is not None and after is not None and before < after < before * (1 + row["percent"] / 100)
    versions = next((key for key in _VERSIONS if key in row), None)
    if versions is not None:
        return _VERSIONS[versions](row, old.get(*row[versions].split(".")), new.get(*row[versions].split(".")))
    if "leaps" in row:
        before, after = known_int(old.get(*row["leaps"].split("."))), known_int(new.get(*row["leaps"].split(".")))
        factor = int(row["factor"])
        return bool(before and after and (after > before * factor or after * factor < before))
    if "list" not in row:
        return any(
            _differs(old.properties, new.properties, path) or _made_anew(update, new.get(*path.split(".")))
            for path in row["differs"]
        )
    return bool(_struck_items(case, row, old, new))


def _struck_items(case: Case, row: Row, old: Resource, new: Resource) -> list[str]:
    """The keys of a list's items that come, go or change as the row says; none where it asks for no list."""
    before, after = _items(old, row), _items(new, row)
    if before is None or after is None:
        return []
    gone, new_ones = [key for key in before if key not in after], [key for key in after if key not in before]
    if "gone" in row:
        return gone
    if "come" in row:
        return [key for key in new_ones if holds(row["come"], Scope(case, new, after[key])) is True]
    if "more_than" in row:
        moved = gone + new_ones
        return moved if len(moved) > int(row["more_than"]) else []
    return [
        key
        for key in before
        if key in after and any(_differs(before[key], after[key], path) for path in row["differs"])
    ]


def _made_anew(update: Update, value: Value) -> bool:
    """Whether a value names a resource that the update surely makes anew, so that it changes though it reads the same."""
    return isinstance(value, Reference) and update.replaced(value.address.id)


def _steps(_: Row, old: Value, new: Value) -> bool:
    """Whether a version goes back or leaves a minor version out."""
    numbers = [_version(known_text(value) or "") for value in (old, new)]
    if None in numbers:
        return False
    (major, minor), (next_major, next_minor) = (number for number in numbers if number is not None)
    return (next_major, next_minor) not in {(major, minor), (major, minor + 1)}


def _older(_: Row, old: Value, new: Value) -> bool:
    before, after = _numbers(old), _numbers(new)
    shared = min(len(before), len(after))
    return shared > 0 and after[:shared] < before[:shared]


def _major(row: Row, old: Value, new: Value) -> bool:
    before, after, parts = _numbers(old), _numbers(new), int(row["parts"])
    return min(len(before), len(after)) >= parts and after[:parts] > before[:parts]


def _numbers(version: Value) -> list[int]:
    """ "16.4", "OpenSearch_2.17" or "3.8.x" -> its leading numbers."""
    text = (known_text(version) or "").rpartition("_")[2]
    return [int(part) for part in takewhile(str.isdecimal, text.split("."))]


_VERSIONS = {"steps": _steps, "older": _older, "major": _major}


def _version(text: str) -> tuple[int, int] | None:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


def _items(resource: Resource, row: Row) -> dict[str, Value] | None:
    """The items of a list by their key; None where one of them is not known, or the row asks for no list."""
    if "list" not in row:
        return None
    given = resource.get(*row["list"].split("."))
    if isinstance(given, Unknown):
        return None
    found: dict[str, Value] = {}
    for item in as_list(given):
        key = known_text(as_dict(item).get(row["key"]))
        if key is None:
            return None
        found[key] = item
    return found


def _differs(old: Value, new: Value, path: str) -> bool:
    before, after = dig(old, *path.split(".")), dig(new, *path.split("."))
    return before != after and not unknowns_in(before) and not unknowns_in(after)


def _finding(case: Case, row: Row, old: Resource, new: Resource) -> Finding:
    scope = Scope.of(case, new)
    given = {"items": listed(_struck_items(case, row, old, new), limit=4) if "list" in row else ""}
    message, remedy = worded(row["message"], scope, **given), worded(row["fix"], scope, **given)
    at = tuple(row["at"].split("."))
    if row["answer"] == "refused":
        return refused(case, _check(row), [new.address], message, remedy, at, phase=Phase.UPDATE)
    name = next((text for path in row.get("names", ()) if (text := known_text(new.get(path)))), None)
    if name is not None:
        says = NAMED.format(name=name)
        return refused(
            case, _check(row), [new.address], f"{message}, and its name {name} is taken by the old one", remedy, at,
            says=says, phase=Phase.UPDATE,
        )  # fmt: skip
    return doubtful(
        case, _check(row), [new.address], f"{message}, and the new one is empty", remedy, at, phase=Phase.UPDATE
    )


def update_checks() -> tuple[Check, ...]:
    """One check for each row, for the reference, `checks` and ignores."""
    return tuple(_check(row) for row in all_rows(TABLE))


def _check(row: Row) -> Check:
    refused_in_place = row["answer"] == "refused"
    return Check(
        row["id"],
        found_when=row["title"],
        explains="Asked with --current.",
        may=(BLOCKING, WARNING),
        weighed=""
        if refused_in_place
        else "the setting is gone after the update"
        if row["answer"] == "lost"
        else "blocking where the resource has a name of its own, else warning",
        says=row.get("text", ""),
        sources=(row["source"],),
    )
