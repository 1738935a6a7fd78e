"""The rows of facts/versions -> findings and questions: versions with which a service creates nothing any more.

A row names a `type`, the `path` of its version, `what` that is in words, the versions `offered` on the row's date and those
`gone`, each with the day since when it is refused where that is known; `if` is a condition, `instead` tells successors.
Where `begins` is true, a version that begins another one ("8.0", "16") stands for the service's choice among those. What is newer than the list may be
offered by now: that is a question, never silence.

What is gone was once created, and whoever runs it may well go on: without knowing what is deployed it is a warning. Where
that is known (--current), a resource that is new or changes its version is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check
from stackflight.check.outcome import doubtful, refused
from stackflight.check.pair import UpdateCase
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Question, Severity
from stackflight.model.template import Resource
from stackflight.model.value import known_text

TABLE = "versions"


class Standing(Enum):
    """What a list says of a version."""

    OFFERED, GONE, MISSPELT, MISSING, NEWER = auto(), auto(), auto(), auto(), auto()


def find_dead_versions(case: Case) -> Iterator[Finding]:
    """Versions that are gone, that never were, or that are written otherwise."""
    for row, resource, version in _versions(case):
        standing = stands(row, version)
        if standing in {Standing.GONE, Standing.MISSPELT, Standing.MISSING}:
            yield _finding(case, row, resource, version, standing)


def find_version_questions(case: Case) -> Iterator[Question]:
    """Versions that are newer than the list."""
    for row, resource, version in _versions(case):
        if stands(row, version) is Standing.NEWER:
            yield Question(
                f"whether {row['what']} {version} of {resource.address} is offered: the list of {row['date']} ends with "
                f"{max(row['offered'], key=_order)}",
                (resource.address.id,), (), resource.address.stack,
            )  # fmt: skip


def find_dead_versions_in_update(given: UpdateCase) -> Iterator[Finding]:
    """The same where what is deployed is known: what is new or changes its version is refused, the rest goes on."""
    case = given.case
    for row, resource, version in _versions(case):
        before = given.old.resources.get(resource.address)
        same = before is not None and known_text(before.get(*row["path"].split("."))) == version
        standing = stands(row, version)
        if standing in {Standing.GONE, Standing.MISSING} and not same:
            found = _finding(case, row, resource, version, standing)
            if standing is Standing.GONE and resource.exists is True:
                found = replace(found, severity=Severity.BLOCKING, certainty=Certainty.PROVED, says=_says(row, version))
            yield found if before is None else replace(found, phase=Phase.UPDATE)
        elif standing is Standing.MISSPELT:
            yield _finding(case, row, resource, version, standing)


def version_ids(case: Case) -> frozenset[str]:
    """The checks that are asked anew where what is deployed is known."""
    return frozenset(row["id"] for row in rows_for(TABLE, case.world.by_type))


def _versions(case: Case) -> Iterator[tuple[Row, Resource, str]]:
    for row in rows_for(TABLE, case.world.by_type):
        for resource in case.world.of_type(row["type"]):
            version = known_text(resource.get(*row["path"].split(".")))
            if version is not None and holds(row.get("if", {"all": []}), Scope.of(case, resource)) is True:
                yield row, resource, version


def stands(row: Row, version: str) -> Standing:
    """What the row's list says of a version."""
    offered: Sequence[str] = row["offered"]
    if version in row["gone"]:
        return Standing.GONE
    if version in offered or (row.get("begins") and any(one.startswith(f"{version}.") for one in offered)):
        return Standing.OFFERED
    if _twin(offered, version):
        return Standing.MISSPELT
    if not any(_family(one) == _family(version) and _order(one) >= _order(version) for one in offered):
        return Standing.NEWER
    return Standing.MISSING


def _twin(offered: Sequence[str], version: str) -> str:
    """The version that was meant where case or a closing `.x` alone differ."""
    return next((one for one in offered if one.lower() in {version.lower(), f"{version.lower()}.x"}), "")


def _family(version: str) -> str:
    return re.split(r"\d", version)[0].lower()


def _words(version: str) -> list[str]:
    """What is no number: 16.4-limitless is another edition than 16.4."""
    return re.findall(r"[a-z]+", version.lower())


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _finding(case: Case, row: Row, resource: Resource, version: str, standing: Standing) -> Finding:
    at = tuple(row["path"].split("."))
    subject = f"{resource.address} has {row['what']} {version}"
    if standing is Standing.MISSPELT:
        twin = _twin(row["offered"], version)
        return refused(
            case, _check(row), [resource.address], f"{subject}, which is written {twin}", f"write {twin}", at
        )
    since = row["gone"].get(version, "")
    if standing is Standing.MISSING:
        told = f"which is not among those offered on {row['date']}"
    else:
        told = f"with which nothing is created any more{f' since {since}' if since else ''} (list of {row['date']})"
    found = doubtful(
        case, _check(row), [resource.address], f"{subject}, {told}",
        f"use {row.get('instead', {}).get(version) or _newest(row, version)}", at,
        struck=resource.address, consequence=Consequence.FAILS,
    )  # fmt: skip
    return replace(found, says=_says(row, version))


def _says(row: Row, version: str) -> str:
    return str(row.get("text", "")).replace("{value}", version)


def _newest(row: Row, version: str) -> str:
    """The newest version of the same line, if there is one, and the newest of all."""
    family = [one for one in row["offered"] if _words(one) == _words(version)] or list(row["offered"])
    near = [one for one in family if _order(one)[:2] == _order(version)[:2]]
    near = near or [one for one in family if _order(one)[:1] == _order(version)[:1]]
    found = [max(some, key=_order) for some in (near, family) if some]
    return " or ".join(dict.fromkeys(found))


def version_checks() -> tuple[Check, ...]:
    """One check for each row, for the reference, `checks` and ignores."""
    return tuple(_check(row) for row in all_rows(TABLE))


def _check(row: Row) -> Check:
    return Check(
        row["id"],
        found_when=row["title"],
        explains=f"{row['what'][0].upper()}{row['what'][1:]}s are those of {row['date']}; a newer one is a question. With "
        "--current, a resource that is new or changes its version is refused.",
        may=(BLOCKING, WARNING),
        weighed="warning, since what runs already goes on; blocking for a new resource with --current, and where it is misspelt",
        says=row.get("text", "").replace("{value}", "VERSION"),
        sources=(row["source"],),
        replaces=_REPLACES.get(row["type"], ()),
    )


_REPLACES = {
    "AWS::Lambda::Function": ("E2531", "E2533", "W2531"),
    "AWS::RDS::DBInstance": ("E3062", "E9006"),
    "AWS::RDS::DBCluster": ("E9006",),
}
