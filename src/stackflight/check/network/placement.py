"""World and Network -> findings on how many subnets a service takes, of which kind, and what lies in the default VPC.

The rows of facts/placement say it of each type; the zones of subnets are judged beside, in subnets.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.network.subnets import count_of, place_of, placed_by, subnets_at, told
from stackflight.check.outcome import named, refused
from stackflight.facts.load import Row
from stackflight.model.finding import Finding
from stackflight.model.identify import ACCOUNT, to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_list

_ALL = "0.0.0.0/0"

SUBNET_COUNT = Check(
    "subnet-count",
    found_when="a resource gets more subnets than its service takes, or fewer",
    explains="The subnets are counted where each of them is given one by one.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html",
        "https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html",
    ),
)
SUBNET_NOT_PRIVATE = Check(
    "subnet-not-private",
    found_when="a service that takes private subnets alone gets one whose default route leads to an internet gateway",
    explains="Private is a subnet without a direct route to an internet gateway. Route tables that the templates do not "
    "describe are silent.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateFargateProfile.html",
        "https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html",
    ),
)
GROUP_OUTSIDE_DEFAULT_VPC = Check(
    "group-outside-default-vpc",
    found_when="a store without a subnet group, which lies in the default VPC, has a security group of another VPC",
    explains="Without a subnet group the service takes the default VPC of the account, and a VPC of the stack is never that.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SubnetGroups.html",
    ),
)


@finds(SUBNET_COUNT)
def find_subnet_counts(case: Case) -> Iterator[Finding]:
    """Lists of subnets that are too short or too long."""
    said: set[Address] = set()
    for key in ("least", "most"):
        for row, resource in placed_by(case, key):
            path = tuple(row["subnets"].split("."))
            count = count_of(case, resource, resource.get(*path))
            if count is None:
                continue
            if key == "least" and "zones" in row and subnets_at(case, resource, path):
                continue  # said by too-few-zones
            bound = int(row[key])
            if (count < bound if key == "least" else count > bound) and resource.address not in said:
                said.add(resource.address)
                yield refused(
                    case, SUBNET_COUNT, [resource.address],
                    f"{resource.address} is given {count} subnet{'' if count == 1 else 's'}: {told(row)}",
                    _bounds(row), place_of(path), says=str(row.get("text", "")),
                )  # fmt: skip


def _bounds(row: Row) -> str:
    least, most = row.get("least"), row.get("most")
    if least == most:
        return f"give it exactly {least}"
    return f"give it {most} at most" if least is None else f"give it {least} at least"


@finds(SUBNET_NOT_PRIVATE)
def find_subnets_not_private(case: Case) -> Iterator[Finding]:
    """Public subnets where private ones are demanded."""
    for row, resource in placed_by(case, "private"):
        path = tuple(row["subnets"].split("."))
        ways = {subnet.address: _way_out(case, subnet.address) for subnet in subnets_at(case, resource, path) or ()}
        public = {subnet: route for subnet, route in ways.items() if route is not None}
        if public:
            text = told(row).replace("{subnet}", str(next(iter(public))))
            yield refused(
                case, SUBNET_NOT_PRIVATE, [resource.address, *public],
                f"{resource.address} is given {listed(public)}, whose route ({listed(public.values())}) leads to an internet "
                f"gateway: {text}",
                "give it subnets whose default route leads to a NAT gateway, or that have none", place_of(path),
            )  # fmt: skip


def _way_out(case: Case, subnet: Address) -> Address | None:
    """The route by which a subnet is public, where the templates prove it."""
    found = case.network.subnets.get(subnet)
    table = found.route_table if found is not None else None
    for entry in case.network.routes.get(table, ()) if isinstance(table, Address) else ():
        if entry.kind == "internet-gateway" and entry.exists is True and str(entry.destination) == _ALL:
            return entry.address
    return None


@finds(GROUP_OUTSIDE_DEFAULT_VPC)
def find_groups_outside_default_vpc(case: Case) -> Iterator[Finding]:
    """Stores in the default VPC with security groups of a VPC of the stack."""
    for row, resource in placed_by(case, "group"):
        if resource.get(*row["group"].split(".")) is not None:
            continue
        away = [group for item in as_list(resource.get(row["groups"])) if (group := _group(case, item)) is not None]
        if away:
            owner = to_address(case.world, away[0].get("VpcId"))
            text = f": {row['text']}" if row.get("text") else ""
            yield refused(
                case, GROUP_OUTSIDE_DEFAULT_VPC, [resource.address, *(group.address for group in away)],
                f"{resource.address} has no {row['group']} and so lies in the default VPC, and "
                f"{listed(group.address for group in away)} belongs to {owner}{text}",
                f"set {row['group']} to subnets of {owner}", says=str(row.get("text", "")),
            )  # fmt: skip


def _group(case: Case, value: Value) -> Resource | None:
    """The security group that a value names, where it belongs to a VPC that the templates make."""
    group = named(case, value, "AWS::EC2::SecurityGroup")
    owner = to_address(case.world, group.get("VpcId")) if group is not None else None
    if group is None or group.address.stack == ACCOUNT or not isinstance(owner, Address) or owner.stack == ACCOUNT:
        return None
    return group if owner in case.resources and case.resources[owner].type == "AWS::EC2::VPC" else None
