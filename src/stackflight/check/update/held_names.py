"""Changes of a change set -> findings: a new resource wants the name that the old one still bears.

CloudFormation makes what is new before it deletes what is old. A name need not stand alone: an add-on's belongs to its
cluster, a recipe's to its version, and some services take a name as often as it is given. What makes a resource one of its
kind is the identifier of its type's schema, or stands in facts/names.json.

Sources: CloudFormation User Guide, name type; update behaviours of stack resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.check.pair import NAMED, Update, UpdateCase
from stackflight.facts.load import rows_for
from stackflight.facts.names import known_names
from stackflight.facts.types import type_facts
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import known_text, references_in, render

NAMED_RESOURCE_REPLACED = Check(
    "named-resource-replaced",
    found_when="an update replaces a resource that has a name of its own",
    explains="CloudFormation makes the new resource before it deletes the old one, and both would have one name. Asked with --current.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the name is known to be taken once; else warning",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    ),
)


@finds(NAMED_RESOURCE_REPLACED, asked=False)
def find_held_names(given: UpdateCase) -> Iterator[Finding]:
    """Names of new resources that old ones bear until they are deleted."""
    for update in given.updates:
        yield from _replaced(given.case, update)
        yield from _taken_over(given.case, update)


class _Name(NamedTuple):
    """The name that a template gives, the properties within which it stands alone, and whether that is known."""

    text: str
    within: tuple[str, ...]
    sure: bool


def _replaced(case: Case, update: Update) -> Iterator[Finding]:
    for old, new in update.kept():
        name = _name_of(new)
        if name is not None and update.replaced(new.address.id) and _wants_the_same(update, name, old, new):
            reasons = listed(update.changes[new.address.id].properties)
            yield _finding(
                case, name, new, NAMED.format(name=name.text),
                f"a change of {reasons} makes a new {new.address}, which would bear the name {name.text} that the old one still has",
                f"rename {new.address} in the same update, or leave the name to CloudFormation",
            )  # fmt: skip


def _taken_over(case: Case, update: Update) -> Iterator[Finding]:
    gone = [item for id, item in update.before.resources.items() if id not in update.after.resources]
    for id, new in update.after.resources.items():
        name = _name_of(new)
        if name is None or id in update.before.resources:
            continue
        for old in gone:
            if old.type == new.type and _wants_the_same(update, name, old, new):
                yield _finding(
                    case, name, new, f"{name.text} already exists",
                    f"{id} takes the name {name.text} over from {old.address.id}, which this update deletes only after it has made {id}",
                    f"keep the logical id {old.address.id}, or rename {id}",
                )  # fmt: skip


def _finding(case: Case, name: _Name, new: Resource, says: str, message: str, remedy: str) -> Finding:
    if name.sure:
        return refused(case, NAMED_RESOURCE_REPLACED, [new.address], message, remedy, says=says, phase=Phase.UPDATE)
    doubt = f"{message}, and the service may take it once only"
    return doubtful(case, NAMED_RESOURCE_REPLACED, [new.address], doubt, remedy, phase=Phase.UPDATE)


def _name_of(resource: Resource) -> _Name | None:
    """The name of its own that a resource has; none where it stands for nothing, or a row says what the type holds."""
    if any("holds" in row and row["type"] == resource.type for row in rows_for("updates", [resource.type])):
        return None
    kind, facts = resource.type.rpartition("::")[2], type_facts(resource.type)
    known = known_names().get(resource.type)
    keys = (known.property,) if known else (f"{kind}Name", "Name", *filter(None, [facts.name]))
    key, text = next(((key, text) for key in keys if (text := known_text(resource.get(key)))), ("", None))
    if text is None or (known and not known.stands_alone(render(resource.get(known.parent())))):
        return None
    if known:
        return _Name(text, (known.parent(),) if known.parent() else (), sure=True)
    return _Name(text, tuple(item for item in facts.identity if item != key), sure=key in facts.identity)


def _wants_the_same(update: Update, name: _Name, old: Resource, new: Resource) -> bool:
    """Whether both have the name, and nothing within which it stands alone changes or is made anew."""
    mine = _name_of(old)
    return mine is not None and mine.text == name.text and not any(
        old.get(path) != new.get(path) or any(update.replaced(one.address.id) for one in references_in(new.get(path)))
        for path in name.within if "." not in path
    )  # fmt: skip
