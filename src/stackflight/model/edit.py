"""What would have to stand in a template: changes that can be written into it, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from stackflight.model.template import Raw
from stackflight.model.value import Address, Reference, Text, Value
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Await:
    """DependsOn: `user` waits for `missing`, all of its own stack."""

    user: Address
    missing: tuple[str, ...]

    @property
    def stack(self) -> str:
        """Whose template is changed."""
        return self.user.stack


@dataclass(frozen=True, slots=True)
class Put:
    """A property gets a value, whatever it was; `path` is below Properties."""

    resource: Address
    path: tuple[str, ...]
    value: Raw = field(hash=False)

    @property
    def stack(self) -> str:
        """Whose template is changed."""
        return self.resource.stack


@dataclass(frozen=True, slots=True)
class Append:
    """A list among the properties gets one more item; it is made where it is missing. `below` leads to what holds it."""

    resource: Address
    key: str
    item: Raw = field(hash=False)
    below: tuple[str, ...] = ()

    @property
    def stack(self) -> str:
        """Whose template is changed."""
        return self.resource.stack


@dataclass(frozen=True, slots=True)
class Make:
    """One more resource. `id` is a proposal: another one is taken where it is in use."""

    stack: str
    id: str
    type: str
    properties: Mapping[str, Raw] = field(hash=False)


Edit: TypeAlias = Await | Put | Append | Make
Fix: TypeAlias = tuple[Edit, ...]
"""Edits that belong together."""


def get_att(resource: Address, name: str) -> Raw:
    """An attribute as templates write it."""
    return {"Fn::GetAtt": [resource.id, name]}


def written(value: Value) -> Raw:
    """What a value was written as, or "" where that is not known; an ARN of any Region is that of the stack's own."""
    if isinstance(value, Reference):
        return {"Ref": value.address.id} if value.attribute == "Ref" else get_att(value.address, value.attribute)
    if isinstance(value, Text) and all(isinstance(part, (str, Reference)) for part in value.parts):
        text = "".join(
            part
            if isinstance(part, str)
            else f"${{{part.address.id}{'' if part.attribute == 'Ref' else f'.{part.attribute}'}}}"
            for part in value.parts
            if isinstance(part, (str, Reference))
        )
        own = r"arn:${AWS::Partition}:\1:${AWS::Region}:${AWS::AccountId}:"
        return {"Fn::Sub": re.sub(r"^arn:aws:(\w+):\*:\*:", own, text)}
    return value if isinstance(value, str) else ""


def allow_in_role(role: Address, name: str, allowed: Mapping[str, Value]) -> tuple[Fix, ...]:
    """What lets a role do what it lacks: one more policy within it. `allowed` is the ARN for each action, "*" for all.

    Source: AWS CloudFormation reference, AWS::IAM::Role, Policies.
    """
    wanted: dict[str, tuple[Raw, list[Raw]]] = {}
    for action, on in allowed.items():
        resource = written(on)
        wanted.setdefault(repr(resource), (resource, []))[1].append(action)
    if any(resource == "" for resource, _ in wanted.values()):
        return ()
    statements: list[Raw] = [
        {"Effect": "Allow", "Action": actions, "Resource": resource} for resource, actions in wanted.values()
    ]
    document: dict[str, Raw] = {"Version": "2012-10-17", "Statement": statements}
    return ((Append(role, "Policies", {"PolicyName": name, "PolicyDocument": document}),),)


def open_group(group: Address, inbound: bool, transport: str, port: int, peer: Address | str) -> tuple[Fix, ...]:
    """What lets a flow through a security group: a rule within it, else a rule of its own. `peer` is a group or a block.

    Sources: AWS CloudFormation reference, AWS::EC2::SecurityGroup, SecurityGroupIngress and SecurityGroupEgress.
    """
    rule: dict[str, Raw] = {"IpProtocol": transport, "FromPort": port, "ToPort": port}
    if isinstance(peer, Address):
        if peer.stack != group.stack:
            return ()
        rule["SourceSecurityGroupId" if inbound else "DestinationSecurityGroupId"] = _group_id(peer)
    else:
        rule["CidrIpv6" if ":" in peer else "CidrIp"] = peer
    kind = "SecurityGroupIngress" if inbound else "SecurityGroupEgress"
    called = peer.id if isinstance(peer, Address) else "Anywhere" if peer.endswith("/0") else "Block"
    id = f"{group.id}{'From' if inbound else 'To'}{called}{port}"
    alone = Make(group.stack, id, f"AWS::EC2::{kind}", {"GroupId": _group_id(group), **rule})
    own = (alone,)
    return (own,) if "." in group.id else ((Append(group, kind, rule),), own)


def _group_id(group: Address) -> Raw:
    """A group's id; the default group of a VPC is written as the VPC's attribute."""
    owner, dot, attribute = group.id.partition(".")
    return {"Fn::GetAtt": [owner, attribute if dot else "GroupId"]}
