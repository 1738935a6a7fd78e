"""World and Network -> findings on names that a private hosted zone hides from those who ask for them.

In a VPC of a private hosted zone the zone answers for all names below its own, and Resolver asks no public zone for those
that it does not hold. Source: Amazon Route 53 Developer Guide, considerations when working with a private hosted zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import named
from stackflight.check.traffic.dns_records import records_with_zones
from stackflight.model.finding import Finding, Phase, Severity
from stackflight.model.names import Answerer
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, known_text, references_in, render
from stackflight.patterns import compile_later

_ZONE = "AWS::Route53::HostedZone"
_TELLS = {"AWS::ECS::TaskDefinition", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration"}

_CALLED = compile_later(r"(?i)(^|_)(api|backend|endpoint|host|service|upstream)(_|$)")
_SHOWN = compile_later(
    r"(?i)(^|_)(allowed|app|base|callback|client|cors|external|frontend|issuer|origins?|public|redirect|self|site|virtual|web)(_|$)"
)
"""Variables that hold what is called, and those that hold under which name others see the workload or its site."""


PUBLIC_NAME_HIDDEN = Check(
    "public-name-hidden",
    found_when="a workload asks for a name that is in a public zone, in a VPC whose private zone answers for it and lacks it",
    explains="The name does not exist in that VPC. Public records of the templates are looked at, and names in variables that tell what "
    "is called (API_URL, ORDERS_HOST) and in commands. It warns, because a record may be added to the private zone from elsewhere.",
    may=(WARNING,),
    sources=("https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html",),
)


@finds(PUBLIC_NAME_HIDDEN)
def find_hidden_names(case: Case) -> Iterator[Finding]:
    """One finding for a name and the private zone that hides it."""
    told: set[tuple[str, Address]] = set()
    for host, owner in _public_names(case):
        for workload in case.needs.workloads:
            asking = case.resources.get(workload.address)
            if asking is None or not _asks(case, asking, host):
                continue
            for place in workload.placement.subnets:
                zone = _hides(case, place, host) if isinstance(place, Address) else None
                if zone is not None and (host, zone.owner) not in told:
                    told.add((host, zone.owner))
                    yield _finding(case, zone, host, asking, owner)


def _finding(case: Case, zone: Answerer, host: str, asking: Resource, owner: Resource) -> Finding:
    return case.finding(
        PUBLIC_NAME_HIDDEN, [zone.owner, asking.address, owner.address],
        f"{asking.address} asks for {host}, and the private zone {zone.owner} answers for {zone.domain} there and holds no such "
        f"record: the name does not exist for it, though {owner.address} is in a public zone",
        f"add a record for {host} to {zone.owner}", severity=Severity.WARNING, phase=Phase.RUN,
    )  # fmt: skip


def _public_names(case: Case) -> Iterator[tuple[str, Resource]]:
    for owner, entry, value, _ in records_with_zones(case):
        zone, name = named(case, value, _ZONE), known_text(entry.get("Name"))
        if zone is None or name is None or zone.get("VPCs") is not None or owner.exists is not True:
            continue
        if known_text(entry.get("Type")) in {"A", "AAAA", "CNAME"} and not name.startswith("*"):
            yield name.rstrip(".").lower(), owner


def _asks(case: Case, resource: Resource, host: str) -> bool:
    """Whether a workload, or what it is started from, calls the host: in a setting that says so, or in a command."""
    started = [case.resources.get(item.address) for item in references_in(resource.properties)]
    sources = [resource, *(item for item in started if item is not None and item.type in _TELLS)]
    wanted = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", re.IGNORECASE)
    called = re.compile(rf"\b(curl|wget|urlopen|requests\.\w+)\b[^\n]*{wanted.pattern}", re.IGNORECASE)
    return any(
        (wanted.search(text) and _CALLED.search(key) and not _SHOWN.search(key)) or called.search(text)
        for item in sources
        for key, text in _texts("", item.properties)
    )


def _texts(key: str, value: Value) -> Iterator[tuple[str, str]]:
    """Every string with the key under which it stands, or the name of the variable whose value it is."""
    if isinstance(value, dict):
        named_by = known_text(value.get("Name")) if set(value) == {"Name", "Value"} else None
        for name, item in value.items():
            yield from _texts(named_by or name, item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(key, item)
    else:
        yield key, render(value)


def _hides(case: Case, place: Address, host: str) -> Answerer | None:
    """The private zone that answers for a host in the VPC of a subnet and, read to its end, lacks it."""
    subnet = case.network.subnets.get(place)
    vpc = case.network.vpcs.get(subnet.vpc) if subnet is not None and isinstance(subnet.vpc, Address) else None
    answering = [item for item in vpc.answers if item.covers(host)] if vpc is not None else []
    best = max(answering, key=lambda item: (len(item.domain), item.kind != "zone"), default=None)
    if best is None or best.kind != "zone" or not best.complete:
        return None
    names = [record.name for record in best.records]
    held = any(name == host or "${" in name or (name[:2] == "*." and host.endswith(name[1:])) for name in names)
    held = held or any(item.type == "NS" and host.endswith(f".{item.name}") for item in best.records)
    return None if held or any(item.kind == "servers" for item in answering) else best
