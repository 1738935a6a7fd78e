"""World -> findings on zones, and services of endpoints, that the stack's Region may not have.

Source: Amazon EC2 User Guide, Regions and Zones; CloudFormation User Guide, Fn::GetAZs and Fn::Select; AWS PrivateLink
guide, service names.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, NOTE, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.check.readers.regions import NamedZone, homes_of, named_zones, pinned_region, values_in
from stackflight.facts.load import read_table
from stackflight.facts.words import aws_says
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.template import Stack
from stackflight.model.value import Address, Zone
from stackflight.patterns import compile_later

_REMEDY = "take the zone from the Region: Fn::Select of an index of Fn::GetAZs ''"


ZONE_OF_ANOTHER_REGION = Check(
    "zone-of-another-region",
    found_when="a resource names an Availability Zone literally",
    explains="A zone's name holds its Region, and accounts are offered different zones of it. The Region of the stack comes "
    "from the assembly or --region.",
    may=(BLOCKING, WARNING, NOTE),
    weighed="blocking where the stack's Region is another one or two Regions are mixed; note where every zone of the stack is named, of one Region; else warning",
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",),
    example="az-hard-coded-zone",
)


@finds(ZONE_OF_ANOTHER_REGION)
def find_foreign_zones(case: Case) -> Iterator[Finding]:
    """Zones written by name."""
    for stack in case.world.stacks:
        named = list(named_zones(stack))
        home = stack.environment.region
        regions = list(dict.fromkeys(item.region for item in named))
        if home is None and len(regions) == 1:
            yield _one_region(case, stack, named)
            continue
        for item in named:
            address = item.resource.address
            text = f"Value ({item.zone}) for parameter availabilityZone is invalid"
            if home is not None and home != item.region:
                yield refused(
                    case, ZONE_OF_ANOTHER_REGION, [address],
                    f"{address} names the zone {item.zone}, and the stack goes to {home}", _REMEDY, (item.key,),
                    says=text,
                )  # fmt: skip
            elif home is None:
                others = [other.resource.address for other in named if other.region != item.region]
                yield refused(
                    case, ZONE_OF_ANOTHER_REGION, [address, *others],
                    f"{address} names the zone {item.zone}, and {others[0]} one of another Region; a stack lies in "
                    f"one Region", _REMEDY, (item.key,), says=text,
                )  # fmt: skip


def _one_region(case: Case, stack: Stack, named: list[NamedZone]) -> Finding:
    """All names are of one Region, which may be the stack's: meant so where nothing else is left to the Region."""
    first, region = named[0], named[0].region
    addresses = list(dict.fromkeys(item.resource.address for item in named))
    zones = list(dict.fromkeys(item.zone for item in named))
    says = f"{listed(addresses)} {'name' if len(addresses) > 1 else 'names'} the zone{'s' if len(zones) > 1 else ''} "
    says += listed(zones)
    if pinned_region(stack) == region:
        return case.finding(
            ZONE_OF_ANOTHER_REGION, addresses,
            f"{says}, and no zone is left to the Region: the template goes to {region} alone, and to accounts that are "
            f"offered {'these zones' if len(zones) > 1 else 'this zone'}",
            f"check it with --region {region}; to use it elsewhere, {_REMEDY}",
            severity=Severity.NOTE, certainty=Certainty.POSSIBLE, at=(first.key,),
        )  # fmt: skip
    return doubtful(
        case, ZONE_OF_ANOTHER_REGION, addresses,
        f"{says}: in every Region but {region}, and in accounts that are not offered "
        f"{'these zones' if len(zones) > 1 else 'this zone'}, it fails with 'Value ({first.zone}) for parameter "
        "availabilityZone is invalid'", _REMEDY, (first.key,), struck=addresses[0],
    )  # fmt: skip


_LITERAL_REGION = compile_later(r"com\.amazonaws\.([a-z]{2}(?:-[a-z]+)+-\d)\.[a-z0-9.-]+")


