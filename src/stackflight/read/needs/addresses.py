"""Private addresses that are written down: in environments and start scripts, and those that Resolver endpoints forward to.

Sources: RFC 1918; Amazon Route 53 Developer Guide, forwarding outbound DNS queries (security groups of an endpoint).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import to_address, to_addresses
from stackflight.model.need import AddressTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.value import Value, as_dict, as_list, known_int, known_text, render
from stackflight.patterns import compile_later
from stackflight.read.needs.launches import launched_as, place_of_machine
from stackflight.read.needs.scene import Scene

_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "mongodb": 27017, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "amqp": 5672, "amqps": 5671}  # fmt: skip
_PRIVATE = compile_later(
    r"(?:([a-z][a-z0-9+]*)://(?:[^/@\s\"']*@)?)?(?<![\d.])((?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3})(?::(\d{2,5}))?(?![\d.:/]\d)"
)


def written_addresses(text: str) -> Iterator[AddressTarget]:
    """Every private address in a text that has a port, its own or that of its scheme."""
    for scheme, address, port in _PRIVATE.findall(text):
        number = int(port) if port else _PORTS.get(scheme)
        if number is not None:
            try:
                yield AddressTarget(ipaddress.IPv4Network(address), number)
            except ValueError:
                continue


def address_needs(scene: Scene, workload: Workload, value: Value, place: str) -> list[Need]:
    """The needs of a workload for the private addresses in a value."""
    targets = dict.fromkeys(written_addresses(render(value)[:20_000]))
    owners = _owners(scene) if targets else {}
    found = []
    for target in targets:
        end = owners.get(str(target.block.network_address))
        if end is not None and end.address == workload.address:
            continue
        sure = Certainty.POSSIBLE if place == "user data" else Certainty.PROVED
        whom = replace(end, port=target.port) if end is not None else target
        found.append(Need(workload, whom, f"call {whom.title}", f"{place} holds {target.title}", sure, Phase.RUN))
    return found


def _owners(scene: Scene) -> dict[str, ResourceTarget]:
    """The instances and interfaces whose private address the template gives."""
    found: dict[str, ResourceTarget] = {}
    for machine in scene.world.of_type("AWS::EC2::Instance"):
        address = known_text(machine.get("PrivateIpAddress"))
        launch = next(launched_as(scene, machine), {})
        inner = known_text(as_dict(next(iter(as_list(launch.get("NetworkInterfaces"))), None)).get("PrivateIpAddress"))
        place = place_of_machine(scene, machine, launch) if address or inner else None
        if place is not None:
            found[address or inner or ""] = ResourceTarget(machine.address, 0, place, "instance")
    for interface in scene.world.of_type("AWS::EC2::NetworkInterface"):
        address = known_text(interface.get("PrivateIpAddress"))
        if address:
            place = Placement((to_address(scene.world, interface.get("SubnetId")),), to_addresses(scene.world, interface.get("GroupSet")))  # fmt: skip
            found[address] = ResourceTarget(interface.address, 0, place, "network interface")
    return found


def find_resolver_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Outbound Resolver endpoints, which must reach the name servers of their rules."""
    for endpoint in scene.world.of_type("AWS::Route53Resolver::ResolverEndpoint"):
        if known_text(endpoint.get("Direction")) != "OUTBOUND":
            continue
        subnets = [as_dict(item).get("SubnetId") for item in as_list(endpoint.get("IpAddresses"))]
        place = Placement(
            to_addresses(scene.world, subnets), to_addresses(scene.world, endpoint.get("SecurityGroupIds"))
        )
        workload = Workload(endpoint.address, "Resolver endpoint", place)
        needs = []
        for rule in scene.world.of_type("AWS::Route53Resolver::ResolverRule"):
            if to_address(scene.world, rule.get("ResolverEndpointId")) != endpoint.address:
                continue
            for item in as_list(rule.get("TargetIps")):
                address, port = known_text(as_dict(item).get("Ip")), known_int(as_dict(item).get("Port", 53))
                if (
                    address
                    and port is not None
                    and re.fullmatch(r"[\d.]+", address)
                    and ipaddress.IPv4Address(address).is_private
                ):
                    target = AddressTarget(ipaddress.IPv4Network(address), port, "udp")
                    evidence = f"{rule.address} forwards queries there"
                    needs.append(Need(workload, target, f"ask {target.title}", evidence, phase=Phase.RUN, blames=(rule.address,)))  # fmt: skip
        yield workload, needs
