"""World -> findings on resource types that CloudFormation does not have, and on properties that their schemas demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.facts.load import read_table
from stackflight.model.finding import Consequence, Finding
from stackflight.model.near import closest
from stackflight.model.template import Stack

_SAM = "AWS::Serverless::"
_PACKAGED = {"Code", "Content"}
"""What packaging tools fill in before the deployment."""


def _transformed(stack: Stack) -> bool:
    """Whether a macro may change the template before CloudFormation reads it."""
    return stack.template.rewritten or "Fn::Transform" in str(stack.template.body.get("Resources"))


UNKNOWN_RESOURCE_TYPE = Check(
    "unknown-resource-type",
    found_when="a resource has a type that CloudFormation does not know",
    explains="Types are compared with the schemas published by the day of the table. Templates with macros are silent.",
    may=(BLOCKING, WARNING),
    weighed="warning, since AWS adds types; blocking for AWS::Serverless types without their transform",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html",),
    replaces=("F3006",),
    example="par-unknown-type",
)


@finds(UNKNOWN_RESOURCE_TYPE)
def find_unknown_types(case: Case) -> Iterator[Finding]:
    """Types without a schema."""
    for stack in case.world.stacks:
        strange = [item for item in stack.resources.values() if not _is_published(item.type)]
        for resource in strange if strange and not _transformed(stack) else ():
            kind = resource.type
            if any(f"template of {resource.address.id}" in one.decided_by for one in stack.template.unread):
                continue  # an application of the repository, which the transform makes a stack of
            text = f"Template format error: Unrecognized resource types: [{kind}]"
            if kind.startswith(_SAM):
                yield refused(
                    case, UNKNOWN_RESOURCE_TYPE, [resource.address],
                    f"{resource.address} has the type {kind}, which the transform AWS::Serverless-2016-10-31 expands, and the "
                    f"template does not name the transform: {text}", "add Transform: AWS::Serverless-2016-10-31",
                )  # fmt: skip
            elif kind.startswith("AWS::") and not kind.endswith("::MODULE"):
                near = _near(kind)
                yield doubtful(
                    case, UNKNOWN_RESOURCE_TYPE, [resource.address],
                    f"{resource.address} has the type {kind}, which is not among the resource types of {read_table('resource_types')['date']}: {text}",
                    f"use {near}" if near else "use a type of the CloudFormation resource reference, or a custom resource",
                    struck=resource.address, consequence=Consequence.FAILS,
                )  # fmt: skip


def _published() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = read_table("resource_types")["types"]
    return found


@cache
def _is_published(kind: str) -> bool:
    service, _, name = kind.rpartition("::")
    return name in _published().get(service, ()) and not kind.startswith(_SAM)


def _near(kind: str) -> str:
    service, _, name = kind.rpartition("::")
    found = closest(name, _published().get(service, ()), 0.75)
    if found:
        return f"{service}::{found}"
    other = closest(service, [known for known, names in _published().items() if name in names], 0.8)
    return f"{other}::{name}" if other else ""


REQUIRED_PROPERTY_MISSING = Check(
    "required-property-missing",
    found_when="a resource lacks a property that its schema demands",
    explains="Common types only; the standard rules know all of them. Whatever a macro may add is silent.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html",),
    example="par-cloudtrail-no-islogging",
)


@finds(REQUIRED_PROPERTY_MISSING)
def find_missing_properties(case: Case) -> Iterator[Finding]:
    """Properties without which CloudFormation refuses the resource."""
    required = read_table("required_properties")["types"]
    for stack in case.world.stacks:
        raw = stack.template.section("Resources")
        for resource in stack.resources.values():
            demanded = required.get(resource.type, ())
            given = raw.get(resource.address.id)
            written = given.get("Properties", {}) if isinstance(given, dict) else None
            if not demanded or not isinstance(written, dict) or any(str(key).startswith("Fn::") for key in written):
                continue
            missing = [name for name in demanded if resource.properties.get(name) is None and name not in _PACKAGED]
            if missing and not _transformed(stack):
                yield refused(
                    case, REQUIRED_PROPERTY_MISSING, [resource.address],
                    f"{resource.address} has no {listed(missing)}: Property {missing[0]} is required",
                    f"add {listed(missing)}",
                )  # fmt: skip
