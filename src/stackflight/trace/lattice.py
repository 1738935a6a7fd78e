"""Calls through VPC Lattice -> hops: the client's way into the service network, and Lattice's way to a target.

Names of Lattice resolve to link-local addresses, so routes play no part. The client's own groups decide what leaves, those
of the association which clients come in, those of the target whether Lattice gets there, health checks included. Source:
Amazon VPC Lattice User Guide, control traffic using security groups, network ACLs, VPC associations.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.lattice import LatticeDoor
from stackflight.model.need import FromLattice, LatticeTarget, Need, Route
from stackflight.model.network import Network, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.trace.crossings import acl_pair
from stackflight.trace.filters import Answer, Remote, as_meant, groups_allow, spoken
from stackflight.trace.hops import filter_hop, undecided, verdict_of
from stackflight.trace.lattice_auth import auth_hops
from stackflight.trace.paths import Source, effective_groups, names_of, target_interfaces

ADDRESSES = (ipaddress.IPv4Network("169.254.171.0/24"),)
"""What the managed prefix list com.amazonaws.REGION.vpc-lattice holds of IPv4 link-local addresses."""


def to_lattice(network: Network, source: Source, target: LatticeTarget) -> tuple[Hop, ...]:
    """The hops from a source to a service of Lattice."""
    own = effective_groups(network, source.placement, source.vpc)
    out = groups_allow(network, own, "egress", "tcp", target.port, Remote(ADDRESSES))
    wanted = spoken("tcp", target.port)
    remedy = f"allow outbound {wanted} to the managed prefix list of VPC Lattice in {names_of(own)}"
    hops = [filter_hop(f"security group of {source.workload}", _lenient(out), "ENI_SG_RULES_MISMATCH", remedy)]
    if isinstance(source.subnet, Subnet):
        hops += acl_pair(network, source.subnet, target.port, source.placement.ports, ADDRESSES)
    return (*hops, *_doors(network, source, target))


def _lenient(answer: Answer) -> Answer:
    """A rule for a prefix list, or for part of the addresses, is taken to be the right one."""
    return Answer(True, "it may let it through") if answer.allowed is None else answer


def _doors(network: Network, source: Source, target: LatticeTarget) -> tuple[Hop, ...]:
    at, lattice = f"service network of {target.address}", network.lattice
    homes = lattice.members.get(target.address, ())
    if not homes and lattice.loose is not None:
        return (undecided(at, lattice.loose),)
    if not homes:
        return (
            Hop(
                at, BLOCKS, f"{target.address} is associated with no service network", code="UNASSOCIATED_COMPONENT",
                blame=(target.address,), remedy=f"associate {target.address} with a service network",
            ),
        )  # fmt: skip
    if isinstance(source.subnet, Unknown):
        return (undecided(at, source.subnet),)
    mine = [door for door in lattice.doors if door.vpc == source.vpc and door.network in homes]
    unsure = [item for item in homes if isinstance(item, Unknown)]
    unsure += [door.vpc for door in lattice.doors if isinstance(door.vpc, Unknown)]
    unsure += [door.network for door in lattice.doors if isinstance(door.network, Unknown) and door.vpc == source.vpc]
    if not mine and unsure:
        return (undecided(at, unsure[0]),)
    if not mine:
        named = next(item for item in homes if isinstance(item, Address))
        why = f"{source.vpc} is not associated with {named}, which holds {target.address}"
        return (
            Hop(
                at, BLOCKS, why, code="DISCONNECTED_VPCS", blame=(source.workload, named, target.address),
                remedy=f"add an AWS::VpcLattice::ServiceNetworkVpcAssociation of {source.vpc} with {named}",
            ),
        )  # fmt: skip
    return _through(network, source, target, mine[0])


def _through(network: Network, source: Source, target: LatticeTarget, door: LatticeDoor) -> tuple[Hop, ...]:
    at = f"security group of {door.address}"
    if isinstance(door.exists, Unknown):
        return (undecided(at, door.exists),)
    if door.endpoint:
        return (undecided(at, f"whether {target.address} is called by the names of {door.address}"),)
    passes = Hop(
        f"association {door.address}", PASSES, f"it joins {source.vpc} with the service network",
        relies_on=(door.address,),
    )  # fmt: skip
    closed = tuple(auth_hops(network.lattice, target, door.network, source.workload))
    if not door.groups:
        return (passes, *closed)
    own = effective_groups(network, source.placement, source.vpc)
    known = frozenset(group for group in own if isinstance(group, Address))
    near = source.subnet
    blocks = (near.cidr,) if isinstance(near, Subnet) and not isinstance(near.cidr, Unknown) else None
    remote = Remote(blocks, known, len(known) == len(own))
    answer = groups_allow(network, door.groups, "ingress", "tcp", target.port, remote)
    remedy = f"allow inbound {spoken('tcp', target.port)} from {names_of(own)} in {names_of(door.groups)}"
    return (passes, filter_hop(at, answer, "ENI_SG_RULES_MISMATCH", remedy), *closed)


def from_lattice(network: Network, need: Need, target: FromLattice) -> Iterator[Route]:
    """One route for each place of a target; the packets come from Lattice's own addresses."""
    wanted = spoken("tcp", target.port)
    for _, groups in target_interfaces(network, target):
        answer = groups_allow(network, groups, "ingress", "tcp", target.port, Remote(ADDRESSES))
        if answer.allowed is None and not answer.decided_by:
            answer = _lenient(answer)
        answer = as_meant(answer)
        remedy = f"allow inbound {wanted} from the managed prefix list of VPC Lattice in {names_of(groups)}"
        hop = filter_hop(f"security group of {target.address}", answer, "ENI_SG_RULES_MISMATCH", remedy)
        yield Route(f"VPC Lattice for {need.workload.address}", verdict_of((hop,)), (hop,), "VPC Lattice")
