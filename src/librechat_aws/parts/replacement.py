"""What happens to a store that an update replaces: its data is kept, however disposable the deployment is.

A deletion is asked for; a replacement is the side effect of a setting, e.g. of another key. So the old store leaves a
snapshot, or stays, beside what `durability` says for the deletion.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import CfnDeletionPolicy, CfnResource, Token
from aws_cdk import aws_rds as rds
from constructs import Construct

# Types of which CloudFormation takes a snapshot. Source: CloudFormation user guide, UpdateReplacePolicy.
_SNAPSHOTS: Final = frozenset(
    {"AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"}
)
# What a snapshot of the others needs to be read again: the key, and the passwords. A certificate is still shown by the
# distribution of another stack when its successor is there, and costs nothing.
_STAYS: Final = frozenset(
    {
        "AWS::CertificateManager::Certificate",
        "AWS::Cognito::UserPool",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)


def keep_what_is_replaced(scope: Construct) -> None:
    """Give every store below `scope` a policy for its replacement, unless it stays in any case."""
    for child in scope.node.find_all():
        if not isinstance(child, CfnResource) or child.cfn_options.update_replace_policy is CfnDeletionPolicy.RETAIN:
            continue
        if child.cfn_resource_type in _SNAPSHOTS and not _member_of_cluster(child):
            child.cfn_options.update_replace_policy = CfnDeletionPolicy.SNAPSHOT
        elif child.cfn_resource_type in _STAYS:
            child.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN


def _member_of_cluster(resource: CfnResource) -> bool:
    """An instance of a cluster holds nothing of its own, and has no snapshots."""
    return isinstance(resource, rds.CfnDBInstance) and (
        resource.db_cluster_identifier is not None or Token.is_unresolved(resource.db_cluster_identifier)
    )
