"""Entries of describe-security-groups and describe-network-acls -> the resources that a template would have declared.

Source: Amazon EC2 API Reference (data types SecurityGroup, IpPermission, NetworkAcl, NetworkAclEntry).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from stackflight.model.value import Value
from stackflight.read.existing import Piece, Pieces, told, untold
from stackflight.read.snapshot import Entry

# A group without outbound rules lets nothing out, but a template without them means "everything".
_NOTHING: Value = [{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}]
_PEERS = {
    "IpRanges": ("CidrIp", "CidrIp"),
    "Ipv6Ranges": ("CidrIpv6", "CidrIpv6"),
    "PrefixListIds": ("PrefixListId", "{side}PrefixListId"),
    "UserIdGroupPairs": ("GroupId", "{side}SecurityGroupId"),
}
"""The lists of a permission: what an item holds, and the property of a rule that says the same."""


def _security_groups(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        id = entry["GroupId"]
        egress = _rules(entry, "IpPermissionsEgress", "Destination")
        properties: dict[str, Value] = {
            "SecurityGroupIngress": _rules(entry, "IpPermissions", "Source"),
            "SecurityGroupEgress": _NOTHING if egress == [] else egress,
            "VpcId": told(entry, "VpcId", id),
        }
        yield Piece(id, "AWS::EC2::SecurityGroup", properties)


def _rules(group: Entry, name: str, side: str) -> Value:
    if group.get(name) is None:
        unknown = untold(name, group["GroupId"])
        return [{"IpProtocol": unknown, "CidrIp": unknown}]
    return [rule for item in group[name] for rule in _permission(item, group["GroupId"], side)]


def _permission(permission: Entry, of: str, side: str) -> Iterator[Value]:
    where = f"a rule of {of}"
    head: dict[str, Value] = {"IpProtocol": told(permission, "IpProtocol", where)}
    ports = ("FromPort", "ToPort")
    given = [name for name in ports if permission.get(name) is not None]
    if given or str(permission.get("IpProtocol")).lower() in {"tcp", "udp", "6", "17"}:
        head |= {name: told(permission, name, where) for name in ports}
    if not any(permission.get(name) for name in _PEERS) and any(permission.get(name) is None for name in _PEERS):
        yield {**head, "CidrIp": untold("the other end", where)}
    for name, (key, made) in _PEERS.items():
        for item in permission.get(name) or []:
            yield {**head, made.format(side=side): told(item, key, where)}


def _network_acls(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        acl = entry["NetworkAclId"]
        yield Piece(acl, "AWS::EC2::NetworkAcl", {"VpcId": told(entry, "VpcId", acl)})
        links, rules = entry.get("Associations"), entry.get("Entries")
        # A subnet that no ACL claims has the default one, so that who claims nothing does not matter there.
        for number, link in enumerate(([] if entry.get("IsDefault") is True else [{}]) if links is None else links):
            subnet = told(link, "SubnetId", f"an association of {acl}")
            name = f"{acl} {subnet}" if isinstance(subnet, str) else f"{acl} association {number + 1}"
            yield Piece(name, "AWS::EC2::SubnetNetworkAclAssociation", {"SubnetId": subnet, "NetworkAclId": acl})
        for number, rule in enumerate([{}] if rules is None else rules):
            yield _acl_entry(rule, acl, number)


def _acl_entry(rule: Entry, acl: str, number: int) -> Piece:
    where = f"an entry of {acl}"
    properties = {name: told(rule, name, where) for name in ("RuleNumber", "Protocol", "RuleAction", "Egress")}
    if rule.get("Ipv6CidrBlock"):
        properties["Ipv6CidrBlock"] = rule["Ipv6CidrBlock"]
    else:
        properties["CidrBlock"] = told(rule, "CidrBlock", where)
    if rule.get("PortRange") is not None:
        properties["PortRange"] = rule["PortRange"]
    elif str(rule.get("Protocol")) in {"6", "17"}:
        properties["PortRange"] = untold("PortRange", where)
    side = {True: "egress", False: "ingress"}.get(rule.get("Egress") or False)
    name = f"{acl} {side} {rule.get('RuleNumber', f'entry {number + 1}')}{' IPv6' if rule.get('Ipv6CidrBlock') else ''}"
    return Piece(name, "AWS::EC2::NetworkAclEntry", {"NetworkAclId": acl, **properties})


SHAPES: Mapping[str, Callable[[Pieces, Iterable[Entry]], Iterator[Piece]]] = {
    "SecurityGroups": _security_groups,
    "NetworkAcls": _network_acls,
}
