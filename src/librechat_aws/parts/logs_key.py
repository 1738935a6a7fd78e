"""The key of what is written about a deployment: log groups of all its stacks, and the topic of its alarms.

It stands in the network's stack, because logs begin there; the key of the data stands beside the data.
"""

from __future__ import annotations

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from librechat_aws.config import Config


def logs_key(scope: Construct, config: Config) -> kms.Key | None:
    """A key that CloudWatch may use for logs and alarms of this account; None unless the settings want own keys."""
    if not config.operations.customer_managed_key:
        return None
    key = kms.Key(
        scope,
        "LogsKey",
        description=f"LibreChat {config.name}: logs and alarms",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
    )
    stack = Stack.of(scope)
    groups = stack.format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Logs",
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Alarms",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    return key


def encrypt_logs(scope: Construct, key: kms.IKey | None) -> None:
    """Give the key to every log group and topic below `scope`."""
    if key is None:
        return
    for child in scope.node.find_all():
        if isinstance(child, logs.CfnLogGroup):
            child.kms_key_id = key.key_arn
        elif isinstance(child, sns.CfnTopic):
            child.kms_master_key_id = key.key_arn
