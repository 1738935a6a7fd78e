"""World and Network -> findings on address blocks: subnets outside their VPC or over one another, peerings that overlap.

Source: Amazon VPC User Guide (subnets); Amazon VPC Peering Guide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.network import Subnet
from stackflight.model.value import Address, Unknown, render

SUBNET_OUTSIDE_VPC = Check(
    "subnet-outside-vpc",
    found_when="a subnet's block does not lie in its VPC",
    explains="EC2 refuses the subnet.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",),
    replaces=("E3059",),
)


SUBNET_OVERLAPS = Check(
    "subnet-overlaps",
    found_when="two subnets of a VPC overlap",
    explains="EC2 refuses the second one.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",),
    replaces=("E3060",),
)


@finds(SUBNET_OUTSIDE_VPC, SUBNET_OVERLAPS)
def find_subnet_blocks(case: Case) -> Iterator[Finding]:
    """Subnets outside their VPC's blocks, or on one another."""
    by_vpc: dict[Address, list[Subnet]] = defaultdict(list)
    for subnet in case.network.subnets.values():
        if isinstance(subnet.vpc, Address) and not isinstance(subnet.cidr, Unknown) and subnet.exists is True:
            by_vpc[subnet.vpc].append(subnet)
    for vpc, subnets in by_vpc.items():
        owner = case.network.vpcs.get(vpc)
        for index, subnet in enumerate(subnets):
            if isinstance(subnet.cidr, Unknown):
                continue
            if owner is not None and owner.cidrs_complete and owner.cidrs:
                if not any(subnet.cidr.subnet_of(block) for block in owner.cidrs):
                    yield refused(
                        case, SUBNET_OUTSIDE_VPC, [subnet.address, vpc],
                        f"{subnet.address} has the block {subnet.cidr}, and {vpc} has {', '.join(map(str, owner.cidrs))}",
                        f"choose a block inside {vpc}", ("CidrBlock",),
                        says=aws_says("subnet-outside-vpc", cidr=subnet.cidr),
                    )  # fmt: skip
                    continue
            for other in subnets[:index]:
                if not isinstance(other.cidr, Unknown) and subnet.cidr.overlaps(other.cidr):
                    yield refused(
                        case, SUBNET_OVERLAPS, [subnet.address, other.address],
                        f"{subnet.address} ({subnet.cidr}) and {other.address} ({other.cidr}) overlap",
                        "give each subnet a block of its own", ("CidrBlock",),
                        says=aws_says("subnet-overlaps", cidr=subnet.cidr),
                    )  # fmt: skip
                    break


PEERING_OVERLAPS = Check(
    "peering-overlaps",
    found_when="a peering connection joins VPCs whose blocks overlap",
    explains="EC2 refuses it.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",),
)


@finds(PEERING_OVERLAPS)
def find_peering_defects(case: Case) -> Iterator[Finding]:
    """Peering between VPCs whose blocks overlap."""
    for peering in case.network.peerings.values():
        ends = [case.network.vpcs.get(end) for end in (peering.requester, peering.accepter) if isinstance(end, Address)]
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            clash = [(a, b) for a in ends[0].cidrs for b in ends[1].cidrs if a.overlaps(b)]
            if clash:
                yield refused(
                    case, PEERING_OVERLAPS, [peering.address, ends[0].address, ends[1].address],
                    f"{peering.address} joins {ends[0].address} ({clash[0][0]}) and {ends[1].address} ({clash[0][1]}), whose blocks "
                    f"overlap: the peering connection fails ({render(str(clash[0][0]))})",
                    "give the VPCs separate blocks",
                )  # fmt: skip
