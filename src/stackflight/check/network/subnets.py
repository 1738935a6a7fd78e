"""World and Network -> findings on zones and subnets: what a service demands of the subnets it is given.

Sources: the user guides and API references of Elastic Load Balancing, RDS, DocumentDB, EKS, MSK, OpenSearch, VPC.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import all_named, doubtful, named, refused
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import Row, rows_for
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.relations import balancer_kind
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Unknown,
    Value,
    Zone,
    as_dict,
    as_list,
    known_flag,
    known_int,
    known_text,
)

_SUBNET = "AWS::EC2::Subnet"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"

TABLE = "placement"
"""Rows of a `type` and the path of its `subnets` (`A>B`: B of what A names, of the type `through`): how many `zones` at least, `one_each`
for a zone, `least` and `most` subnets, `private` ones alone; `six`, the property by which they need an IPv6 block, or with `only`
no IPv4 block beside; with `group` and `groups` what lies in the default VPC where it has no subnet group."""


def placed_by(case: Case, key: str) -> Iterator[tuple[Row, Resource]]:
    """The rows that say something of this kind, each with the resources for which they hold."""
    for row in rows_for(TABLE, case.world.by_type):
        for resource in case.world.of_type(row["type"]) if key in row else ():
            if holds(row.get("if", {"all": []}), Scope.of(case, resource)) is True:
                yield row, resource


def told(row: Row) -> str:
    return str(row.get("text") or row.get("why", ""))


def zone_key(case: Case, subnet: Address) -> str | None:
    """A key for the zone of a subnet; None where it is not given or lies outside the Region's ordinary zones."""
    found = case.network.subnets.get(subnet)
    resource = case.resources.get(subnet)
    if found is None or (resource is not None and resource.get("OutpostArn") is not None):
        return None
    match found.zone:
        case Zone(region, index):
            return f"{region}#{index}"
        case str() if found.zone.count("-") == 2 and found.zone[-1:].isalpha():
            return found.zone
        case _:
            return None


def comparable_zones(zones: list[str | None]) -> bool:
    """Whether equality of these zones is decided: all symbols of one list, or all literal names."""
    if any(zone is None for zone in zones):
        return False
    return len({str(zone).partition("#")[0] if "#" in str(zone) else "literal" for zone in zones}) <= 1


def subnets_at(case: Case, resource: Resource, path: tuple[str, ...]) -> list[Resource] | None:
    """The subnets of a resource, None unless all of them are in the world and given one by one."""
    *outer, last = path
    value = resource.get(*path)
    if outer and outer[-1].endswith("[]"):
        value = [as_dict(item).get(last) for item in as_list(resource.get(*outer[:-1], outer[-1][:-2]))] or None
    if value is None and path == ("Subnets",):
        value = [as_dict(item).get("SubnetId") for item in as_list(resource.get("SubnetMappings"))] or None
    found = all_named(case, value if isinstance(value, list) else [value], _SUBNET)
    return found if found and all(item.exists is True for item in found) else None


def count_of(case: Case, resource: Resource, value: Value) -> int | None:
    """How many subnets a list gives; a parameter that holds one thing counts as one. None where a part of it may be more or none."""
    if not isinstance(value, list):
        return None
    parameters = case.world.stack(resource.address.stack).template.section("Parameters")
    for item in value:
        kind = as_dict(parameters.get(item.parameter)).get("Type") if isinstance(item, Unknown) else ""
        if not isinstance(kind, str) or "List" in kind:
            return None
    return len(value)


def place_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """The property to point to: of a list of mappings, the list."""
    listed_at = next((index for index, step in enumerate(path) if step.endswith("[]")), None)
    return path if listed_at is None else (*path[:listed_at], path[listed_at][:-2])


def _one_zone(case: Case, check: Check, resource: Resource, path: tuple[str, ...], text: str) -> Iterator[Finding]:
    subnets = subnets_at(case, resource, path)
    remedy = f"give {resource.address} a subnet in a second zone (Fn::Select of another index of Fn::GetAZs)"
    if subnets is None:
        written = [known_text(item) for item in as_list(resource.get(*path))]
        if len(written) == 1 and (written[0] or "").startswith("subnet-"):  # on an Outpost one is enough
            message = f"{resource.address} is given one subnet ({written[0]}): {text}"
            yield doubtful(case, check, [resource.address], message, remedy, place_of(path), struck=resource.address)
        return
    zones = [zone_key(case, subnet.address) for subnet in subnets]
    distinct = list(dict.fromkeys(subnet.address for subnet in subnets))
    if len(distinct) > 1 and (not comparable_zones(zones) or len(set(zones)) > 1):
        return
    why = "is given one subnet" if len(distinct) == 1 else "is given subnets that all lie in one Availability Zone"
    yield refused(
        case,
        check,
        [resource.address, *distinct],
        f"{resource.address} {why} ({listed(distinct)}): {text}",
        remedy,
        place_of(path),
    )


