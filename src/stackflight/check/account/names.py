"""World -> findings on physical names: taken twice, left behind by a first attempt, too long.

Sources: the naming rules in the API references of the services; CloudFormation User Guide (DeletionPolicy).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.facts.names import Name, known_names
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Text, Unknown, Value, known_text, render

# The least that a pseudo parameter adds to a name. Account ids have 12 digits, the shortest Region name 9 characters.
_LEAST = {"AWS::AccountId": 12, "AWS::Region": 9, "AWS::Partition": 3, "AWS::StackName": 1}


def _named(case: Case) -> Iterator[tuple[Resource, Name, Value]]:
    for kind, name in known_names().items():
        for resource in case.world.of_type(kind):
            value = resource.get(name.property)
            if value is not None:
                yield resource, name, value


def _decided(value: Value) -> bool:
    """Whether two equal values of this kind are one name at deployment: no generated id in it."""
    if isinstance(value, Text):
        return all(
            isinstance(part, str) or (isinstance(part, Unknown) and _same_everywhere(part)) for part in value.parts
        )
    return isinstance(value, str)


def _same_everywhere(part: Unknown) -> bool:
    return part.why in _LEAST or bool(part.parameter)


# Names of IAM belong to the account, not to a Region, and differ by more than case. Source: IAM User Guide (quotas).
_EVERY_REGION = "AWS::IAM::"
_CASELESS = ("AWS::IAM::", "AWS::RDS::", "AWS::DocDB::")


NAME_TAKEN_TWICE = Check(
    "name-taken-twice",
    found_when="two resources of one type have the same physical name",
    explains="The second one is refused. Names are compared with their unknown parts, within one stack or in stacks of one account and "
    "Region; those of IAM in all Regions and whatever their case.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for stacks that do not say where they go; silent where a condition decides which of them exists",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
    ),
    replaces=("E3019",),
)


@finds(NAME_TAKEN_TWICE)
def find_names_taken_twice(case: Case) -> Iterator[Finding]:
    """Two resources of one type and place with one name."""
    seen: dict[tuple[object, ...], Address] = {}
    literals: dict[tuple[object, ...], Address] = {}
    for resource, name, value in _named(case):
        scope = render(resource.get(name.parent())) if name.parent() else ""
        if not name.stands_alone(scope) or not _decided(value) or resource.exists is not True:
            continue
        given = case.world.stack(resource.address.stack).environment
        home = (given.account, "" if resource.type.startswith(_EVERY_REGION) else given.region)
        place = home if isinstance(value, str) and None not in home else resource.address.stack
        text = render(value).lower() if resource.type.startswith(_CASELESS) else render(value)
        other = seen.setdefault((resource.type, place, scope, text), resource.address)
        apart = other.stack != resource.address.stack
        pair = (
            f"{resource.address} of {resource.address.stack} and {other} of {other.stack}"
            if apart
            else f"{resource.address} and {other}"
        )
        message = f"{pair} are both named {render(value)}: the second one already exists"
        remedy = f"drop {name.property} and let CloudFormation choose, or give each a name of its own"
        if other != resource.address:
            yield refused(case, NAME_TAKEN_TWICE, [resource.address, other], message, remedy, (name.property,))
        elif isinstance(value, str) and None in home and "${" not in scope:
            other = literals.setdefault((resource.type, home, scope, text), resource.address)
            if other.stack != resource.address.stack:
                yield doubtful(
                    case, NAME_TAKEN_TWICE, [resource.address, other],
                    f"{resource.address} of {resource.address.stack} and {other} of {other.stack} are both named {render(value)}: the "
                    "second one already exists, if the stacks go to one account and Region", remedy, (name.property,),
                )  # fmt: skip


RETAINED_NAME_BLOCKS_RETRY = Check(
    "retained-name-blocks-retry",
    found_when="a retained resource has a fixed physical name",
    explains="A create that rolls back keeps it, and so does a deleted stack; the next attempt collides with it.",
    may=(WARNING,),
    weighed="the first attempt may succeed",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
    ),
    example="del-retain-fixed-name",
)


@finds(RETAINED_NAME_BLOCKS_RETRY)
def find_names_left_behind(case: Case) -> Iterator[Finding]:
    """Names that a failed or deleted stack keeps from the next attempt."""
    for resource, name, value in _named(case):
        kept = known_text(resource.attributes.get("DeletionPolicy")) == "Retain"
        if not kept or not _decided(value) or not name.unique:
            continue
        if not isinstance(value, str) and any(bool(part.parameter) for part in _unknown_parts(value)):
            continue
        yield doubtful(
            case, RETAINED_NAME_BLOCKS_RETRY, [resource.address],
            f"{resource.address} is retained and has the fixed name {render(value)}: when the first attempt rolls back it stays, "
            "and the second one fails because the name already exists",
            f"drop {name.property}, or set DeletionPolicy: RetainExceptOnCreate", (name.property,), phase=Phase.CREATE,
        )  # fmt: skip


def _unknown_parts(value: Value) -> list[Unknown]:
    return [part for part in value.parts if isinstance(part, Unknown)] if isinstance(value, Text) else []


def least_length(value: Value) -> int | None:
    """How long a name is at least; None where it is not known at all."""
    if isinstance(value, str):
        return None if "{{resolve:" in value else len(value)
    if not isinstance(value, Text):
        return None
    total = 0
    for part in value.parts:
        if isinstance(part, str):
            if "{{resolve:" in part:
                return None
            total += len(part)
        elif isinstance(part, Unknown):
            total += _LEAST.get(part.why, 0)
        elif isinstance(part, Reference):
            total += 0
    return total


NAME_TOO_LONG = Check(
    "name-too-long",
    found_when="a physical name is longer than the service takes",
    explains="The known parts and the least that pseudo parameters add are counted.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",),
)


@finds(NAME_TOO_LONG)
def find_long_names(case: Case) -> Iterator[Finding]:
    """Names that are too long, whatever the unknown parts are."""
    for resource, name, value in _named(case):
        length = least_length(value)
        if length is not None and length > name.longest:
            yield refused(
                case, NAME_TOO_LONG, [resource.address],
                f"the name {render(value)} of {resource.address} has at least {length} characters and may have {name.longest}",
                f"shorten {name.property}, or leave it out", (name.property,),
            )  # fmt: skip
