"""What a template says about a resource's end: DeletionPolicy, UpdateReplacePolicy, deletion protection.

Source: CloudFormation user guide, resource attributes; default Snapshot for RDS clusters and stand-alone instances.
"""

from __future__ import annotations

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
