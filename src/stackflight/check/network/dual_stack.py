"""World -> findings on subnets without the kind of addresses that what lies in them is to have, by the rows of facts/placement."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.network.subnets import placed_by, subnets_at, told
from stackflight.check.outcome import named, refused
from stackflight.facts.load import Row
from stackflight.model.finding import Finding
from stackflight.model.identify import to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, known_text, render

SUBNET_WITHOUT_IPV6 = Check(
    "subnet-without-ipv6",
    found_when="what is to have IPv6 addresses gets a subnet that has no IPv6 block, or one that is not for IPv6 alone where that is asked",
    explains="The service refuses it at creation. A block is given by the subnet itself or by an AWS::EC2::SubnetCidrBlock; subnets "
    "that the templates do not make are silent.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-ip-address-type.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-ip-address-type.html",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/network-type.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    ),
)


@finds(SUBNET_WITHOUT_IPV6)
def find_subnets_without_ipv6(case: Case) -> Iterator[Finding]:
    """Subnets with IPv4 addresses alone, given to what needs both kinds, and with both, given to what takes IPv6 alone."""
    blocks = case.world.of_type("AWS::EC2::SubnetCidrBlock")
    added = [to_address(case.world, block.get("SubnetId")) for block in blocks]
    if any(not isinstance(item, Address) for item in added):
        return
    for row, resource in placed_by(case, "six"):
        by, only = str(row["six"]), bool(row.get("only"))
        subnets = _along(case, resource, row) or ()
        wrong = [item for item in subnets if (_has_four(item) if only else not _has_six(item, added))]
        if wrong:
            names = list(dict.fromkeys(item.address for item in wrong))
            lacks = f"{'has' if len(names) == 1 else 'have'} {'IPv4 addresses too' if only else 'no IPv6 block'}"
            yield refused(
                case,
                SUBNET_WITHOUT_IPV6,
                [resource.address, *names],
                f"{resource.address} has {by} {render(resource.get(*by.split('.')))}, and {listed(names)} {lacks}: {told(row)}",
                f"{_give_six(names, only)}, or change {by}",
                tuple(by.split(".")),
                says=str(row.get("text", "")),
            )


def _along(case: Case, resource: Resource, row: Row) -> list[Resource] | None:
    """The subnets of a resource, or of the subnet group that it names."""
    head, _, rest = str(row["subnets"]).rpartition(">")
    owner = named(case, resource.get(*head.split(".")), row["through"]) if head else resource
    return subnets_at(case, owner, tuple(rest.split("."))) if owner is not None and owner.exists is True else None


def _give_six(names: list[Address], only: bool) -> str:
    return f"make {listed(names)} Ipv6Native" if only else f"give {listed(names)} an Ipv6CidrBlock"


def _has_six(subnet: Resource, added: list[Address | Unknown]) -> bool:
    """Whether a subnet has, or may have, an IPv6 block."""
    given = any(subnet.get(name) is not None for name in ("Ipv6CidrBlock", "Ipv6IpamPoolId", "Ipv6Native"))
    return given or subnet.address in added


def _has_four(subnet: Resource) -> bool:
    """Whether a subnet surely has an IPv4 block."""
    return known_text(subnet.get("CidrBlock")) is not None
