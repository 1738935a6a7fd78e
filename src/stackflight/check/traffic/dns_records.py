"""World -> findings on DNS records that Route 53 refuses: outside their zone, at the apex, aliases to the wrong zone.

Source: Amazon Route 53 Developer Guide (values for alias and non-alias records, supported record types).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, named, refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Unknown, Value, as_dict, as_list, known_text, render

_ZONE = "AWS::Route53::HostedZone"
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
_CLOUDFRONT_ZONES = {_CLOUDFRONT_ZONE, "Z3RFFRIM2A3IF5"}  # the second one in the China Regions
_BALANCERS = {"AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancing::LoadBalancer"}


def records_with_zones(case: Case) -> Iterator[tuple[Resource, dict[str, Value], Value, At]]:
    """Record sets with the properties that name their zone."""
    for record in case.world.of_type("AWS::Route53::RecordSet"):
        yield record, record.properties, record.properties.get("HostedZoneId"), ()
    for group in case.world.of_type("AWS::Route53::RecordSetGroup"):
        for index, item in enumerate(as_list(group.get("RecordSets"))):
            entry = as_dict(item)
            zone = entry.get("HostedZoneId") if entry.get("HostedZoneId") is not None else group.get("HostedZoneId")
            yield group, entry, zone, ("RecordSets", index)


RECORD_REFUSED = Check(
    "record-refused",
    found_when="a DNS record lies outside its zone, or has a form that Route 53 refuses",
    explains="Names are compared with the name of a zone in the templates; aliases with the zone of their target.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values.html",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html",
    ),
)


@finds(RECORD_REFUSED)
def find_refused_records(case: Case) -> Iterator[Finding]:
    """Records that Route 53 refuses."""
    seen: dict[tuple[object, ...], Address] = {}
    for owner, entry, zone_value, at in records_with_zones(case):
        name, kind = known_text(entry.get("Name")), known_text(entry.get("Type"))
        zone = named(case, zone_value, _ZONE)
        suffix = known_text(zone.get("Name")) if zone is not None else None
        if name is not None and suffix is not None and zone is not None:
            host, domain = name.rstrip(".").lower(), suffix.rstrip(".").lower()
            if host != domain and not host.endswith(f".{domain}"):
                yield _record(
                    case, owner, f"RRSet with DNS name {host}. is not permitted in zone {domain}.",
                    f"end the name with {domain}, or use another zone", (*at, "Name"), zone.address,
                )  # fmt: skip
            elif host == domain and kind == "CNAME":
                yield _record(
                    case, owner, f"a CNAME is not permitted at apex in zone {domain}", "use an alias record of type A or AAAA",
                    (*at, "Type"), zone.address,
                )  # fmt: skip
        yield from _shape(case, owner, entry, at)
        yield from _alias(case, owner, entry, zone_value, at)
        if name is not None and kind is not None and owner.exists is True and entry.get("SetIdentifier") is None:
            where = zone.address if zone is not None else known_text(zone_value)
            key = (where, name.rstrip(".").lower(), kind)
            other = seen.setdefault(key, owner.address) if where is not None else owner.address
            if other != owner.address:
                yield _record(
                    case, owner, f"Tried to create resource record set [name='{name}', type='{kind}'] but it already exists",
                    f"keep one of {owner.address} and {other}", (*at, "Name"), other,
                )  # fmt: skip


def _shape(case: Case, owner: Resource, entry: dict[str, Value], at: At) -> Iterator[Finding]:
    alias, values = entry.get("AliasTarget"), entry.get("ResourceRecords")
    if isinstance(alias, Unknown) or isinstance(values, Unknown) or isinstance(entry.get("TTL"), Unknown):
        return
    if alias is not None and entry.get("TTL") is not None:
        yield _record(case, owner, "an alias record has no TTL of its own", "remove TTL", (*at, "TTL"))
    elif values is not None and alias is None and entry.get("TTL") is None:
        yield _record(case, owner, "a record with ResourceRecords needs a TTL", "add TTL", at)


def _alias(case: Case, owner: Resource, entry: dict[str, Value], own: Value, at: At) -> Iterator[Finding]:
    target = as_dict(entry.get("AliasTarget"))
    name, zone = target.get("DNSName"), target.get("HostedZoneId")
    found = named(case, name) if isinstance(name, Reference) else None
    if found is None or zone is None:
        return
    wrong = ""
    if found.type in _BALANCERS and (named(case, zone, _ZONE) is not None or _same_zone(zone, own)):
        wrong = f"the load balancer's own zone: Fn::GetAtt [{found.address.id}, CanonicalHostedZoneID]"
    elif found.type == "AWS::CloudFront::Distribution" and (
        named(case, zone, _ZONE) is not None or known_text(zone) not in {None, *_CLOUDFRONT_ZONES}
    ):
        wrong = f"{_CLOUDFRONT_ZONE}, the zone of CloudFront"
    if wrong:
        yield _record(
            case, owner, f"Tried to create an alias that targets {render(name)} in zone {render(zone)}, but the alias target name "
            "does not lie within the target zone", f"set AliasTarget.HostedZoneId to {wrong}", (*at, "AliasTarget"), found.address,
        )  # fmt: skip


def _same_zone(zone: Value, own: Value) -> bool:
    """Whether an alias names the zone of its own record, in which no load balancer lies."""
    if isinstance(zone, Unknown) and isinstance(own, Unknown):
        return bool(own.parameter) and zone.parameter == own.parameter
    return known_text(zone) is not None and known_text(zone) == known_text(own)


def _record(case: Case, owner: Resource, text: str, remedy: str, at: At, other: Address | None = None) -> Finding:
    involved = [owner.address, *([other] if other else [])]
    return refused(case, RECORD_REFUSED, involved, f"{owner.address} is refused: {text}", remedy, at)
