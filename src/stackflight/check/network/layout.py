"""Network -> findings: entries, rules and subnets that EC2 refuses because they contradict one another.

Only resources that exist for certain are compared. Source: Amazon VPC User Guide (network
ACLs, security groups) and the EC2 API's error codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, Check, finds
from stackflight.facts.load import read_table
from stackflight.model.finding import Consequence, Finding
from stackflight.model.identify import to_address
from stackflight.model.network import Rule
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_flag, known_int, known_text
from stackflight.patterns import compile_later


def _refused(
    case: Case, check: Check, resources: list[Address], message: str, remedy: str, at: tuple[str | int, ...] = ()
) -> Finding:
    return case.finding(check, resources, message, remedy, struck=resources[:1], consequence=Consequence.FAILS, at=at)


def _twice(items: Iterable[Resource], key: Callable[[Resource], Hashable | None]) -> Iterator[list[Resource]]:
    """Groups of resources that exist for certain and share a key."""
    groups: dict[Hashable, list[Resource]] = defaultdict(list)
    for item in items:
        name = key(item)
        if name is not None and item.exists is True:
            groups[name].append(item)
    yield from (group for group in groups.values() if len(group) > 1)


NETWORK_ENTRY_TWICE = Check(
    "network-entry-twice",
    found_when="an ACL entry's number or an Elastic IP is used twice",
    explains="EC2 takes one entry for each number and direction, and one NAT gateway for each address.",
    may=(BLOCKING,),
    weighed="always blocking: compared are only resources and blocks that are known for certain",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    ),
    replaces=("E3019",),
    example="value-rule-number-twice",
)


@finds(NETWORK_ENTRY_TWICE)
def find_things_said_twice(case: Case) -> Iterator[Finding]:
    """ACL entries and addresses of which only one may be used."""
    world = case.world

    def address(item: Resource, name: str) -> Address | None:
        found = to_address(world, item.get(name))
        return found if isinstance(found, Address) else None

    def entry(item: Resource) -> Hashable | None:
        acl, number = address(item, "NetworkAclId"), known_int(item.get("RuleNumber"))
        out = known_flag(item.get("Egress"), False)
        return (acl, number, out) if acl and number is not None and isinstance(out, bool) else None

    rules: tuple[tuple[str, Callable[[Resource], Hashable | None], str, str], ...] = (
        ("AWS::EC2::NetworkAclEntry", entry, "entry with the same number in one ACL", "give each entry a number of its own"),
        ("AWS::EC2::NatGateway", lambda item: address(item, "AllocationId"), "NAT gateway with the same Elastic IP", "give each its own AWS::EC2::EIP"),
    )  # fmt: skip
    for kind, key, what, remedy in rules:
        for group in _twice(world.of_type(kind), key):
            names = [item.address for item in reversed(group)]
            yield _refused(
                case, NETWORK_ENTRY_TWICE, names,
                f"{names[0]} is the second {what}, after {listed(names[1:])}: EC2 refuses it as already existing", remedy,
            )  # fmt: skip


SECURITY_GROUP_RULE_TWICE = Check(
    "security-group-rule-twice",
    found_when="a security group gets the same rule twice",
    explains="EC2 refuses the second as duplicate; inline and stand-alone rules count alike.",
    may=(BLOCKING,),
    weighed="always blocking: compared are only resources and blocks that are known for certain",
    sources=(
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    ),
)


@finds(SECURITY_GROUP_RULE_TWICE)
def find_rules_given_twice(case: Case) -> Iterator[Finding]:
    """Security-group rules that are given inline and once more, or twice on their own."""
    for group in case.network.groups.values():
        if group.incomplete is not None:
            continue
        for direction, rules in (("inbound", group.ingress), ("outbound", group.egress)):
            seen: dict[tuple[object, ...], Rule] = {}
            for rule in rules:
                values = (rule.protocol, rule.ports, rule.peer)
                if rule.peer == "ipv6" or any(isinstance(value, Unknown) for value in values):
                    continue
                first = seen.setdefault(values, rule)
                if (
                    first is not rule
                    and rule.exists is True
                    and first.exists is True
                    and rule.address in case.resources
                ):
                    yield _refused(
                        case, SECURITY_GROUP_RULE_TWICE, [rule.address, first.address],
                        f"{rule.address} gives {group.address} an {direction} rule that {first.address} gives already: "
                        "EC2 refuses the second as duplicate",
                        "remove one of the two",
                    )  # fmt: skip


_DESCRIPTION = compile_later(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


GROUP_DESCRIPTION_REFUSED = Check(
    "group-description-refused",
    found_when="a security group or rule has a description with a character that EC2 does not take",
    explains="EC2 refuses apostrophes, quotes and letters outside ASCII in descriptions. Source: Amazon EC2 API Reference.",
    may=(BLOCKING,),
    weighed="always blocking: compared are only resources and blocks that are known for certain",
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",),
)


@finds(GROUP_DESCRIPTION_REFUSED)
def find_descriptions_refused(case: Case) -> Iterator[Finding]:
    """Descriptions of groups and rules with a character that EC2 does not take, an apostrophe for example."""
    for group in case.world.of_type("AWS::EC2::SecurityGroup"):
        yield from _description(case, group, group.get("GroupDescription"), ("GroupDescription",))
        for key in ("SecurityGroupIngress", "SecurityGroupEgress"):
            for index, rule in enumerate(as_list(group.get(key))):
                yield from _description(case, group, as_dict(rule).get("Description"), (key, index, "Description"))
    for alone in case.world.of_type("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
        yield from _description(case, alone, alone.get("Description"), ("Description",))


def _description(case: Case, resource: Resource, value: Value, at: tuple[str | int, ...]) -> Iterator[Finding]:
    text = known_text(value)
    if text is not None and not _DESCRIPTION.fullmatch(text):
        yield _refused(
            case, GROUP_DESCRIPTION_REFUSED, [resource.address],
            f"{resource.address} has the description {text[:60]!r}: EC2 takes up to 255 characters out of letters, digits, "
            "spaces and ._-:/()#,@[]+=&;{}!$*",
            "write the description with these characters only", at,
        )  # fmt: skip


SUBNETS_OF_TWO_VPCS = Check(
    "subnets-of-two-vpcs",
    found_when="a resource takes its subnets, or subnet and table, from two VPCs",
    explains="The service refuses them: they belong to different networks.",
    may=(BLOCKING,),
    weighed="always blocking: compared are only resources and blocks that are known for certain",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html",
    ),
)


@finds(SUBNETS_OF_TWO_VPCS)
def find_subnets_of_two_vpcs(case: Case) -> Iterator[Finding]:
    """Resources that take their subnets, or subnet and table, from two VPCs."""
    places = {
        workload.address: [item for item in workload.placement.subnets if isinstance(item, Address)]
        for workload in case.needs.workloads
    }
    members = read_table("vpc_members")["types"]
    for resource in case.resources.values():
        at = "SubnetIds" if resource.type.endswith("SubnetGroup") else members.get(resource.type, {}).get("subnets")
        if at is not None and resource.address not in places:
            named = resource.get(*at.split("."))
            found = [to_address(case.world, item) for item in (named if isinstance(named, list) else [])]
            places[resource.address] = [item for item in found if isinstance(item, Address)]
    for address, subnets in places.items():
        vpcs = dict.fromkeys(vpc for subnet in subnets if (vpc := case.network.vpc_of(subnet)) is not None)
        if len(vpcs) > 1:
            yield _refused(
                case, SUBNETS_OF_TWO_VPCS, [address, *subnets],
                f"{address} gets subnets of {listed(vpcs)}: all of them have to lie in one VPC", "choose subnets of one VPC",
            )  # fmt: skip
    for link in case.world.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        subnet, table = (to_address(case.world, link.get(key)) for key in ("SubnetId", "RouteTableId"))
        home = case.network.tables.get(table) if isinstance(table, Address) else None
        vpc = case.network.vpc_of(subnet)
        if isinstance(home, Address) and vpc is not None and home != vpc and isinstance(subnet, Address):
            yield _refused(
                case, SUBNETS_OF_TWO_VPCS, [link.address, subnet],
                f"{link.address} joins {subnet} of {vpc} with a route table of {home}: 'belong to different networks'",
                f"use a route table of {vpc}",
            )  # fmt: skip


_SURE = "always blocking: compared are only resources and blocks that are known for certain"
