"""The bucket for uploads, images and avatars (LibreChat's file strategy `s3`)."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from librechat_aws.config import Config


class FileStore(Construct):
    """A private, encrypted, TLS-only bucket; emptied with the stack only where data is disposable."""

    def __init__(self, scope: Construct, id: str, *, config: Config, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.KMS if encryption_key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=encryption_key,
            bucket_key_enabled=True if encryption_key else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # AWS Backup only takes buckets that keep versions.
            versioned=config.protected or config.operations.backup_plan,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="tidy",
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(config.operations.backup_days),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
            auto_delete_objects=not config.protected,
        )

    def allow_use(self, role: iam.IRole) -> None:
        """What LibreChat's file strategy does: put, get and delete objects, and look whether one is there."""
        role.add_to_principal_policy(
            iam.PolicyStatement(
                sid="UseFiles",
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[self.bucket.arn_for_objects("*")],
            )
        )
        role.add_to_principal_policy(
            iam.PolicyStatement(sid="FindFiles", actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn])
        )
