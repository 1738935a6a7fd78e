"""Events of several stacks -> which stack is nested in which, and which are roots.

A nested stack is known by the ARN that its parent's event carries, by the name that CloudFormation gives it (`PARENT-ID-SUFFIX`), or
by the form `ROOT/ID` that the simulated cloud uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stackflight.model.event import STACK_TYPE, Event


def find_parents(events: Iterable[Event]) -> Mapping[str, str]:
    """The parent of each stack that has one among the events."""
    events = tuple(events)
    names = {event.stack for event in events if event.stack}
    parents: dict[str, str] = {name: name.rpartition("/")[0] for name in names if name.rpartition("/")[0] in names}
    holders = {
        (event.stack, event.resource, event.physical_id)
        for event in events
        if event.type == STACK_TYPE and event.resource != event.stack
    }
    for stack, resource, arn in holders:
        named = arn.split("/")[1] if arn.startswith("arn:") and "/" in arn else ""
        if named in names and named != stack:
            parents[named] = stack
            continue
        for name in names:
            if name != stack and name not in parents and _is_named_for(name, stack, resource):
                parents[name] = stack
    return parents


def root_of(stack: str, parents: Mapping[str, str]) -> str:
    """The outermost stack above one."""
    seen = set()
    while stack in parents and stack not in seen:
        seen.add(stack)
        stack = parents[stack]
    return stack


def _is_named_for(name: str, parent: str, resource: str) -> bool:
    """CloudFormation cuts long names, so the beginning has to do."""
    start = f"{parent}-{resource}-"
    return name.startswith(start) or (
        len(name) > 60 and name.startswith(parent + "-") and start.startswith(name.rsplit("-", 1)[0] + "-")
    )
