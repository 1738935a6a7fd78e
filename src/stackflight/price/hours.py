"""World -> which part of the month each resource is up, as scheduled actions and stopping schedules of its templates say.

What is stopped is not paid by the hour. A schedule that cannot be read leaves its resource up all month.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.template import World
from stackflight.model.value import Address, Value, as_list, dig, known_int, known_text, references_in
from stackflight.patterns import compile_later
from stackflight.records import dataclass

_WEEK = 7 * 24 * 60
_DAY = 24 * 60
_NAMES = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_SPAN = compile_later(r"(?P<first>[A-Z]{3}|\d)(-(?P<last>[A-Z]{3}|\d))?")
_ANY = {"*", "?"}
# Source: EventBridge Scheduler User Guide, universal targets.
_ACTION = compile_later(r"arn:[^:]+:scheduler:::aws-sdk:[a-z0-9]+:(?P<verb>start|stop)(Instances|DBInstance|DBCluster)")
_MEMBERS = ("AWS::RDS::DBInstance", "AWS::DocDB::DBInstance", "AWS::Neptune::DBInstance")


@dataclass(frozen=True, slots=True)
class _Switch:
    """A minute of the week, counted from Sunday, at which a resource is started or stopped."""

    minute: int
    up: bool


def find_shares(world: World) -> dict[Address, Decimal]:
    """The part of the month that resources with a schedule are up, 1 for all others, which are left out."""
    switches: dict[Address, list[_Switch]] = defaultdict(list)
    for address, switch in _find_switches(world):
        switches[address].append(switch)
    shares = {address: _share(found) for address, found in switches.items()}
    for member in world.of_type(*_MEMBERS):
        for reference in references_in(member.get("DBClusterIdentifier")):
            if reference.address in shares:
                shares[member.address] = shares[reference.address]
    return shares


def _share(switches: list[_Switch]) -> Decimal:
    """The minutes up in a week; whoever is only stopped is started again by hand, so that nothing can be said."""
    if len({switch.up for switch in switches}) < 2:
        return Decimal(1)
    ordered = sorted(switches, key=lambda one: one.minute)
    ends = [one.minute for one in ordered[1:]] + [ordered[0].minute + _WEEK]
    return Decimal(sum(end - one.minute for one, end in zip(ordered, ends, strict=True) if one.up)) / _WEEK


def _find_switches(world: World) -> Iterator[tuple[Address, _Switch]]:
    for target in world.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        for given in as_list(target.get("ScheduledActions")):
            most = known_int(dig(given, "ScalableTargetAction", "MaxCapacity"))
            yield from _each(target.get("ResourceId"), dig(given, "Schedule"), None if most is None else most > 0)
    for action in world.of_type("AWS::AutoScaling::ScheduledAction"):
        size = known_int(action.get("DesiredCapacity"))
        size = known_int(action.get("MinSize")) if size is None else size
        yield from _each(
            action.get("AutoScalingGroupName"), action.get("Recurrence"), None if size is None else size > 0
        )
    for schedule in world.of_type("AWS::Scheduler::Schedule"):
        if schedule.get("State") == "DISABLED":
            continue
        match = _ACTION.fullmatch(known_text(schedule.get("Target", "Arn")) or "")
        up = match["verb"] == "start" if match else None
        yield from _each(schedule.get("Target", "Input"), schedule.get("ScheduleExpression"), up)


def _each(named: Value, when: Value, up: bool | None) -> Iterator[tuple[Address, _Switch]]:
    if up is None:
        return
    for minute in _minutes(known_text(when) or ""):
        for reference in references_in(named):
            yield reference.address, _Switch(minute, up)


def _minutes(text: str) -> list[int]:
    """The minutes of the week of a cron expression with one time of the day and whole days of the week."""
    aws = re.fullmatch(r"cron\((.*)\)", text)
    fields = (aws[1] if aws else text).upper().split()
    if len(fields) != (6 if aws else 5) or not (fields[0].isdecimal() and fields[1].isdecimal()):
        return []
    if fields[2] not in _ANY or fields[3] not in _ANY or (aws and fields[5] not in _ANY):
        return []
    at = int(fields[1]) * 60 + int(fields[0])
    return [day * _DAY + at for day in _days(fields[4], first=1 if aws else 0)]


def _days(field: str, first: int) -> list[int]:
    """Days of the week from Sunday = 0; `first` is the number that Sunday has, which differs from cron to cron."""
    if field in _ANY:
        return list(range(7))
    days: set[int] = set()
    for part in field.split(","):
        match = _SPAN.fullmatch(part)
        if match is None:
            return []
        begin, end = (_day(name, first) for name in (match["first"], match["last"] or match["first"]))
        if begin is None or end is None:
            return []
        days |= {day % 7 for day in range(begin, end + (7 if end < begin else 0) + 1)}
    return sorted(days)


def _day(name: str, first: int) -> int | None:
    return int(name) - first if name.isdecimal() else _NAMES.get(name)
