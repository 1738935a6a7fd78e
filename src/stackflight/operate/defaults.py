"""Findings, and those on the same world without defaults -> findings: what a default alone proves does not block.

A template says with a default what happens where nobody says otherwise; whoever deploys it may. So what is proved by one
names the parameter and warns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stackflight.model.finding import BLOCKS, Certainty, Finding, Severity
from stackflight.model.template import Raw, Stack, World
from stackflight.patterns import compile_later

_MOST_NAMED = 3
_IN_TEXT = compile_later(r"\$\{([A-Za-z0-9]+)\}")


def weigh_defaults(world: World, findings: Sequence[Finding], bare: Sequence[Finding]) -> list[Finding]:
    """The findings; those that block and are not among the `bare` ones, which block without defaults, become warnings."""
    proved = {_key(finding) for finding in bare if finding.severity is Severity.BLOCKING}
    return [
        finding
        if finding.severity is not Severity.BLOCKING or _key(finding) in proved
        else _by_default(finding, world.stack(finding.stack))
        for finding in findings
    ]


def _key(finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    return finding.check, finding.stack, finding.resources[:1]


def _by_default(finding: Finding, stack: Stack) -> Finding:
    names = list(dict.fromkeys(_defaults_behind(finding, stack))) or sorted(stack.defaulted)
    shown = ", ".join(names[:_MOST_NAMED]) + (" and others" if len(names) > _MOST_NAMED else "")
    what = "the default of the parameter" if len(names) == 1 else "the defaults of the parameters"
    return replace(
        finding,
        severity=Severity.WARNING,
        certainty=Certainty.POSSIBLE,
        message=f"{finding.message} (by {what} {shown})",
        remedy=f"{finding.remedy}; or give another value: --param {names[0]}=VALUE" if names else finding.remedy,
    )


def _defaults_behind(finding: Finding, stack: Stack) -> Iterator[str]:
    """The parameters that nobody gave a value and to which the involved resources, or their conditions, refer."""
    written = stack.template.section("Resources")
    near = [name for id in _near_block(finding, stack) for name in _defaulted_in(written.get(id), stack)]
    yield from near or (name for id in finding.resources for name in _defaulted_in(written.get(id), stack))


def _near_block(finding: Finding, stack: Stack) -> Iterator[str]:
    """The parts of the network that a path breaks at: what it blames, and the rules, entries and routes that belong to it."""
    blamed = {address.id for hop in finding.path if hop.verdict == BLOCKS for address in hop.blame}
    for name, resource in stack.resources.items() if blamed else ():
        if resource.type in _PARTS and any(edge.target.id in blamed for edge in resource.edges):
            yield name


_PARTS = {
    "AWS::EC2::NetworkAclEntry", "AWS::EC2::Route", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::TransitGatewayRoute",
}  # fmt: skip


def _defaulted_in(body: Raw, stack: Stack) -> Iterator[str]:
    """The defaulted parameters that a part of the template names, those of its conditions among them."""
    conditions = stack.template.section("Conditions")
    todo: list[Raw] = [body]
    seen: set[str] = set()
    while todo:
        for name in _names_in(todo.pop(0)):
            if name in stack.defaulted:
                yield name
            elif name in conditions and name not in seen:
                seen.add(name)
                todo.append(conditions[name])


def _names_in(value: Raw) -> Iterator[str]:
    """Every name of a parameter or condition in a part of a template."""
    match value:
        case {"Fn::If": [str(name), *branches]}:
            yield name
            yield from _names_in(branches)
        case dict():
            for key, item in value.items():
                if key in {"Ref", "Condition"} and isinstance(item, str):
                    yield item
                elif key == "Fn::Sub":
                    yield from _IN_TEXT.findall(str(item[0] if isinstance(item, list) and item else item))
                    yield from _names_in(item)
                else:
                    yield from _names_in(item)
        case list():
            for item in value:
                yield from _names_in(item)
