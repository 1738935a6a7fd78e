"""The network as the templates describe it: VPCs, subnets, routes, gateways, endpoints, groups, ACLs.

Semantics: docs/concepts/reachability.md. Unknown stands wherever the templates leave something open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from ipaddress import IPv6Network
from typing import Any, TypeVar

from stackflight.model.identity import Statement
from stackflight.model.lattice import Lattice
from stackflight.model.middlebox import Middlebox
from stackflight.model.names import Answerer, Filter
from stackflight.model.ranges import Block
from stackflight.model.transit import Transit
from stackflight.model.value import Address, Unknown, Zone
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Vpc:
    """`cidrs` holds the IPv4 blocks that are known; `cidrs_complete` is False where one is not."""

    address: Address
    cidrs: tuple[Block, ...]
    cidrs_complete: bool
    dns_support: bool | Unknown
    dns_hostnames: bool | Unknown
    own_resolver: bool = False
    """Whether DHCP options may name another DNS server."""
    internet_gateways: tuple[tuple[Address, Address], ...] = ()
    """Pairs of internet gateway and attachment."""
    perhaps_attached: Unknown | None = None
    """Set where an attachment may or may not concern this VPC."""
    region: str = ""
    """Its Region where the templates or the user say which; zones and endpoints of a literal Region tell it too."""
    answers: tuple[Answerer, ...] = ()
    """What else than Amazon's own servers answers for names."""
    filters: tuple[Filter, ...] = ()
    """The rules of the DNS Firewall, in the order in which they are asked."""
    handed_on: bool = True
    """Whether others may have subnets in it: it was there before, or a stack tells its id."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """`route_table` None means the VPC's main table, which has only the local route."""

    address: Address
    vpc: Address | Unknown
    cidr: Block | Unknown
    zone: Zone | str | Unknown
    map_public_ip: bool | Unknown
    route_table: Address | Unknown | None
    association: Address | None
    acl: Address | Unknown | None
    ipv6: bool = False
    exists: bool | Unknown = True
    native6: bool | Unknown = False
    """Whether it has IPv6 addresses only."""
    dns64: bool | Unknown = False
    gives6: bool | Unknown = False
    """Whether what is launched in it gets an IPv6 address without asking."""


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """One route. `destination` is a block, "ipv6" (then `block6` is the block), or Unknown; `kind` names the target's type.

    Kinds: internet-gateway, nat-gateway, egress-only, instance, interface, peering, transit-gateway, vpn-gateway,
    endpoint (Gateway Load Balancer, firewall), local-gateway, carrier-gateway, core-network, propagated (announced from
    elsewhere), unknown.
    """

    address: Address
    table: Address
    destination: Block | str | Unknown
    kind: str
    target: Address | Unknown
    exists: bool | Unknown = True
    block6: IPv6Network | Unknown | None = None


@dataclass(frozen=True, slots=True)
class NatGateway:
    """`subnet` None for a regional NAT gateway, which needs no subnet of its own."""

    address: Address
    subnet: Address | Unknown | None
    public: bool | Unknown
    vpc: Address | Unknown | None = None
    exists: bool | Unknown = True
    elastic: Address | Unknown | None = None
    """Its Elastic IP, from Amazon's pool; None where the gateway takes addresses of the pool by itself."""


