"""World -> findings on Availability Zones that the stack's Region may not have.

Source: Amazon EC2 User Guide, Regions and Zones; CloudFormation User Guide, Fn::GetAZs and Fn::Select.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case, Check
from stackflight.check.data.regions import MOST_ZONES, USUAL_ZONES, zones_offered
from stackflight.check.outcome import doubtful, refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource, Stack
from stackflight.model.value import Unknown, Value, Zone

_ZONE_NAME = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)([a-z])")
_PLACES = ("AvailabilityZone", "AvailabilityZones", "AvailabilityZoneName")
_REMEDY = "take the zone from the Region: Fn::Select of an index of Fn::GetAZs ''"


def find_foreign_zones(case: Case) -> Iterator[Finding]:
    """Zones written by name."""
    for stack in case.world.stacks:
        named = [
            (resource, key, match)
            for resource in stack.resources.values()
            for key in _PLACES
            for name in _literals(stack, resource, key)
            if (match := _ZONE_NAME.fullmatch(name))
        ]
        home = stack.environment.region
        regions = list(dict.fromkeys(match.group(1) for *_, match in named))
        for resource, key, match in named:
            zone, region = match.group(0), match.group(1)
            text = f"Value ({zone}) for parameter availabilityZone is invalid"
            if home is not None and home != region:
                yield refused(
                    case, "zone-of-another-region", [resource.address],
                    f"{resource.address} names the zone {zone}, and the stack goes to {home}: {text}", _REMEDY, (key,),
                )  # fmt: skip
            elif home is None and len(regions) > 1:
                others = [item.address for item, _, other in named if other.group(1) != region]
                yield refused(
                    case, "zone-of-another-region", [resource.address, *others],
                    f"{resource.address} names the zone {zone}, and {others[0]} one of another Region; a stack lies in "
                    f"one Region: {text}", _REMEDY, (key,),
                )  # fmt: skip
            elif home is None:
                yield doubtful(
                    case, "zone-of-another-region", [resource.address],
                    f"{resource.address} names the zone {zone}: in every Region but {region}, and in accounts that are "
                    f"not offered this zone, it fails with '{text}'", _REMEDY, (key,), struck=resource.address,
                )  # fmt: skip


def _literals(stack: Stack, resource: Resource, key: str) -> list[str]:
    """Zone names as the template itself writes them; what comes from a parameter is the user's choice."""
    raw = stack.template.section("Resources").get(resource.address.id)
    properties = raw.get("Properties") if isinstance(raw, dict) else None
    given = properties.get(key) if isinstance(properties, dict) else None
    if isinstance(given, list):
        return [item for item in given if isinstance(item, str)]
    return [given] if isinstance(given, str) else []


def find_zones_past_the_end(case: Case) -> Iterator[Finding]:
    """An index of Fn::GetAZs that the Region does not have."""
    for stack in case.world.stacks:
        for resource in stack.resources.values():
            zones = [item for item in _values(resource.properties) if isinstance(item, Zone)]
            if not zones:
                continue
            last = max(zones, key=lambda zone: zone.index)
            region = last.region or stack.environment.region or ""
            offered = zones_offered(region) if region else USUAL_ZONES
            text = f"Template error: Fn::Select cannot select nonexistent value at index {last.index}"
            remedy = f"use no more than {min(offered, USUAL_ZONES)} zones, or ask the account for the zones it has"
            if last.index >= MOST_ZONES:
                yield refused(
                    case, "zone-index-past-end", [resource.address],
                    f"{resource.address} asks for zone {last.index + 1}, and no Region has more than {MOST_ZONES}: {text}",
                    remedy,
                )  # fmt: skip
            elif last.index >= offered:
                where = f"{region} offers {offered} zones" if region else f"most Regions have {USUAL_ZONES} zones"
                yield doubtful(
                    case, "zone-index-past-end", [resource.address],
                    f"{resource.address} asks for zone {last.index + 1} and {where}; where there are fewer: {text}",
                    remedy, struck=resource.address,
                )  # fmt: skip


def _values(value: Value) -> Iterator[Value]:
    """Every value inside, the branches of undecided conditions left out."""
    if isinstance(value, Unknown):
        return
    yield value
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for item in inner:
        yield from _values(item)


CHECKS = (
    Check(
        "zone-of-another-region",
        find_foreign_zones,
        "a resource names an Availability Zone literally",
        "A zone's name holds its Region, and accounts are offered different zones of it. The Region of the stack comes "
        "from the assembly or --region.",
        "blocking where the stack's Region is another one or two Regions are mixed; else warning",
        "az-hard-coded-zone",
    ),
    Check(
        "zone-index-past-end",
        find_zones_past_the_end,
        "Fn::Select asks for more zones than Regions have",
        "Fn::GetAZs gives the zones that the account is offered: two in us-west-1, three in most Regions, six in us-east-1.",
        "blocking beyond six; warning where the Region or account decides",
        "az-select-index-past-end",
    ),
)