ENDPOINT_OF_ANOTHER_REGION = Check(
    "endpoint-of-another-region",
    found_when="an endpoint names its service with a literal Region",
    explains="The name of a service holds the Region; another Region does not know it. Where the stack's Region is not known, "
    "the zones that it names tell it.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the stack's Region is another one; warning where it is not known",
    sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",),
)


@finds(ENDPOINT_OF_ANOTHER_REGION)
def find_services_of_another_region(case: Case) -> Iterator[Finding]:
    """Endpoint services that are written with a Region."""
    foreign: dict[tuple[str, str], list[tuple[Address, str]]] = {}
    home_of = homes_of(case)
    for endpoint in case.network.endpoints:
        resource = case.resources.get(endpoint.address)
        if resource is None:  # it exists already
            continue
        stack = case.world.stack(endpoint.address.stack)
        raw = stack.template.section("Resources").get(endpoint.address.id, {}).get("Properties", {})
        name = raw.get("ServiceName") if isinstance(raw, dict) else None
        match = _LITERAL_REGION.fullmatch(name) if isinstance(name, str) else None
        if match is None or resource.get("ServiceRegion") is not None:
            continue
        region, home = match.group(1), home_of(stack.name)
        if home is None:
            foreign.setdefault((stack.name, region), []).append((endpoint.address, match.group(0)))
        elif home != region:
            yield refused(
                case, ENDPOINT_OF_ANOTHER_REGION, [endpoint.address],
                f"{endpoint.address} names the service {name}, and the stack goes to {home}",
                f"write !Sub {match.group(0).replace(region, '${AWS::Region}', 1)}", ("ServiceName",),
                says=aws_says("endpoint-of-another-region", name=name),
            )  # fmt: skip
    for (_, region), found in foreign.items():
        addresses, names = [address for address, _ in found], [name for _, name in found]
        yield doubtful(
            case, ENDPOINT_OF_ANOTHER_REGION, addresses,
            f"{listed(addresses)} {'name services' if len(names) > 1 else 'names the service'} of {region} "
            f"({listed(names, 3)}): in every other Region it fails with 'The Vpc Endpoint Service does not exist'",
            f"write !Sub {names[0].replace(region, '${AWS::Region}', 1)}", ("ServiceName",), struck=addresses[0],
        )  # fmt: skip


ZONE_INDEX_PAST_END = Check(
    "zone-index-past-end",
    found_when="Fn::Select asks for more zones than Regions have",
    explains="Fn::GetAZs gives the zones that the account is offered: two in us-west-1, three in most Regions, six in us-east-1.",
    may=(BLOCKING, WARNING),
    weighed="blocking beyond six; warning where the Region or account decides",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getavailabilityzones.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-select.html",
    ),
    example="az-select-index-past-end",
)


@finds(ZONE_INDEX_PAST_END)
def find_zones_past_the_end(case: Case) -> Iterator[Finding]:
    """An index of Fn::GetAZs that the Region does not have."""
    known = read_table("zones")
    usual = known["usual"]
    for stack in case.world.stacks:
        for resource in stack.resources.values():
            zones = [item for item in values_in(resource.properties) if isinstance(item, Zone)]
            if not zones:
                continue
            last = max(zones, key=lambda zone: zone.index)
            region = last.region or stack.environment.region or ""
            offered = known["offered"].get(region, usual)
            text = f"Template error: Fn::Select cannot select nonexistent value at index {last.index}"
            remedy = f"use no more than {min(offered, usual)} zones, or ask the account for the zones it has"
            if last.index >= known["most"]:
                yield refused(
                    case, ZONE_INDEX_PAST_END, [resource.address],
                    f"{resource.address} asks for zone {last.index + 1}, and no Region has more than {known['most']}: {text}",
                    remedy,
                )  # fmt: skip
            elif last.index >= offered:
                where = f"{region} offers {offered} zones" if region else f"most Regions have {usual} zones"
                yield doubtful(
                    case, ZONE_INDEX_PAST_END, [resource.address],
                    f"{resource.address} asks for zone {last.index + 1} and {where}; where there are fewer: {text}",
                    remedy, struck=resource.address,
                )  # fmt: skip
