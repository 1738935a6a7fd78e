"""Findings -> those that count and those that the template's author left out, each with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from stackflight.check.check import NOTE, Check
from stackflight.check.registry import every_check
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.ignore import Excuse, Ignore, IgnoredFinding
from stackflight.model.near import Suggestions
from stackflight.model.template import World
from stackflight.read.ignores import find_ignores

OTHERS = ("standard/", "preflight/")
"""How the ids of rules begin that others keep."""


WITHOUT_REASON = Check(
    "ignore-without-reason",
    found_when="a finding is ignored and no reason stands beside it",
    explains="`# stackflight: ignore CHECK because REASON` in YAML, or `Metadata: {stackflight: {ignore: [{check: CHECK, "
    "because: REASON}]}}` on the resource, leaves a finding out. It is left out without a reason as well, but "
    "whoever reads the template next should learn why.",
    may=(NOTE,),
)
WITHOUT_EFFECT = Check(
    "ignore-without-effect",
    found_when="an ignore meets no finding",
    explains="The check does not exist, or it finds nothing on this resource (any more). A comment speaks of what stands "
    "on its own line or, on a line of its own, of what stands on the next one: a resource, or one property of it.",
    may=(NOTE,),
)
ENDED = Check(
    "ignore-ended",
    found_when="the date has passed until which a finding was to be ignored",
    explains="`until` of an `[[ignore]]` in `stackflight.toml` is the last day on which it leaves its finding out. From the "
    "day after, the finding counts again, and this note says why.",
    may=(NOTE,),
)
ABOUT_IGNORES = (WITHOUT_REASON, ENDED, WITHOUT_EFFECT)
"""What is found here, after all checks."""


def read_ignores(world: World, excuses: Sequence[Excuse] = (), today: date = date.min) -> tuple[Ignore, ...]:
    """What the authors of all templates leave out, and what the project does by `excuses`."""
    own = (ignore for stack in world.stacks for ignore in find_ignores(stack))
    return (*own, *(ignore for excuse in excuses for ignore in _excuse(world, excuse, today)))


def _excuse(world: World, excuse: Excuse, today: date) -> Iterator[Ignore]:
    """The ignores that an excuse stands for, one for each resource that it names."""
    ended = excuse.until if excuse.until is not None and excuse.until < today else None
    for address, resource in world.resources.items():
        made_by = resource.construct is not None and f"{resource.construct}/".startswith(f"{excuse.resource}/")
        if made_by or excuse.resource in {address.id, f"{address.stack}/{address.id}"}:
            yield Ignore(
                excuse.check, excuse.because, address.stack, excuse.where, address.id,
                construct=excuse.resource, ended=ended,
            )  # fmt: skip


def apply_ignores(
    ignores: Sequence[Ignore], findings: Sequence[Finding], asked: Collection[str]
) -> tuple[list[Finding], list[IgnoredFinding]]:
    """The findings that count, notes on the ignores among them, and the ignored ones.

    `asked` are those of the `OTHERS` that were asked; an ignore of one that was not may be without effect.
    """
    if not ignores:
        return list(findings), []
    counted: list[Finding] = []
    left_out: list[IgnoredFinding] = []
    used: set[Ignore] = set()
    for finding in findings:
        covering = [ignore for ignore in ignores if ignore.covers(finding)]
        if covering:
            reason = next((ignore.because for ignore in covering if ignore.because), "")
            left_out.append(IgnoredFinding(finding, reason))
            used.update(covering)
        else:
            counted.append(finding)
    met = {(ignore.stack, ignore.construct, ignore.check) for ignore in used if ignore.construct}
    single = _once_for_each_construct(ignores)
    counted.extend(_without_reason(single))
    counted.extend(_ended(ignore) for ignore in single if ignore.ended)
    idle = (
        ignore
        for ignore in single
        if not (ignore.ended or ignore in used or ignore.quiet or (ignore.stack, ignore.construct, ignore.check) in met)
    )
    absent = tuple(set(OTHERS) - set(asked))
    near = Suggestions()
    counted.extend(_without_effect(ignore, near) for ignore in idle if not ignore.check.startswith(absent))
    return counted, left_out


def _once_for_each_construct(ignores: Iterable[Ignore]) -> list[Ignore]:
    """An ignore at a construct stands for all of its resources; of one that is to be spoken of the first is enough."""
    found: dict[object, Ignore] = {}
    for ignore in ignores:
        found.setdefault((ignore.stack, ignore.construct, ignore.check) if ignore.construct else ignore, ignore)
    return list(found.values())


def _without_reason(ignores: Iterable[Ignore]) -> Iterator[Finding]:
    for ignore in ignores:
        if not ignore.because and not ignore.quiet:
            yield _note(
                ignore,
                WITHOUT_REASON,
                f"{ignore.check or 'a check'} is ignored here, and nobody says why",
                "say it: # stackflight: ignore CHECK because REASON, or 'because' in the Metadata",
            )


def _ended(ignore: Ignore) -> Finding:
    return _note(
        ignore,
        ENDED,
        f"{ignore.check} was ignored at {ignore.construct} until {ignore.ended}, and counts again",
        "mend what was to be mended by then, or give a new date and the reason",
    )


def _without_effect(ignore: Ignore, suggestions: Suggestions) -> Finding:
    known = [check.id for check in (*every_check(), *ABOUT_IGNORES)]
    if not ignore.check:
        return _note(ignore, WITHOUT_EFFECT, "this ignore names no check", "name the check to be ignored")
    if ignore.check not in known and not ignore.check.startswith(OTHERS):
        near = suggestions.closest(ignore.check, known)
        remedy = f"write {near}" if near else "write the id that stands at the finding"
        return _note(ignore, WITHOUT_EFFECT, f"there is no check {ignore.check} to ignore", remedy)
    place = ignore.resource or "this place"
    return _note(
        ignore,
        WITHOUT_EFFECT,
        f"{ignore.check} finds nothing at {place} that could be ignored",
        "remove the ignore, or move it to the resource that the finding names first",
    )


def _note(ignore: Ignore, check: Check, message: str, remedy: str) -> Finding:
    return Finding(
        check=check.id,
        severity=Severity.NOTE,
        certainty=Certainty.PROVED,
        stack=ignore.stack,
        resources=(ignore.resource,) if ignore.resource else (),
        where=ignore.where,
        message=message,
        remedy=remedy,
    )
