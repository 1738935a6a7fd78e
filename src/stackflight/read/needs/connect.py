"""ECS services with Service Connect -> the names and ports by which members of a namespace call them.

The proxy in the client's task takes the call and goes on to the port of the server's container, from the client's own
interface. Source: Amazon ECS Developer Guide, Service Connect concepts; API reference, ServiceConnectService,
ServiceConnectClientAlias.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from stackflight.model.identify import resource_named
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_flag, known_int, known_text, render
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class ConnectName:
    """`name` and `alias` are what clients call, `port` is the one where the server's tasks listen."""

    name: str
    alias: int | None
    service: Address
    port: int | Unknown

    def stands_in(self, text: str) -> bool:
        """Whether a value names it, with its port or without one that another name would have."""
        found = re.search(rf"(?<![a-z0-9.-]){re.escape(self.name)}(?::(\d{{2,5}}))?(?![a-z0-9.:-])", text.lower())
        if found is None:
            return False
        plain = {"http": 80, "https": 443}.get(text.lower().partition("://")[0])
        called = int(found.group(1)) if found.group(1) else plain
        return called is not None and called == self.alias


def namespace_of(world: World, service: Resource) -> str:
    """The namespace whose names a service's tasks can call; empty where it has none."""
    given = as_dict(service.get("ServiceConnectConfiguration"))
    if known_flag(given.get("Enabled"), False) is not True:
        return ""
    space = given.get("Namespace")
    if space is None:
        cluster = resource_named(world, service.get("Cluster"), "AWS::ECS::Cluster")
        space = cluster.get("ServiceConnectDefaults", "Namespace") if cluster is not None else None
    return _space(world, space)


def _space(world: World, value: Value) -> str:
    """One name for a namespace, however it is referred to."""
    named = resource_named(world, value)
    if named is not None and named.type.startswith("AWS::ServiceDiscovery::"):
        return str(named.address)
    text = known_text(value) or ""
    for kind in ("HttpNamespace", "PrivateDnsNamespace", "PublicDnsNamespace"):
        for space in world.of_type(f"AWS::ServiceDiscovery::{kind}"):
            if text and known_text(space.get("Name")) == text:
                return str(space.address)
    return text


def read_connect_names(world: World) -> dict[str, tuple[ConnectName, ...]]:
    """Every name, by namespace."""
    found: dict[str, list[ConnectName]] = defaultdict(list)
    for service in world.of_type("AWS::ECS::Service"):
        space = namespace_of(world, service)
        if space:
            for item in as_list(service.get("ServiceConnectConfiguration", "Services")):
                found[space] += _names(world, service, as_dict(item))
    return {space: tuple(names) for space, names in found.items()}


def _names(world: World, service: Resource, given: dict[str, Value]) -> Iterator[ConnectName]:
    """Without a name of its own an alias is DISCOVERYNAME.NAMESPACE; the port name stands for the discovery name."""
    port = port_named(world, service, given)
    ingress = known_int(given.get("IngressPortOverride"))
    where: int | Unknown = ingress if ingress is not None else port
    discovery = known_text(given.get("DiscoveryName")) or known_text(given.get("PortName")) or ""
    space = resource_named(world, service.get("ServiceConnectConfiguration", "Namespace"))
    suffix = known_text(space.get("Name")) if space is not None else None
    for item in as_list(given.get("ClientAliases")):
        alias = as_dict(item)
        name = known_text(alias.get("DnsName")) or (f"{discovery}.{suffix}" if suffix and discovery else "")
        if name:
            yield ConnectName(name.lower(), known_int(alias.get("Port")), service.address, where)


def port_named(world: World, service: Resource, given: dict[str, Value]) -> int | Unknown:
    """The port of the container whose mapping has the name."""
    wanted = known_text(given.get("PortName"))
    task = resource_named(world, service.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    for container in as_list(task.get("ContainerDefinitions")) if task is not None else []:
        for mapping in as_list(as_dict(container).get("PortMappings")):
            if wanted is not None and known_text(as_dict(mapping).get("Name")) == wanted:
                number = known_int(as_dict(mapping).get("ContainerPort"))
                if number is not None:
                    return number
    return Unknown(f"the port {render(given.get('PortName'))} of {service.address}")
