"""Who may talk to whom: one security group per tier and one table of allowed paths, both directions explicit.

Groups live with the network, so that stacks which use them never edit one another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from librechat_aws import config as c

HTTP, HTTPS = 80, 443


class Tier(StrEnum):
    """A group of interfaces with the same rights; the value is the construct id."""

    FRONT_DOOR = "FrontDoor"
    LIBRECHAT = "LibreChat"
    RAG_API = "RagApi"
    SEARCH = "Search"
    ADMIN_PANEL = "AdminPanel"
    DOCUMENTS = "Documents"
    VECTORS = "Vectors"
    CACHE = "Cache"
    INITIALISER = "Initialiser"
    ENDPOINTS = "Endpoints"


PORTS = {
    Tier.LIBRECHAT: 3080,
    Tier.RAG_API: 8000,
    Tier.SEARCH: 7700,
    Tier.ADMIN_PANEL: 3000,
    Tier.DOCUMENTS: 27017,
    Tier.VECTORS: 5432,
    Tier.CACHE: 6379,
    Tier.ENDPOINTS: HTTPS,
}

_CALLS_AWS = (Tier.LIBRECHAT, Tier.RAG_API, Tier.SEARCH, Tier.ADMIN_PANEL, Tier.INITIALISER)


@dataclass(frozen=True)
class Path:
    """Traffic that is allowed, and why: from one tier to the port of another."""

    source: Tier
    target: Tier
    why: str

    @property
    def port(self) -> int:
        return PORTS[self.target]


def allowed_paths(config: c.Config) -> tuple[Path, ...]:
    """Every path between tiers that this deployment needs."""
    paths = []
    if tier_exists(Tier.FRONT_DOOR, config):
        paths.append(Path(Tier.FRONT_DOOR, Tier.LIBRECHAT, "requests and health checks"))
    if tier_exists(Tier.DOCUMENTS, config):
        paths.append(Path(Tier.LIBRECHAT, Tier.DOCUMENTS, "conversations and users"))
        paths.append(Path(Tier.INITIALISER, Tier.DOCUMENTS, "creates the application user"))
    if tier_exists(Tier.CACHE, config):
        paths.append(Path(Tier.LIBRECHAT, Tier.CACHE, "sessions and streams"))
    if tier_exists(Tier.VECTORS, config):
        paths.append(Path(_reader_of_vectors(config.compute), Tier.VECTORS, "embeddings"))
        paths.append(Path(Tier.INITIALISER, Tier.VECTORS, "creates database, role and extension"))
    if tier_exists(Tier.RAG_API, config):
        paths.append(Path(Tier.LIBRECHAT, Tier.RAG_API, "file indexing and retrieval"))
    if tier_exists(Tier.SEARCH, config):
        paths.append(Path(Tier.LIBRECHAT, Tier.SEARCH, "conversation search"))
    if tier_exists(Tier.ADMIN_PANEL, config):
        paths.append(Path(Tier.FRONT_DOOR, Tier.ADMIN_PANEL, "administrators"))
        paths.append(Path(Tier.ADMIN_PANEL, Tier.LIBRECHAT, "what administrators do"))
    if tier_exists(Tier.ENDPOINTS, config):
        callers = [tier for tier in _CALLS_AWS if tier_exists(tier, config)]
        paths.extend(Path(tier, Tier.ENDPOINTS, "AWS services") for tier in callers)
    return tuple(paths)


def tier_exists(tier: Tier, config: c.Config) -> bool:
    """Whether this deployment has interfaces of that tier."""
    services = _runs_services(config.compute)
    managed_documents = isinstance(config.documents, c.DocumentDb | c.DocumentDbServerless)
    managed_vectors = config.rag is not None and not isinstance(config.rag.store, c.PostgresOnInstance)
    return {
        Tier.FRONT_DOOR: _has_load_balancer(config.compute),
        Tier.LIBRECHAT: True,
        Tier.RAG_API: services and config.rag is not None,
        Tier.SEARCH: services and config.search is not None,
        Tier.ADMIN_PANEL: services and config.admin_panel is not None,
        Tier.DOCUMENTS: managed_documents,
        Tier.VECTORS: managed_vectors,
        Tier.CACHE: isinstance(config.cache, c.Valkey),
        Tier.INITIALISER: managed_documents or managed_vectors,
        Tier.ENDPOINTS: isinstance(config.egress, c.EndpointsOnly),
    }[tier]


def _runs_services(compute: c.Compute) -> bool:
    """Whether every program has interfaces of its own."""
    match compute:
        case c.Ecs():
            return True
        case c.Ec2() | c.WebFunction():
            return False
        case _ as never:
            assert_never(never)


def _reader_of_vectors(compute: c.Compute) -> Tier:
    """One machine has one group for all that runs on it."""
    return Tier.RAG_API if _runs_services(compute) else Tier.LIBRECHAT


def _has_load_balancer(compute: c.Compute) -> bool:
    match compute:
        case c.Ec2() | c.Ecs():
            return True
        case c.WebFunction():
            return False
        case _ as never:
            assert_never(never)


def public_ports(config: c.Config) -> dict[int, str]:
    """Ports beside 443 on which LibreChat calls hosts outside the VPC, each with the reason."""
    ports = dict.fromkeys(config.chat.egress_ports, "hosts that the settings name")
    if isinstance(config.documents, c.ExternalMongo):
        ports[PORTS[Tier.DOCUMENTS]] = "the external MongoDB"
    return ports


class SecurityGroups(Construct):
    """One group per tier, with the rules of `allowed_paths` and the ways to AWS and from the internet."""

    def __init__(self, scope: Construct, id: str, *, vpc: ec2.IVpc, config: c.Config) -> None:
        super().__init__(scope, id)
        self._handles: dict[tuple[str, Tier], ec2.ISecurityGroup] = {}
        self._groups = {
            tier: ec2.SecurityGroup(
                self, tier.value, vpc=vpc, description=f"LibreChat tier {tier.value}", allow_all_outbound=False
            )
            for tier in Tier
            if tier_exists(tier, config)
        }
        for path in allowed_paths(config):
            self._allow(path)
        self._allow_entry(config)
        self._allow_aws_services(config)

    @property
    def ids(self) -> list[str]:
        """The id of every group."""
        return [group.security_group_id for group in self._groups.values()]

    def of(self, tier: Tier, scope: Construct) -> ec2.ISecurityGroup:
        """The group of a tier for use in another stack, where it must not grow rules."""
        key = (scope.node.path, tier)
        if key not in self._handles:
            self._handles[key] = ec2.SecurityGroup.from_security_group_id(
                scope, f"{tier.value}Group", self._groups[tier].security_group_id, mutable=False
            )
        return self._handles[key]

    def within(self, tiers: Iterable[Tier]) -> list[ec2.SecurityGroup]:
        """The groups themselves, for resources of the network's own stack."""
        return [self._groups[tier] for tier in tiers if tier in self._groups]

    def _allow(self, path: Path) -> None:
        source, target = self._groups[path.source], self._groups[path.target]
        port = ec2.Port.tcp(path.port)
        target.add_ingress_rule(source, port, f"from {path.source.value}: {path.why}")
        source.add_egress_rule(target, port, f"to {path.target.value}: {path.why}")

    def _allow_entry(self, config: c.Config) -> None:
        entry = config.entry
        if isinstance(entry, c.CloudFront):
            return  # the VPC origin's own group is allowed in by the front door, once it exists
        door = self._groups[Tier.FRONT_DOOR]
        ports = {c.TrialHttp: (HTTP,), c.PublicHttps: (HTTP, HTTPS)}[type(entry)]
        for cidr in entry.allowed_cidrs:
            for port in ports:
                door.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), f"people on port {port}")

    def _allow_aws_services(self, config: c.Config) -> None:
        # A gateway endpoint for S3 is reached at public addresses, so 443 must be open to them in every mode.
        for tier in _CALLS_AWS:
            if tier in self._groups:
                group = self._groups[tier]
                group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS services and image registries")
        for number, why in public_ports(config).items():
            self._groups[Tier.LIBRECHAT].add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(number), why)
