"""World -> what answers at a private address or name that a URL may hold: machines, interfaces, balancers, endpoints.

Source: CloudFormation template reference, return values of AWS::EC2::Instance, AWS::EC2::NetworkInterface,
AWS::ElasticLoadBalancingV2::LoadBalancer and AWS::EC2::VPCEndpoint; AWS PrivateLink guide, endpoint services; Elastic
Load Balancing User Guide, security groups of Network Load Balancers (PrivateLink traffic).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import InternetTarget, LatticeTarget, LinkTarget, Placement, ResourceTarget
from stackflight.model.template import Resource, World
from stackflight.model.value import (
    Address,
    Reference,
    Text,
    Value,
    as_dict,
    as_list,
    known_flag,
    known_int,
    known_text,
    render,
)
from stackflight.read.needs.balancers import balancer_placement
from stackflight.read.needs.given_names import Listening, interfaces_of, recorded_names, resource_names
from stackflight.read.needs.launches import launched_as, place_of_machine
from stackflight.read.needs.scene import Scene
from stackflight.records import dataclass

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "redis": 6379, "rediss": 6379, "mongodb": 27017, "amqp": 5672, "amqps": 5671}  # fmt: skip


@dataclass(frozen=True)
class Listeners:
    """What answers, by resource and attribute; each target still without its port. The second is what lies behind it."""

    by_name: Mapping[tuple[Address, str], tuple[Listening, ...]]
    by_record: Mapping[str, tuple[Listening, ...]] = field(default_factory=dict)
    """What the records of hosted zones, and the own names of resources of Lattice, lead to."""

    def targets_in(self, value: Value) -> Iterator[tuple[Listening, str]]:
        """The targets of every URL, or address with a port, that a value holds, and how it names them."""
        yield from self._by_record(value)
        parts = value.parts if isinstance(value, Text) else ()
        for index, part in enumerate(parts):
            if not isinstance(part, Reference):
                continue
            before = parts[index - 1] if index else ""
            after = parts[index + 1] if index + 1 < len(parts) else ""
            port = _port(before if isinstance(before, str) else "", after if isinstance(after, str) else "")
            attribute = re.sub(r"^(DnsEntries)\.\d+\.DnsName$", r"\1", part.attribute)
            if port is None:
                continue
            spoken = _speaks(before if isinstance(before, str) else "")
            for target in self.by_name.get((part.address, attribute), ()):
                called = replace(target, port=port)
                if isinstance(called, ResourceTarget) and called.kind in _MACHINES and not spoken:
                    called = replace(called, transport="any")
                yield called, f"{part.address.id}.{part.attribute}"

    def _by_record(self, value: Value) -> Iterator[tuple[Listening, str]]:
        text = render(value).lower() if self.by_record else ""
        for name, targets in self.by_record.items():
            for match in re.finditer(rf"(?<![a-z0-9.-]){re.escape(name)}(?![a-z0-9.-]*[a-z0-9])", text):
                port = _port(text[: match.start()], text[match.end() :])
                if port is not None:
                    yield from ((replace(target, port=port), f"the name {name}") for target in targets)


def _port(before: str, after: str) -> int | None:
    """The port that stands beside a host: `host:1`, `1@host` (licence servers), `nc host 1`, `/dev/tcp/host/1`, or a scheme's."""
    given = re.match(r":(\d{1,5})(?!\d)", after) or re.search(r"(?:^|[=\s\"',;])(\d{2,5})@$", before)
    if given is None and re.search(r"\b(?:nc|ncat|telnet)\s+(?:-\S+\s+)*$", before):
        given = re.match(r"\s+(\d{1,5})(?!\d)", after)
    if given is None and re.search(r"/dev/(?:tcp|udp)/$", before):
        given = re.match(r"/(\d{1,5})(?!\d)", after)
    if given:
        return int(given.group(1))
    scheme = re.search(r"([a-z][a-z0-9+.-]*)://(?:[^/@\s]*@)?$", before)
    return _PORTS.get(scheme.group(1)) if scheme and not after.startswith(":") else None


_MACHINES = {"instance", "network interface", "load balancer"}


def _speaks(before: str) -> bool:
    """Whether what stands before a host says that TCP is spoken."""
    scheme = re.search(r"([a-z][a-z0-9+.-]*)://(?:[^/@\s]*@)?$", before)
    tools = re.search(r"\b(?:nc|ncat|telnet)\s+(?!-\S*u)(?:-\S+\s+)*$|/dev/tcp/$|\b(?:curl|wget)\s[^\n]*$", before)
    return tools is not None or (scheme is not None and scheme.group(1) != "udp")


