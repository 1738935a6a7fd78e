"""World -> findings on exports of several stacks.

Source: CloudFormation User Guide (Outputs: export names must be unique within an account and Region).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, NOTE, WARNING, Check, finds
from stackflight.check.outcome import doubtful, noted, refused
from stackflight.model.finding import Consequence, Finding, Phase
from stackflight.model.identify import to_address
from stackflight.model.near import closest
from stackflight.model.template import Resource, Stack, Where
from stackflight.model.value import Address, Unknown, Value, unknowns_in

EXPORT_TAKEN_TWICE = Check(
    "export-taken-twice",
    found_when="two stacks export the same name",
    explains="Export names are unique in a Region of an account.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the stacks say that they go to one account and Region and no condition decides, else warning",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",),
)


@finds(EXPORT_TAKEN_TWICE)
def find_exports_taken_twice(case: Case) -> Iterator[Finding]:
    """Export names that two stacks of one Region and account give."""
    exported: dict[tuple[object, str], tuple[str, Value]] = {}
    for stack in case.world.stacks:
        home = (stack.environment.account, stack.environment.region)
        for export, value in stack.exports.items():
            owner, first = exported.setdefault((home, export), (stack.name, value))
            if owner == stack.name or "${" in export or not stack.resources:
                continue
            named = to_address(case.world, value)
            blamed = named if isinstance(named, Address) else next(iter(stack.resources.values())).address
            sure = None not in home and not isinstance(first, Unknown) and not isinstance(value, Unknown)
            found = (refused if sure else doubtful)(
                case, EXPORT_TAKEN_TWICE, [blamed],
                f"the stacks {owner} and {stack.name} both export {export}: Export with name {export} is already exported by "
                f"stack {owner}", "prefix the export with the stack's name", struck=blamed, consequence=Consequence.FAILS,
            )  # fmt: skip
            yield replace(found, where=_export_at(stack, value) or found.where)


def _export_at(stack: Stack, value: Value) -> Where | None:
    for id, output in stack.template.section("Outputs").items():
        if isinstance(output, dict) and "Export" in output and stack.outputs.get(id) == value:
            line = stack.template.positions.find(("Outputs", id, "Export")).line
            return Where(stack.template.file, line)
    return None


IMPORT_OF_NO_EXPORT = Check(
    "import-of-no-export",
    found_when="a stack imports a name that none of the stacks judged together exports",
    explains="It has to be exported by a stack that exists already. Asked where several stacks are judged at once; a name that is "
    "near to one of theirs is probably meant to be that.",
    may=(WARNING, NOTE),
    weighed="note; warning where an export of nearly that name is among them",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-importvalue.html",
    ),
)


@finds(IMPORT_OF_NO_EXPORT)
def find_imports_of_no_export(case: Case) -> Iterator[Finding]:
    """Names that are imported and exported by nobody here."""
    exported = [name for stack in case.world.stacks for name in stack.exports]
    if not exported or sum(stack.parent is None for stack in case.world.stacks) < 2:
        return
    for resource in case.resources.values():
        for name in dict.fromkeys(_imported(resource)):
            near = closest(name, exported, 0.8)
            yield (doubtful if near else noted)(
                case, IMPORT_OF_NO_EXPORT, [resource.address],
                f"{resource.address} imports {name}, which none of the stacks given exports: No export named {name} found, unless "
                "a stack that exists already exports it",
                f"did you mean {near}?" if near else "deploy the stack that exports it first, or give it as well",
                phase=Phase.CREATE,
            )  # fmt: skip


def _imported(resource: Resource) -> Iterator[str]:
    for unknown in unknowns_in(resource.properties):
        for decided in unknown.decided_by:
            name = decided.removeprefix(_EXPORT)
            if decided.startswith(_EXPORT) and "${" not in name:
                yield name


_EXPORT = "export "
