"""Who did what: a bucket for access logs, and a trail of management events. Both outlive the application."""

from __future__ import annotations

from typing import cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from librechat_aws.config import Compliance, Config

BALANCER_PREFIX = "load-balancer"


class AccessLogs(Construct):
    """The bucket that the load balancer and other buckets log to. They accept no other encryption than S3's own."""

    def __init__(self, scope: Construct, id: str, *, config: Config) -> None:
        super().__init__(scope, id)
        self.bucket = log_bucket(self, "Bucket", config, encryption_key=None)
        stack = Stack.of(self)
        # The load balancer knows it by its name, CloudFront by its address; `entry` may change while both stacks live.
        for name in (self.bucket.bucket_name, self.bucket.bucket_regional_domain_name):
            stack.export_value(name)
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LoadBalancer",
                principals=[iam.ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{BALANCER_PREFIX}/AWSLogs/{stack.account}/*")],
            )
        )

    def record(self, source: s3.Bucket, prefix: str) -> None:
        """Write every request to another bucket of this stack under `prefix`."""
        resource = cast(s3.CfnBucket, source.node.default_child)
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=self.bucket.bucket_name, log_file_prefix=f"{prefix}/"
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{prefix}/*")],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )


class Trail(Construct):
    """Management events of every Region, validated, in a bucket of their own."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        encryption_key: kms.Key | None,
        access_logs: AccessLogs | None,
    ) -> None:
        super().__init__(scope, id)
        bucket = log_bucket(self, "Bucket", config, encryption_key=None, unchangeable=True)
        if access_logs is not None:
            access_logs.record(bucket, "trail")
        if encryption_key is not None:
            _allow_trail(encryption_key, Stack.of(self))
        self.trail = cloudtrail.Trail(
            self,
            "Trail",
            bucket=bucket,
            encryption_key=encryption_key,
            enable_file_validation=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
        )


def log_bucket(
    scope: Construct, id: str, config: Config, *, encryption_key: kms.IKey | None, unchangeable: bool = False
) -> s3.Bucket:
    """A private bucket whose objects are deleted after `log_days` days.

    `unchangeable` keeps versions and, where audits are strict, locks each of them for that time.
    """
    days = config.operations.log_days
    locked = unchangeable and config.operations.compliance is Compliance.STRICT
    return s3.Bucket(
        scope,
        id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.KMS if encryption_key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=encryption_key,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        # Servers that deliver logs still write with access control lists.
        object_ownership=s3.ObjectOwnership.OBJECT_WRITER,
        versioned=unchangeable,
        object_lock_default_retention=s3.ObjectLockRetention.governance(Duration.days(days)) if locked else None,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="expire",
                expiration=Duration.days(days),
                noncurrent_version_expiration=Duration.days(1) if unchangeable else None,
            )
        ],
        removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
        auto_delete_objects=not config.protected,
    )


def _allow_trail(key: kms.Key, stack: Stack) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Trail",
            principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
            actions=["kms:GenerateDataKey*", "kms:DescribeKey"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