def read_listeners(scene: Scene) -> Listeners:
    """Look at everything that has a private address of its own."""
    found: dict[tuple[Address, str], tuple[Listening, ...]] = {}
    for machine in scene.world.of_type("AWS::EC2::Instance"):
        launch = next(launched_as(scene, machine), {})
        placement = place_of_machine(scene, machine, launch)
        if placement is not None:
            for name in ("PrivateIp", "PrivateDnsName"):
                found[machine.address, name] = (ResourceTarget(machine.address, 0, placement, "instance"),)
    for interface in scene.world.of_type("AWS::EC2::NetworkInterface"):
        placement = Placement(
            (to_address(scene.world, interface.get("SubnetId")),), to_addresses(scene.world, interface.get("GroupSet"))
        )
        target = ResourceTarget(interface.address, 0, placement, "network interface")
        found[interface.address, "PrimaryPrivateIpAddress"] = (target,)
    for balancer in scene.world.of_type(_BALANCER):
        if known_text(balancer.get("Scheme")) == "internal":
            placement = balancer_placement(scene, balancer)
            ports = tuple(_listened_on(scene.world, balancer))
            found[balancer.address, "DNSName"] = (
                ResourceTarget(balancer.address, 0, placement, "load balancer", listens=ports),
            )
        elif known_text(balancer.get("Scheme")) in {None, "internet-facing"}:
            found[balancer.address, "DNSName"] = (InternetTarget(f"the public addresses of {balancer.address}"),)
    found.update(_lattice(scene.world))
    for endpoint in scene.world.of_type("AWS::EC2::VPCEndpoint"):
        if known_text(endpoint.get("VpcEndpointType")) in {"Interface", "Resource", "ServiceNetwork"}:
            found[endpoint.address, "DnsEntries"] = (interfaces_of(scene, endpoint), *_behind_link(scene, endpoint))
    found.update(_app_runner(scene))
    return Listeners(found, {**resource_names(scene), **recorded_names(scene, found)})


def _lattice(world: World) -> Iterator[tuple[tuple[Address, str], tuple[Listening, ...]]]:
    """Services of VPC Lattice by their name, which their associations with service networks have as well."""
    for service in world.of_type("AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetworkServiceAssociation"):
        named = to_address(world, service.get("ServiceIdentifier")) if "Network" in service.type else service.address
        if isinstance(named, Address):
            yield (
                (service.address, "DnsEntry.DomainName"),
                (LatticeTarget(named, 0, Placement((), ()), "Lattice service"),),
            )


def _listened_on(world: World, balancer: Resource) -> list[int]:
    """The ports of its listeners; none where somebody else may add some."""
    listeners = [
        known_int(item.get("Port"))
        for item in world.of_type("AWS::ElasticLoadBalancingV2::Listener")
        if to_address(world, item.get("LoadBalancerArn")) == balancer.address
    ]
    users = world.referrers.get(balancer.address, ())
    handed_on = balancer.address in world.put_out or any(
        item.is_custom or item.type.endswith(("::Stack", "::Service")) for item in users
    )
    known = [port for port in listeners if port is not None]
    return [] if handed_on or len(known) < len(listeners) else known


def _app_runner(scene: Scene) -> Iterator[tuple[tuple[Address, str], tuple[Listening, ...]]]:
    """Public services of App Runner, and private ones by the name that a connection gives them in its own VPC.

    Source: AWS App Runner Developer Guide, enabling private endpoints for incoming traffic.
    """
    for service in scene.world.of_type("AWS::AppRunner::Service"):
        public = known_flag(service.get("NetworkConfiguration", "IngressConfiguration", "IsPubliclyAccessible"), True)
        if public is True:
            yield (service.address, "ServiceUrl"), (InternetTarget(f"the public addresses of {service.address}"),)
    for connection in scene.world.of_type("AWS::AppRunner::VpcIngressConnection"):
        given = as_dict(connection.get("IngressVpcConfiguration"))
        endpoint = resource_named(scene.world, given.get("VpcEndpointId"), "AWS::EC2::VPCEndpoint")
        home = to_address(scene.world, given.get("VpcId"))
        if endpoint is not None and isinstance(home, Address):
            yield (connection.address, "DomainName"), (replace(interfaces_of(scene, endpoint), named_in=(home,)),)


def _behind_link(scene: Scene, endpoint: Resource) -> Iterator[LinkTarget]:
    """The load balancers of an endpoint service of the template that filter what comes over PrivateLink."""
    named = endpoint.get("ServiceName")
    services = [
        part.address for part in (named.parts if isinstance(named, Text) else ()) if isinstance(part, Reference)
    ]
    for address in services:
        service = scene.world.resources.get(address)
        if service is None or service.type != "AWS::EC2::VPCEndpointService":
            continue
        for item in as_list(service.get("NetworkLoadBalancerArns")):
            balancer = resource_named(scene.world, item, _BALANCER)
            placement = balancer_placement(scene, balancer) if balancer is not None else None
            if balancer is None or placement is None or not placement.filtered:
                continue
            enforced = known_flag(balancer.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"), True)
            if enforced is not False:
                yield LinkTarget(
                    balancer.address, 0, placement, "load balancer", link=endpoint.address, enforced=enforced
                )
