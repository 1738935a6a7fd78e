"""VPC Block Public Access against traffic of an internet gateway -> the hop where it stops it, if it does.

Bidirectional mode stops everything but what is excluded; ingress-only mode lets NAT gateways and egress-only gateways
through. Source: Amazon VPC User Guide, block public access to VPCs and subnets.
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.network import Network, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.trace.hops import undecided


def access_hops(network: Network, subnet: Subnet, *, natted: bool, source: Subnet | None = None) -> tuple[Hop, ...]:
    """For what goes out from a subnet; `natted` where that is the subnet of the NAT gateway of a `source`."""
    access = network.public_access
    if access is None:
        return ()
    if isinstance(access.mode, Unknown):
        return (undecided("VPC Block Public Access", access.mode),)
    if access.mode == "block-ingress" and natted:
        return ()
    allowed = _exclusion(network, subnet)
    if isinstance(allowed, Unknown):
        return (undecided("VPC Block Public Access", allowed),)
    if allowed == "allow-bidirectional" or (allowed == "allow-egress" and access.mode == "block-bidirectional"):
        return ()
    if source is not None and _exclusion(network, source) is not None:
        return (undecided("VPC Block Public Access", f"only {source.address} is excluded, not {subnet.address}"),)
    return (_stopped(network, subnet, "out of"),)


def entry_hops(network: Network, subnet: Subnet) -> tuple[Hop, ...]:
    """For clients on the internet that come in to a subnet."""
    access = network.public_access
    if access is None or isinstance(access.mode, Unknown) or _exclusion(network, subnet) == "allow-bidirectional":
        return ()
    return () if isinstance(_exclusion(network, subnet), Unknown) else (_stopped(network, subnet, "into"),)


def _exclusion(network: Network, subnet: Subnet) -> str | Unknown | None:
    """The mode of the exclusion of a subnet, else that of its VPC."""
    exclusions = network.public_access.exclusions if network.public_access is not None else {}
    for place in (subnet.address, subnet.vpc):
        if isinstance(place, Address) and place in exclusions:
            return exclusions[place][0]
    return network.public_access.loose if network.public_access is not None else None


def _stopped(network: Network, subnet: Subnet, way: str) -> Hop:
    assert network.public_access is not None
    owner = network.public_access.address
    return Hop(
        "VPC Block Public Access", BLOCKS, f"{owner} ({network.public_access.mode}) stops what goes {way} {subnet.address} "
        "over an internet gateway", code="VPC_BLOCK_PUBLIC_ACCESS_ENABLED", blame=(owner,),
        remedy=f"exclude {subnet.vpc} by an AWS::EC2::VPCBlockPublicAccessExclusion",
    )  # fmt: skip
