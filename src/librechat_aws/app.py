"""A `Config` in, a cloud assembly on disk out. Needs Node (see `librechat_aws.node`), no credentials, no network."""

from __future__ import annotations

from aws_cdk import App

from librechat_aws.config import Config
from librechat_aws.stack import build_stacks

_CONTEXT = {
    # Construct paths and asset folders in the templates, so that tools can tell where a resource comes from.
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    # A stack whose values another one uses refuses to drop them: the network and the data stay under the app.
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    # Behaviour that new CDK projects have by default.
    "@aws-cdk/aws-ecs:removeDefaultDeploymentAlarm": True,
    "@aws-cdk/aws-ecs-patterns:removeDefaultDesiredCount": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-kms:aliasNameRef": True,
    "@aws-cdk/aws-rds:databaseProxyUniqueResourceName": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/customresources:installLatestAwsSdkDefault": False,
    "@aws-cdk/aws-efs:defaultAllowClientMount": False,
    "@aws-cdk/aws-efs:denyAnonymousAccess": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-ec2:uniqueImdsv2TemplateName": True,
    "@aws-cdk/core:target-partitions": ["aws", "aws-cn", "aws-us-gov"],
}


def build_app(config: Config, out: str | None = None, *, validate: bool | None = None) -> App:
    """The CDK app of one deployment, not yet synthesised; `validate` overrides CDK_VALIDATION."""
    app = App(
        outdir=out, context=dict(_CONTEXT), analytics_reporting=False, builtin_cloud_formation_validation=validate
    )
    build_stacks(app, config)
    return app


def synthesise(config: Config, out: str) -> None:
    """Write the cloud assembly of one deployment into the directory `out`."""
    build_app(config, out).synth()