@dataclass(frozen=True, slots=True)
class NatInstance:
    """An EC2 instance that a route names as target; it forwards only with the source/destination check off."""

    address: Address
    subnet: Address | Unknown
    forwards: bool | Unknown
    public_ip: bool | Unknown
    groups: tuple[Address | Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint. `service` is the endpoint name without Region prefix ("ecr.api").

    `region` is the Region whose service it is where that is written down, empty for that of its VPC; `inbound_only` says
    that its private DNS answers only what comes in over a Resolver endpoint.
    """

    address: Address
    vpc: Address | Unknown
    service: str | Unknown
    interface: bool | Unknown
    private_dns: bool | Unknown
    subnets: tuple[Address | Unknown, ...] = ()
    groups: tuple[Address | Unknown, ...] = ()
    route_tables: tuple[Address | Unknown, ...] = ()
    policy: object = None
    exists: bool | Unknown = True
    region: str = ""
    elsewhere: bool | Unknown = False
    """Whether the service is one of another Region (ServiceRegion)."""
    inbound_only: bool | Unknown = False
    addresses: str | Unknown = "ipv4"
    """"ipv4", "ipv6" or "dualstack": what its interfaces have."""
    all_resolvers: bool = False
    """Whether its private DNS answers inside the VPC although a gateway endpoint is there as well."""
    names: tuple[str, ...] | Unknown = ()
    """The private names of an endpoint service that is not one of AWS's; Unknown where the service is somebody else's."""
    awaits: Unknown | None = None
    """Why nothing may pass yet: the owner of the endpoint service has to accept it."""


@dataclass(frozen=True, slots=True)
class ServiceList:
    """A prefix list of AWS with the addresses of one service in one Region."""

    service: str
    region: str

    def __str__(self) -> str:
        return f"the addresses of {self.service} in {self.region}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One security-group rule. `peer` is a block, another group, "ipv6" (then `block6` is the block), a list of AWS's, or
    Unknown (parameters)."""

    address: Address
    protocol: str | Unknown
    ports: tuple[int, int] | Unknown
    peer: Block | Address | ServiceList | str | Unknown
    exists: bool | Unknown = True
    block6: IPv6Network | Unknown | None = None


@dataclass(frozen=True)
class Group:
    """A security group. `egress_default` is True while nobody declared an egress rule inline."""

    address: Address
    vpc: Address | Unknown | None
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    egress_default: bool
    incomplete: Unknown | None = None

    def rules_for(self, direction: str, peers: frozenset[Address]) -> list[Rule]:
        """The rules of a direction ("egress", "ingress") that may speak of one of these groups or of addresses.

        Rules for other groups are left out, so that a group that admits a thousand others is asked in one step.
        """
        by_peer, others = self._sorted[direction]
        found = [*others, *(entry for peer in peers for entry in by_peer.get(peer, ()))]
        return [rule for _, rule in sorted(found, key=lambda entry: entry[0])]

    @cached_property
    def _sorted(self) -> dict[str, tuple[dict[Address, list[tuple[int, Rule]]], list[tuple[int, Rule]]]]:
        sides: dict[str, tuple[dict[Address, list[tuple[int, Rule]]], list[tuple[int, Rule]]]] = {}
        for direction, rules in (("egress", self.egress), ("ingress", self.ingress)):
            by_peer: dict[Address, list[tuple[int, Rule]]] = {}
            others: list[tuple[int, Rule]] = []
            for index, rule in enumerate(rules):
                if isinstance(rule.peer, Address):
                    by_peer.setdefault(rule.peer, []).append((index, rule))
                else:
                    others.append((index, rule))
            sides[direction] = (by_peer, others)
        return sides


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One network ACL entry; `ports` covers everything where the protocol has none.

    `block` is "ipv6" for an entry of IPv6 addresses, and `block6` then its block.
    """

    address: Address
    number: int | Unknown
    egress: bool | Unknown
    allow: bool | Unknown
    protocol: str | Unknown
    block: Block | str | Unknown
    ports: tuple[int, int] | Unknown
    exists: bool | Unknown = True
    block6: IPv6Network | Unknown | None = None


@dataclass(frozen=True, slots=True)
class Peering:
    """A peering connection between two VPCs; `references` says whether rules may name groups of the other side."""

    address: Address
    requester: Address | Unknown
    accepter: Address | Unknown
    references: bool | Unknown = True


@dataclass(frozen=True, slots=True)
class PublicAccess:
    """VPC Block Public Access of the Region: `mode` "block-bidirectional" or "block-ingress", and who is excluded.

    `loose` is why somebody else may be excluded as well.
    """

    address: Address
    mode: str | Unknown
    exclusions: Mapping[Address, tuple[str | Unknown, Address]] = field(default_factory=dict)
    loose: Unknown | None = None


_Part = TypeVar("_Part", Subnet, NatGateway)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Network:
    """Everything of a world that packets meet, by address."""

    vpcs: Mapping[Address, Vpc] = field(default_factory=dict)
    subnets: Mapping[Address, Subnet] = field(default_factory=dict)
    tables: Mapping[Address, Address | Unknown] = field(default_factory=dict)
    routes: Mapping[Address, tuple[RouteEntry, ...]] = field(default_factory=dict)
    loose_routes: tuple[RouteEntry, ...] = ()
    nats: Mapping[Address, NatGateway] = field(default_factory=dict)
    instances: Mapping[Address, NatInstance] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    groups: Mapping[Address, Group] = field(default_factory=dict)
    acls: Mapping[Address, tuple[AclEntry, ...]] = field(default_factory=dict)
    peerings: Mapping[Address, Peering] = field(default_factory=dict)
    transit: Transit = field(default_factory=Transit)
    public_access: PublicAccess | None = None
    opaque: Mapping[Address, Unknown] = field(default_factory=dict)
    """VPCs with something in them that may change any path and is not modelled, and what that is."""
    middleboxes: Mapping[Address, Middlebox] = field(default_factory=dict)
    edges: Mapping[Address, Address | Unknown] = field(default_factory=dict)
    """The route tables of internet and virtual private gateways, by the gateway: what comes in takes their routes."""
    guards: Mapping[Address, tuple[Statement, ...]] = field(default_factory=dict)
    """What policies of resources refuse by the way on which a request comes."""
    lattice: Lattice = field(default_factory=Lattice)
    shared_groups: frozenset[tuple[Address, Address]] = frozenset()
    """Groups with further VPCs that they are associated with."""
    told: dict[tuple[str, Address], tuple[object, Any]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What was worked out of it once, beside the part that it was worked out of; a changed network begins without any."""

    def tell_once(self, what: str, part: _Part, work_out: Callable[[Network, _Part], _Answer]) -> _Answer:
        """What follows from a part of this network, worked out at the first question and kept."""
        key = (what, part.address)
        kept = self.told.get(key)
        if kept is None or kept[0] is not part:
            kept = self.told[key] = (part, work_out(self, part))
        answer: _Answer = kept[1]
        return answer

    def vpc_of(self, subnet: Address | Unknown) -> Address | None:
        """The VPC of a subnet where both are known."""
        found = self.subnets.get(subnet) if isinstance(subnet, Address) else None
        return found.vpc if found and isinstance(found.vpc, Address) else None

    def default_group(self, vpc: Address) -> Address:
        """The address under which the VPC's default security group is kept."""
        return Address(vpc.stack, f"{vpc.id}.DefaultSecurityGroup")
