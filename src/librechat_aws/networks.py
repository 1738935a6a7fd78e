"""The network of a deployment and the way out of it, as sum types; `config` hands them out with all other choices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NatGateways:
    """`count` NAT gateways, at most one per zone."""

    count: int


@dataclass(frozen=True)
class NatInstance:
    """One NAT instance on Graviton: cheap, and a single point of failure."""

    instance_type: str


@dataclass(frozen=True)
class EndpointsOnly:
    """No NAT; interface endpoints for every AWS service that a workload calls; images in private ECR."""


@dataclass(frozen=True)
class NoEgress:
    """No NAT and no endpoints. Synthesises, and cannot work: it exists to be refused by a check."""


Egress = NatGateways | NatInstance | EndpointsOnly | NoEgress


@dataclass(frozen=True)
class NewVpc:
    """A VPC of our own: public, app and data subnets in `zones` Availability Zones."""

    cidr: str
    zones: int
    egress: Egress


@dataclass(frozen=True)
class ExistingVpc:
    """A VPC given by its ids. Its routes are the owner's affair: app subnets need egress."""

    vpc_id: str
    vpc_cidr: str
    zones: tuple[str, ...]
    public_subnet_ids: tuple[str, ...]
    app_subnet_ids: tuple[str, ...]
    data_subnet_ids: tuple[str, ...]


Network = NewVpc | ExistingVpc
