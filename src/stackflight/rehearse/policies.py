"""What a template says about a resource's end: DeletionPolicy, UpdateReplacePolicy, deletion protection.

Source: CloudFormation user guide, resource attributes; default Snapshot for RDS clusters and stand-alone instances.
"""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.model.template import Resource
from stackflight.model.value import as_dict, as_list, known_flag, known_text, render

_SNAPSHOT_BY_DEFAULT = {"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"}
_PROTECTION = {
    "AWS::RDS::DBInstance": "DeletionProtection",
    "AWS::RDS::DBCluster": "DeletionProtection",
    "AWS::RDS::GlobalCluster": "DeletionProtection",
    "AWS::DocDB::DBCluster": "DeletionProtection",
    "AWS::Neptune::DBCluster": "DeletionProtection",
    "AWS::DynamoDB::Table": "DeletionProtectionEnabled",
    "AWS::Logs::LogGroup": "DeletionProtectionEnabled",
    "AWS::EC2::Instance": "DisableApiTermination",
    "AWS::Cognito::UserPool": "DeletionProtection",
}


def deletion_policy(resource: Resource, replaced: bool = False) -> str:
    """Delete, Retain, RetainExceptOnCreate or Snapshot; of a replaced copy where `replaced`."""
    said = known_text(resource.attributes.get("UpdateReplacePolicy" if replaced else "DeletionPolicy"))
    if said is not None:
        return said
    member = resource.get("DBClusterIdentifier") is not None
    return "Snapshot" if resource.type in _SNAPSHOT_BY_DEFAULT and not member else "Delete"


def is_retained(resource: Resource, of_create: bool = False, replaced: bool = False) -> bool:
    """Whether a deletion leaves the resource alone. `of_create`: the rollback of its own creation."""
    policy = deletion_policy(resource, replaced)
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and not of_create)


def leaves_snapshot(resource: Resource, replaced: bool = False) -> bool:
    """Whether a deletion leaves a snapshot behind."""
    return deletion_policy(resource, replaced) == "Snapshot"


def is_protected(resource: Resource) -> bool:
    """Whether the service refuses to delete the resource."""
    if resource.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
        attributes = [as_dict(item) for item in as_list(resource.get("LoadBalancerAttributes"))]
        return any(
            render(item.get("Key")) == "deletion_protection.enabled" and render(item.get("Value")).lower() == "true"
            for item in attributes
        )
    name = _PROTECTION.get(resource.type)
    if name is None:
        return False
    value = resource.get(name)
    return render(value).upper() == "ACTIVE" or known_flag(value, False) is True


# Types that the service refuses to delete while something refers to them, and what it says.
_HELD = {
    "AWS::RDS::DBSubnetGroup": "Cannot delete the subnet group because at least one database is still using it.",
    "AWS::DocDB::DBSubnetGroup": "Cannot delete the subnet group because at least one database is still using it.",
    "AWS::Neptune::DBSubnetGroup": "Cannot delete the subnet group because at least one database is still using it.",
    "AWS::ElastiCache::SubnetGroup": "Cache subnet group is currently in use by a cache cluster.",
    "AWS::RDS::DBClusterParameterGroup": "One or more database instances are still members of this parameter group",
    "AWS::RDS::DBParameterGroup": "One or more database instances are still members of this parameter group",
    "AWS::EC2::SecurityGroup": "resource has a dependent object",
    "AWS::EC2::Subnet": "The subnet has dependencies and cannot be deleted.",
    "AWS::EC2::VPC": "The vpc has dependencies and cannot be deleted.",
    "AWS::ECS::Cluster": "The Cluster cannot be deleted while Services are active.",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Target group is currently in use by a listener or a rule",
    "AWS::EFS::FileSystem": "File system is currently in use: it has mount targets.",
}


def refusal_while_used(resource: Resource, users: Iterable[Resource]) -> str:
    """What the service says when a resource is to be deleted that one of the users refers to; empty where it may go."""
    text = _HELD.get(resource.type)
    if text is None:
        return ""
    for user in users:
        if any(edge.target == resource.address and edge.kind != "DependsOn" for edge in user.edges):
            return f'Resource handler returned message: "{text}" (RequestToken: simulated, HandlerErrorCode: InvalidRequest)'
    return ""
