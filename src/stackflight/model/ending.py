"""What a template says about a resource's end: DeletionPolicy, UpdateReplacePolicy, deletion protection.

Source: CloudFormation user guide, resource attributes; default Snapshot for RDS clusters and stand-alone instances.
"""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.facts.load import read_table
from stackflight.model.template import Resource
from stackflight.model.value import as_dict, as_list, known_text, render

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_SNAPSHOT_BY_DEFAULT = {"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"}


def deletion_policy(resource: Resource, replaced: bool = False) -> str:
    """Delete, Retain, RetainExceptOnCreate or Snapshot; of a replaced copy where `replaced`."""
    said = known_text(resource.attributes.get("UpdateReplacePolicy" if replaced else "DeletionPolicy"))
    if said is not None:
        return said
    return default_policy(resource.type, resource.get("DBClusterIdentifier") is not None)


def default_policy(type: str, is_member: bool) -> str:
    """What becomes of a resource that says nothing. `is_member`: a database's instance in a cluster."""
    return "Snapshot" if type in _SNAPSHOT_BY_DEFAULT and not is_member else "Delete"


def is_retained(resource: Resource, of_create: bool = False, replaced: bool = False) -> bool:
    """Whether a deletion leaves the resource alone. `of_create`: the rollback of its own creation."""
    policy = deletion_policy(resource, replaced)
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and not of_create)


def leaves_snapshot(resource: Resource, replaced: bool = False) -> bool:
    """Whether a deletion leaves a snapshot behind."""
    return deletion_policy(resource, replaced) == "Snapshot"


def protection(resource: Resource) -> str:
    """The property that makes the service refuse to delete the resource; empty where none does."""
    if resource.type == BALANCER:
        attributes = [as_dict(item) for item in as_list(resource.get("LoadBalancerAttributes"))]
        on = any(
            render(item.get("Key")) == "deletion_protection.enabled" and render(item.get("Value")).lower() == "true"
            for item in attributes
        )
        return "LoadBalancerAttributes" if on else ""
    name, wanted = read_table("protected")["types"].get(resource.type, ("", ""))
    return name if name and (known_text(resource.get(name)) or "").lower() == wanted else ""


def is_protected(resource: Resource) -> bool:
    """Whether the service refuses to delete the resource."""
    return bool(protection(resource))


def protected_types() -> tuple[str, ...]:
    """The types that can be protected."""
    return (*read_table("protected")["types"], BALANCER)


def refusal_while_used(resource: Resource, users: Iterable[Resource]) -> str:
    """What the service says when a resource is to be deleted that one of the users refers to; empty where it may go."""
    text = read_table("held")["types"].get(resource.type)
    if text is None:
        return ""
    for user in users:
        if any(edge.target == resource.address and edge.kind != "DependsOn" for edge in user.edges):
            return f'Resource handler returned message: "{text}" (RequestToken: simulated, HandlerErrorCode: InvalidRequest)'
    return ""
