"""Security group rules -> findings: rules that name a group of a VPC with which theirs is not joined.

Source: Amazon VPC Peering Guide, update your security groups to reference peer security groups (the connection has to be
active); Amazon VPC Transit Gateways guide, security group referencing; Amazon VPC User Guide, associate security groups
with multiple VPCs.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.identify import to_addresses
from stackflight.model.network import Group, Network
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, known_text, references_in

GROUP_OF_UNPEERED_VPC = Check(
    "group-of-unpeered-vpc",
    found_when="a security group rule names a group of a VPC that is not joined with its own",
    explains="EC2 finds a group of another VPC only over an active peering connection, over a transit gateway that lets "
    "groups be named, or where the group is associated with both VPCs.",
    may=(BLOCKING, WARNING),
    weighed="blocking where both VPCs are of one stack, a warning where they are of several",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-assoc.html",
    ),
)


@finds(GROUP_OF_UNPEERED_VPC)
def find_groups_out_of_reach(case: Case) -> Iterator[Finding]:
    """Rules whose source or destination is a group that EC2 does not find from their own VPC."""
    network = case.network
    for group in network.groups.values():
        for side, rules in (("inbound", group.ingress), ("outbound", group.egress)):
            for rule in rules:
                named = network.groups.get(rule.peer) if isinstance(rule.peer, Address) else None
                if named is None or rule.exists is not True or rule.address not in case.resources:
                    continue
                own, other = _known(case, group), _known(case, named)
                if own is None or other is None or _joined(case, own, other, group, named, side == "inbound"):
                    continue
                apart = own.stack != other.stack
                yield case.finding(
                    GROUP_OF_UNPEERED_VPC, [rule.address, group.address, named.address],
                    f"an {side} rule of {group.address}, a group of {own}, names {named.address}, a group of {other}, and "
                    "nothing joins the two VPCs: EC2 does not find that group",
                    f"peer {own} with {other} and let {rule.address} depend on the connection, or name the addresses of {other}",
                    severity=Severity.WARNING if apart else Severity.BLOCKING,
                    certainty=Certainty.POSSIBLE if apart else Certainty.PROVED,
                    struck=[rule.address], consequence=Consequence.FAILS,
                )  # fmt: skip


def _known(case: Case, group: Group) -> Address | None:
    return group.vpc if isinstance(group.vpc, Address) and group.vpc in case.network.vpcs else None


def _joined(case: Case, own: Address, other: Address, group: Group, named: Group, inbound: bool) -> bool:
    """Whether the two VPCs are one, or are or may be joined so that groups can be named."""
    network = case.network
    if own == other or (group.address, other) in network.shared_groups or (named.address, own) in network.shared_groups:
        return True
    for peering in network.peerings.values():
        ends = (peering.requester, peering.accepter)
        if set(ends) == {own, other} or any(isinstance(end, Unknown) for end in ends):
            return True
    return _over_gateway(network, own, other, inbound) or _made_elsewhere(case, own, other)


def _over_gateway(network: Network, own: Address, other: Address, inbound: bool) -> bool:
    attachments = network.transit.attachments
    ends = {item.vpc for item in attachments if isinstance(item.vpc, Address)}
    perhaps = any(isinstance(item.vpc, Unknown) for item in attachments)
    return (inbound or perhaps) and (perhaps or {own, other} <= ends)


def _made_elsewhere(case: Case, own: Address, other: Address) -> bool:
    """Whether something that is handed a VPC may join it with others: a custom resource, a nested stack not read."""
    users = [*case.world.referrers.get(own, ()), *case.world.referrers.get(other, ())]
    return any(item.is_custom or item.type == "AWS::CloudFormation::Stack" for item in users)


GLUE_GROUP_CLOSED = Check(
    "glue-group-closed",
    found_when="no security group of an AWS Glue connection lets itself in on all ports",
    explains="Jobs and crawlers that use the connection fail before they run. Rules for blocks of addresses are taken to be enough.",
    may=(BLOCKING, WARNING),
    weighed="blocking where a job or crawler of the templates uses the connection, a warning where none is seen",
    says="At least one security group must open all ingress ports. To limit traffic, the source security group in your inbound "
    "rule can be restricted to the same security group",
    sources=(
        "https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html",
        "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html",
    ),
)


@finds(GLUE_GROUP_CLOSED)
def find_closed_glue_groups(case: Case) -> Iterator[Finding]:
    """Connections all of whose groups are of the templates and known to the last rule."""
    for connection in case.world.of_type("AWS::Glue::Connection"):
        path = ("ConnectionInput", "PhysicalConnectionRequirements", "SecurityGroupIdList")
        given = to_addresses(case.world, connection.get(*path))
        groups = [case.network.groups.get(item) for item in given if isinstance(item, Address)]
        known = [group for group in groups if group is not None and group.incomplete is None]
        if not given or len(known) != len(given) or any(_opens(group) for group in known):
            continue
        first, users = known[0].address, _jobs_of(case, connection)
        yield case.finding(
            GLUE_GROUP_CLOSED, [first, connection.address, *users],
            f"{connection.address} is in {listed(group.address for group in known)}, and none of its groups lets itself in on all TCP "
            f"ports: {f'every run of {listed(users)} fails' if users else 'jobs and crawlers that use it fail'}",
            f"add an ingress rule for TCP 0-65535 from {first} to {first}",
            severity=Severity.BLOCKING if users else Severity.WARNING, phase=Phase.RUN,
        )  # fmt: skip


def _jobs_of(case: Case, connection: Resource) -> list[Address]:
    """The jobs and crawlers that surely use a connection, by its resource or its literal name."""
    name = known_text(connection.get("ConnectionInput", "Name"))
    uses = {"AWS::Glue::Job": ("Connections",), "AWS::Glue::Crawler": ("Targets",)}
    users = []
    for kind, path in uses.items():
        for user in case.world.of_type(kind):
            given = user.get(*path)
            named = any(item.address == connection.address for item in references_in(given))
            if user.exists is True and (named or (name is not None and name in _texts(given))):
                users.append(user.address)
    return users


def _texts(value: Value) -> list[str]:
    items = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value] if isinstance(value, str) else [text for item in items for text in _texts(item)]


def _opens(group: Group) -> bool:
    """Whether some rule lets all TCP ports in from the group itself, from addresses, or from what is not known."""
    for rule in group.ingress:
        wide = (
            rule.protocol == "-1" or isinstance(rule.ports, Unknown) or (rule.ports[0] <= 1 and rule.ports[1] == 65535)
        )
        if wide and (rule.peer == group.address or not isinstance(rule.peer, Address)):
            return True
    return False
