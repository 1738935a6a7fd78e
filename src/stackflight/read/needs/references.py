"""References in a workload's environment, secrets and properties -> the destinations that they lead to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field

from stackflight.model.finding import Certainty
from stackflight.model.identify import to_address, to_addresses
from stackflight.model.template import World
from stackflight.model.value import Address, Reference, Text, Value, references_in, render
from stackflight.patterns import compile_later
from stackflight.read.needs.connect import ConnectName, read_connect_names
from stackflight.read.needs.destinations import Destination, at_attribute, find_destinations
from stackflight.records import dataclass

_ENDPOINT_WORDS = ("endpoint", "address", "port", "dnsname", "bootstrap", "readendpoint", "domainendpoint")
_URL = compile_later(r"(?:[a-z][a-z0-9+.-]*://)?([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)(?::(\d{2,5}))?")


@dataclass(frozen=True)
class Links:
    """What a world's references mean for connections.

    `by_secret` leads from a secret to the databases whose login it holds, `names` from a private DNS name to the
    ECS service behind it, `connected` from a namespace to the names that Service Connect gives its members, `proxies` from
    a database to the proxies that stand before it.
    """

    destinations: dict[Address, Destination]
    by_secret: dict[Address, tuple[Address, ...]]
    names: dict[str, tuple[Address, Address | None]] = field(default_factory=dict)
    connected: dict[str, tuple[ConnectName, ...]] = field(default_factory=dict)
    proxies: dict[Address, frozenset[Address]] = field(default_factory=dict)


def read_links(world: World) -> Links:
    """Destinations of a world with the secrets and names that stand for them."""
    destinations = find_destinations(world)
    by_secret: dict[Address, list[Address]] = defaultdict(list)
    for attachment in world.of_type("AWS::SecretsManager::SecretTargetAttachment"):
        secret, target = to_address(world, attachment.get("SecretId")), to_address(world, attachment.get("TargetId"))
        if isinstance(target, Address) and target in destinations:
            by_secret[attachment.address].append(target)
            if isinstance(secret, Address):
                by_secret[secret].append(target)
    for address in destinations:
        for reference in references_in(world.resources[address].properties):
            resource = world.resources.get(reference.address)
            if resource is not None and resource.type == "AWS::SecretsManager::Secret":
                by_secret[reference.address].append(address)
    for written in world.of_type("AWS::SecretsManager::Secret"):
        by_secret[written.address] += [
            item.address for item in references_in(written.properties) if item.address in destinations
        ]
    for resource in world.resources.values():
        if resource.is_custom:
            _link_by_custom_resource(world, resource.address, destinations, by_secret)
    linked = {secret: tuple(dict.fromkeys(targets)) for secret, targets in by_secret.items() if targets}
    return Links(destinations, linked, _private_names(world), read_connect_names(world), _proxies(world))


def _proxies(world: World) -> dict[Address, frozenset[Address]]:
    found: dict[Address, frozenset[Address]] = defaultdict(frozenset)
    for group in world.of_type("AWS::RDS::DBProxyTargetGroup"):
        proxy = to_address(world, group.get("DBProxyName"))
        for key in ("DBInstanceIdentifiers", "DBClusterIdentifiers"):
            for target in to_addresses(world, group.get(key)):
                if isinstance(proxy, Address) and isinstance(target, Address):
                    found[target] |= {proxy}
    return found


def _link_by_custom_resource(
    world: World, custom: Address, destinations: dict[Address, Destination], by_secret: dict[Address, list[Address]]
) -> None:
    """A custom resource that is given both a secret and a database endpoint writes the one from the other."""
    references = references_in(world.resources[custom].properties)
    targets = [item.address for item in references if item.address in destinations]
    for item in references:
        resource = world.resources.get(item.address)
        if resource is not None and resource.type == "AWS::SecretsManager::Secret" and targets:
            by_secret[item.address].extend(targets)


def _private_names(world: World) -> dict[str, tuple[Address, Address | None]]:
    """Cloud Map names (`service.namespace`) of ECS services, each with the VPC of its namespace."""
    found: dict[str, tuple[Address, Address | None]] = {}
    for service in world.of_type("AWS::ECS::Service"):
        for registry in _as_items(service.get("ServiceRegistries")):
            entry = to_address(world, registry.get("RegistryArn"))
            if isinstance(entry, Address):
                resource = world.resources[entry]
                dns = resource.get("DnsConfig", "NamespaceId")
                space = to_address(world, resource.get("NamespaceId") if dns is None else dns)
                name = render(resource.get("Name"))
                if isinstance(space, Address):
                    home = to_address(world, world.resources[space].get("Vpc"))
                    full = f"{name}.{render(world.resources[space].get('Name'))}".lower()
                    found[full] = (service.address, home if isinstance(home, Address) else None)
    return found


def _as_items(value: Value) -> Iterator[dict[str, Value]]:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            yield item


@dataclass(frozen=True, slots=True)
class Lead:
    """One destination that a value leads to, and how sure that is; `port` is the one beside its name, where there is one."""

    destination: Destination
    certainty: Certainty
    how: str
    port: int | None = None


def leads_from(links: Links, value: Value) -> list[Lead]:
    """Destinations that a value names: by endpoint attribute, by its secret, or by mere mention."""
    found: list[Lead] = []
    for reference in references_in(value):
        if reference.address in links.destinations:
            sure = reference.attribute.lower().replace(".", "").startswith(_ENDPOINT_WORDS) or any(
                word in reference.attribute.lower() for word in ("endpoint", "address")
            )
            certainty = Certainty.PROVED if sure else Certainty.POSSIBLE
            named = at_attribute(links.destinations[reference.address], reference.attribute)
            found.append(Lead(named, certainty, render(reference), _port_beside(value, reference) if sure else None))
        for target in links.by_secret.get(reference.address, ()):
            found.append(Lead(links.destinations[target], Certainty.POSSIBLE, f"secret {reference.address}"))
    return _strongest(found)


def _port_beside(value: Value, host: Reference) -> int | None:
    """The port that a text has right behind a host."""
    text = re.search(rf"{re.escape(render(host))}:(\d{{2,5}})(?![\d:])", render(value))
    return int(text.group(1)) if text is not None and isinstance(value, Text) else None


def _strongest(leads: list[Lead]) -> list[Lead]:
    best: dict[Address, Lead] = {}
    for lead in leads:
        kept = best.get(lead.destination.address)
        if kept is None or (kept.certainty is Certainty.POSSIBLE and lead.certainty is Certainty.PROVED):
            best[lead.destination.address] = lead
    return list(best.values())


def named_services(links: Links, value: Value) -> list[tuple[Address, int | None, Address | None]]:
    """ECS services whose private DNS name stands in a value, with the port behind the name and the VPC of the name."""
    text = render(value).lower()
    found: list[tuple[Address, int | None, Address | None]] = []
    for name, (service, home) in links.names.items():
        for match in re.finditer(rf"(?<![a-z0-9.-]){re.escape(name)}(?::(\d{{2,5}}))?(?![a-z0-9.-])", text):
            scheme = re.search(r"(https?)://$", text[: match.start()])
            plain = {"http": 80, "https": 443}[scheme.group(1)] if scheme else None
            found.append((service, int(match.group(1)) if match.group(1) else plain, home))
    return found
