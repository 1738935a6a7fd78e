"""World -> findings on attributes that a resource does not have (facts/attributes.json).

What AWS publishes of a type may be newer than a table: what is read of a type whose attributes have long stayed the same is refused
for sure, and so is a slip of the pen; of others it may be that they have one more by now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.facts.load import read_table
from stackflight.model.finding import Finding
from stackflight.model.near import closest, is_slip
from stackflight.model.template import Path, Stack, Where, World
from stackflight.model.value import Address, Reference, Text, Value, references_in

ATTRIBUTE_NOT_GIVEN = Check(
    "attribute-not-given",
    found_when="Fn::GetAtt or Fn::Sub reads an attribute that the resource's type does not have",
    explains="CloudFormation refuses the template before it creates anything.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the type's attributes have not changed in AWS's schemas since 2024, and where a known attribute is "
    "misspelt; warning where the type has got new attributes since, of which this may be one",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-type-schemas.html",
    ),
    replaces=("F6101", "E9004"),
    says="Template error: resource NAME does not support attribute type ATTRIBUTE in Fn::GetAtt",
)


@finds(ATTRIBUTE_NOT_GIVEN)
def find_attributes_not_given(case: Case) -> Iterator[Finding]:
    """References to attributes that are not among those of the type, in resources and outputs."""
    for stack in case.world.stacks:
        if stack.template.rewritten:
            continue
        for resource in stack.resources.values():
            for wrong, at in _wrong(case.world, resource.properties):
                yield _finding(case, wrong, resource.address, at)
        for name, value in stack.outputs.items():
            for wrong, _ in _wrong(case.world, value):
                line = stack.template.positions.find(("Outputs", name, "Value")).line
                yield replace(_finding(case, wrong, None, ()), where=Where(stack.template.file, line))


def refusals_of(world: World, stack: Stack) -> Iterator[str]:
    """What CloudFormation says of the attributes in a stack that are wrong for sure."""
    values = [*(resource.properties for resource in stack.resources.values()), *stack.outputs.values()]
    for value in values:
        yield from (_says(wrong) for wrong, _ in _wrong(world, value) if _is_sure(world, wrong))


def _wrong(world: World, value: Value) -> Iterator[tuple[Reference, Path]]:
    """Each of them once, with the place where it stands first."""
    wrong = {item for item in references_in(value) if item.attribute != "Ref" and not _has(world, item)}
    found: dict[Reference, Path] = {}
    for reference, at in _read(value) if wrong else ():
        if reference in wrong:
            found.setdefault(reference, at)
    yield from found.items()


def _read(value: Value, at: Path = ()) -> Iterator[tuple[Reference, Path]]:
    """The references in what is decided, and where each stands."""
    if isinstance(value, Reference):
        yield value, at
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _read(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _read(inner, (*at, number))
    elif isinstance(value, Text):
        for part in value.parts:
            yield from _read(part, at)


def _has(world: World, reference: Reference) -> bool:
    """Whether the attribute is one of the type, or a part or the whole of one; True where nobody knows."""
    known, name = _attributes(world, reference), reference.attribute
    return not known or any(f"{name}.".startswith(f"{one}.") or one.startswith(f"{name}.") for one in known)


def _attributes(world: World, reference: Reference) -> list[str]:
    target = world.resources.get(reference.address)
    return _of_type(target.type) if target is not None else []


@cache
def _of_type(kind: str) -> list[str]:
    table = read_table("attributes")
    given: str = table["settled"].get(kind) or table["growing"].get(kind, "")
    return sorted(given.split(), key=lambda one: ("." in one, one))


def _is_sure(world: World, wrong: Reference) -> bool:
    """Whether the type has not got an attribute for long, or this one is but a slip of the pen."""
    settled = read_table("attributes")["settled"]
    return world.resources[wrong.address].type in settled or any(
        is_slip(wrong.attribute, one) for one in _attributes(world, wrong)
    )


def _says(wrong: Reference) -> str:
    return (
        f"Template error: resource {wrong.address.id} does not support attribute type {wrong.attribute} in Fn::GetAtt"
    )


def _finding(case: Case, wrong: Reference, user: Address | None, at: Path) -> Finding:
    target, name, given = wrong.address, wrong.attribute, _attributes(case.world, wrong)
    near, kind = closest(name, given), case.world.resources[target].type
    read = f"read {' or '.join(given)}" if len(given) < 4 else f"read an attribute that {kind} has"
    found = (refused if _is_sure(case.world, wrong) else doubtful)(
        case, ATTRIBUTE_NOT_GIVEN, [user or target, target],
        f"{user or 'an output'} reads the attribute {name} of {target}, which has {listed(given)}",
        f"did you mean {near}?" if near else read, at,
    )  # fmt: skip
    return replace(found, says=_says(wrong))
