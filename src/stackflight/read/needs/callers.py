"""Who calls a service of VPC Lattice -> the target with the caller's role, and whether its code signs its requests.

Source: Amazon VPC Lattice User Guide, SIGv4 authenticated requests.
"""

from __future__ import annotations

import re
from dataclasses import replace

from stackflight.model.identify import resource_named, to_address
from stackflight.model.need import LatticeTarget, Workload
from stackflight.model.template import World
from stackflight.model.value import render

_SIGNS = re.compile(r"sig_?v4|aws_?4|signature_?v4|awscrt|vpc-lattice-svcs|aws.?requests.?auth", re.IGNORECASE)


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
