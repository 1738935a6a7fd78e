"""Which capabilities a template needs to be acknowledged: IAM resources, named ones, what is expanded.

Source: CloudFormation API reference, CreateStack, Capabilities.
"""

from __future__ import annotations

from collections.abc import Collection

from stackflight.model.template import World
from stackflight.serve.refusals import Refusal

IAM, NAMED, EXPAND = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"

_IAM_NAMES = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


def needed_capability(world: World) -> tuple[str, list[str]]:
    """The capability that a template with its nested ones needs, empty for none, and the types that ask for it."""
    found = [resource for resource in world.resources.values() if resource.type in _IAM_NAMES]
    named = [one for one in found if _IAM_NAMES[one.type] and one.get(_IAM_NAMES[one.type]) is not None]
    types = list(dict.fromkeys(one.type for one in named or found))
    return (NAMED if named else IAM if found else ""), types


def require_capabilities(world: World, given: Collection[str], expands: bool = False) -> None:
    """Raises Refusal where a capability that the template needs is not given; the named one includes the other.

    `expands` is whether a transform is carried out without anybody having seen what it makes.
    """
    if expands and EXPAND not in given:
        raise Refusal("InsufficientCapabilitiesException", f"Requires capabilities : [{EXPAND}]")
    needed, _ = needed_capability(world)
    if needed and needed not in given and NAMED not in given:
        raise Refusal("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")
