"""Who calls -> the role with its ARN; a service of VPC Lattice as it is called, and whether code signs its requests.

Sources: IAM User Guide, IAM identifiers; Amazon VPC Lattice User Guide, SIGv4 authenticated requests.
"""

from __future__ import annotations

import re
from dataclasses import replace

from stackflight.model.identify import resource_named, to_address
from stackflight.model.identity import Caller
from stackflight.model.need import MADE_NAME, LatticeTarget, Workload
from stackflight.model.request import Request
from stackflight.model.template import World
from stackflight.model.value import Address, Value, known_text, render
from stackflight.patterns import compile_later

_SIGNS = compile_later(r"sig_?v4|aws_?4|signature_?v4|awscrt|vpc-lattice-svcs|aws.?requests.?auth", re.IGNORECASE)


_TAKES_ANOTHER = compile_later(
    r"assume.?role|access_?key|credentials|--profile|profile_name|AWS_PROFILE|fromIni", re.IGNORECASE
)


def caller_of(world: World, role: Value, code: str = "") -> Caller | None:
    """The caller that a property names, a role of the template or an ARN; None where it is not known, or code takes another."""
    if _TAKES_ANOTHER.search(code):
        return None
    address = to_address(world, role)
    if not isinstance(address, Address):
        text = known_text(role) or ""
        return Caller(None, text) if ":role/" in text else None
    resource = world.resources[address]
    if resource.type != "AWS::IAM::Role":
        return None
    path, given = resource.get("Path"), resource.get("RoleName")
    name = MADE_NAME if given is None else render(given)
    account = world.stack(address.stack).environment.account or "${AWS::AccountId}"
    return Caller(address, f"arn:${{partition}}:iam::{account}:role{'/' if path is None else render(path)}{name}")


def asked_by(caller: Caller | None, requests: tuple[Request, ...]) -> tuple[Request, ...]:
    """Requests with who makes them."""
    return tuple(replace(request, caller=caller) for request in requests) if caller is not None else requests


def identified(world: World, workload: Workload, target: LatticeTarget) -> LatticeTarget:
    """The target as this workload calls it; of containers nobody knows what their code does."""
    owner = world.resources.get(workload.address)
    if owner is None:
        return target
    if owner.type == "AWS::Lambda::Function":
        inline = owner.get("Code", "ZipFile")
        texts = [render(inline)] if inline is not None else [*world.code.get(owner.address, ())]
        signs = any(_SIGNS.search(text) for text in texts) if texts else None
        return replace(target, caller=to_address(world, owner.get("Role")), signs=signs)
    task = resource_named(world, owner.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    return replace(target, caller=to_address(world, task.get("TaskRoleArn"))) if task is not None else target
