"""Serverless mode has no shell: a function that makes an account an administrator, invoked by whoever may."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.environment import secret_variables
from librechat_aws.parts.data import Data
from librechat_aws.parts.initialise import MAKE_ADMINISTRATOR, build_code
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import Tier


class Administrator(Construct):
    """`command` is what a person runs; it reaches the database where LibreChat does, with LibreChat's own user."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: Network,
        data: Data,
        config: Config,
    ) -> None:
        super().__init__(scope, id)
        name = f"{config.name}-administrator"
        uri = data.imported_secret(self, secret_variables(config)["MONGO_URI"][0])
        with tempfile.TemporaryDirectory() as folder:
            build_code(MAKE_ADMINISTRATOR, Path(folder), config)
            function = lambda_.Function(
                self,
                "Function",
                function_name=name,
                description="Makes an account of LibreChat an administrator",
                code=lambda_.Code.from_asset(folder),
                handler="handler.handler",
                runtime=lambda_.Runtime.PYTHON_3_14,
                architecture=lambda_.Architecture.ARM_64,
                memory_size=256,
                timeout=Duration.seconds(60),
                environment={"SECRET_ARN": uri.secret_arn},
                log_group=log_group(self, "Logs", config),
                vpc=network.vpc,
                vpc_subnets=network.app,
                security_groups=[network.groups.of(Tier.LIBRECHAT, self)],
            )
        if function.role is None:
            raise AssertionError("a function has a role")
        uri.grant_read(function)
        data.allow_key_use(function.role)
        self.command = (
            f"aws lambda invoke --function-name {name} --cli-binary-format raw-in-base64-out"
            f' --payload \'{{"email": "you@example.com"}}\' /dev/stdout --region {Stack.of(self).region}'
        )
