"""The bucket from which a web function reads its code at every start, and the package in it.

It must keep versions and let Lambda read them; the CDK's own bucket does not. Source: Lambda developer guide, code of web
functions in Amazon S3.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from aws_cdk import RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.containers import asset_object_arn
from librechat_aws.parts.log_groups import log_group
from librechat_aws.serverless.package import build_wrapper


class WebPackage(Construct):
    """`bucket`, `key` and `version` of the code; ready once `copied` is."""

    def __init__(
        self, scope: Construct, id: str, *, package: Path | None, function_name: str, config: c.Config
    ) -> None:
        super().__init__(scope, id)
        self.bucket = self._bucket(function_name)
        asset = self._asset(package)
        self.key = f"{asset.asset_hash}.zip"
        call = custom_resources.AwsSdkCall(
            service="S3",
            action="copyObject",
            parameters={
                "Bucket": self.bucket.bucket_name,
                "Key": self.key,
                "CopySource": f"{asset.s3_bucket_name}/{asset.s3_object_key}",
            },
            physical_resource_id=custom_resources.PhysicalResourceId.of(self.key),
            output_paths=["VersionId"],
        )
        self.copied = custom_resources.AwsCustomResource(
            self,
            "Copy",
            on_create=call,
            on_update=call,
            policy=custom_resources.AwsCustomResourcePolicy.from_statements(
                [
                    iam.PolicyStatement(actions=["s3:GetObject"], resources=[asset_object_arn(asset)]),
                    iam.PolicyStatement(actions=["s3:PutObject"], resources=[self.bucket.arn_for_objects("*")]),
                ]
            ),
            install_latest_aws_sdk=False,
            log_group=log_group(self, "CopyLogs", config),
        )
        self.copied.node.add_dependency(self.bucket)
        self.version = self.copied.get_response_field("VersionId")

    def _bucket(self, function_name: str) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            # What is in it can be made again.
            removal_policy=RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )
        stack = Stack.of(self)
        revisions = stack.format_arn(
            service="lambda", resource="web-function", resource_name=f"{function_name}/revision/*"
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="WebFunction",
                principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[bucket.arn_for_objects("*")],
                conditions={"ArnLike": {"aws:SourceArn": revisions}},
            )
        )
        return bucket

    def _asset(self, package: Path | None) -> assets.Asset:
        if package is not None:
            return assets.Asset(self, "Package", path=str(package))
        with tempfile.TemporaryDirectory() as folder:
            path = build_wrapper(Path(folder) / "wrapper.zip")
            return assets.Asset(self, "Package", path=str(path))