_ZONES = "The zones of subnets are compared as symbols (an index of Fn::GetAZs) or as literal names, never mixed."


TOO_FEW_ZONES = Check(
    "too-few-zones",
    found_when="a load balancer, subnet group, proxy or cluster gets subnets of one Availability Zone where two are demanded",
    explains=f"The service refuses it at creation. {_ZONES} Subnets without a zone, parameters and Outposts are silent.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where a condition is undecided, and for a subnet that exists already, which may lie on an Outpost",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    ),
    replaces=("E3680",),
    example="az-alb-one-subnet",
)


@finds(TOO_FEW_ZONES)
def find_too_few_zones(case: Case) -> Iterator[Finding]:
    """Subnets in one zone where two are demanded."""
    for row, resource in placed_by(case, "zones"):
        yield from _one_zone(case, TOO_FEW_ZONES, resource, tuple(row["subnets"].split(".")), told(row))


TWO_SUBNETS_IN_ONE_ZONE = Check(
    "two-subnets-in-one-zone",
    found_when="a load balancer, endpoint or file system gets two subnets of one Availability Zone",
    explains=f"The service takes at most one subnet of each zone. {_ZONES}",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where a condition is undecided",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    ),
    example="ep-two-subnets-one-zone",
)


@finds(TWO_SUBNETS_IN_ONE_ZONE)
def find_two_subnets_of_one_zone(case: Case) -> Iterator[Finding]:
    """Two subnets of a zone where one is allowed."""
    for row, resource in placed_by(case, "one_each"):
        path = tuple(row["subnets"].split("."))
        subnets = subnets_at(case, resource, path) or []
        zones = {subnet.address: zone_key(case, subnet.address) for subnet in subnets}
        if len(zones) < 2 or not comparable_zones(list(zones.values())) or len(set(zones.values())) == len(zones):
            continue
        if resource.type == _BALANCER and len(set(zones.values())) == 1 and balancer_kind(resource) == "application":
            continue  # said by too-few-zones
        twice = [item for item in zones if list(zones.values()).count(zones[item]) > 1]
        yield refused(
            case,
            TWO_SUBNETS_IN_ONE_ZONE,
            [resource.address, *twice],
            f"{resource.address} is given {listed(twice)}, which lie in one Availability Zone: {told(row)}",
            "keep at most one subnet for each zone",
            place_of(path),
        )
    yield from _mount_targets(case)


def _mount_targets(case: Case) -> Iterator[Finding]:
    seen: dict[tuple[Address, str], Address] = {}
    for target in case.world.of_type("AWS::EFS::MountTarget"):
        system = named(case, target.get("FileSystemId"), "AWS::EFS::FileSystem")
        subnet = named(case, target.get("SubnetId"), _SUBNET)
        zone = zone_key(case, subnet.address) if subnet is not None else None
        if system is None or zone is None or target.exists is not True:
            continue
        other = seen.setdefault((system.address, zone), target.address)
        if other != target.address:
            yield refused(
                case,
                TWO_SUBNETS_IN_ONE_ZONE,
                [target.address, other],
                f"{target.address} and {other} put two mount targets of {system.address} into one Availability Zone",
                "keep one mount target for each zone",
                ("SubnetId",),
                says=aws_says("two-subnets-in-one-zone"),
            )


SEARCH_SUBNET_COUNT = Check(
    "search-subnet-count",
    found_when="an OpenSearch domain has another number of subnets than zones",
    explains="OpenSearch Service takes exactly as many subnets as the zone count: one without zone awareness, else two or three.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html",),
    example="az-opensearch-subnet-count",
)


@finds(SEARCH_SUBNET_COUNT)
def find_subnet_counts(case: Case) -> Iterator[Finding]:
    """OpenSearch takes exactly as many subnets as it has zones."""
    for domain in case.world.of_type("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"):
        given = count_of(case, domain, domain.get("VPCOptions", "SubnetIds"))
        config = "ClusterConfig" if domain.type.startswith("AWS::Open") else "ElasticsearchClusterConfig"
        aware = known_flag(domain.get(config, "ZoneAwarenessEnabled"), False)
        if given is None or not isinstance(aware, bool):
            continue
        count = domain.get(config, "ZoneAwarenessConfig", "AvailabilityZoneCount")
        zones = (2 if count is None else known_int(count)) if aware else 1
        if zones is not None and zones != given:
            yield refused(
                case,
                SEARCH_SUBNET_COUNT,
                [domain.address],
                f"{domain.address} has {given} subnet(s) and {zones} Availability Zone(s)",
                "give as many subnets, each in a zone of its own, as the zone count says (one without zone awareness)",
                ("VPCOptions", "SubnetIds"),
                says=aws_says("search-subnet-count", zones=zones),
            )
