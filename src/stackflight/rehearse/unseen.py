"""World -> the resources whose work the templates do not show: what is played for them is shorter than what they take.

A nested stack whose template was not read plays as an empty one; a custom resource whose code is not at hand, or starts
something that takes as long as its owner likes, as what is known of it; what somebody else ends (a signal from outside the
templates, a certificate that is validated by hand) as most do.
"""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.model.event import STACK_TYPE
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, as_list, dig, references_in
from stackflight.rehearse.works import Work


def find_unseen(world: World, works: Mapping[Address, Work], given: Mapping[Address, float]) -> tuple[Address, ...]:
    """The resources of unknown length, in template order; none whose length is `given`."""
    loaded = {stack.parent for stack in world.stacks}
    return tuple(
        address
        for address, resource in world.resources.items()
        if address not in given and (_is_unread(resource, loaded, works) or _is_ended_by_others(world, resource))
    )


def _is_unread(resource: Resource, loaded: set[Address | None], works: Mapping[Address, Work]) -> bool:
    if resource.type == STACK_TYPE:
        return resource.address not in loaded
    work = works.get(resource.address)
    return work is not None and not work.known


def _is_ended_by_others(world: World, resource: Resource) -> bool:
    """Whether somebody outside the templates decides when it is complete.

    Source: CloudFormation User Guide, AWS::CertificateManager::Certificate (a hosted zone lets CloudFormation validate) and
    AWS::CloudFormation::WaitCondition.
    """
    match resource.type:
        case "AWS::CertificateManager::Certificate":
            zones = [dig(option, "HostedZoneId") for option in as_list(resource.get("DomainValidationOptions"))]
            private = resource.get("CertificateAuthorityArn") is not None
            return not private and not (zones and all(zone is not None for zone in zones))
        case "AWS::CloudFormation::WaitCondition":
            handles = [reference.address for reference in references_in(resource.get("Handle"))]
            users = {user.address for handle in handles for user in world.referrers.get(handle, ())}
            return bool(handles) and not users - {resource.address}
        case _:
            return False
