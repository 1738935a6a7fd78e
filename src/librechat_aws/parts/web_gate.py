"""The gate of a rollout: a revision takes traffic only after it has answered, at an endpoint that nobody else uses."""

from __future__ import annotations

from importlib.resources import files

from aws_cdk import CustomResource, Duration, custom_resources
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.parts.log_groups import log_group

# A revision starts in seconds or in a minute; it is asked for ten.
QUERIES, QUERY_INTERVAL = 20, Duration.seconds(30)
SERVICE_TIMEOUT = Duration.minutes(45)


class WebGate(Construct):
    """`passed` is complete when https://`host`/readyz has answered 200 for `revision`."""

    def __init__(
        self, scope: Construct, id: str, *, host: str, revision: str, secret: secretsmanager.ISecret, config: Config
    ) -> None:
        super().__init__(scope, id)
        on_event = self._function("OnEvent", "answer.py", "on_event", config)
        is_complete = self._function("IsComplete", "handler.py", "is_complete", config)
        secret.grant_read(is_complete)
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=QUERY_INTERVAL,
            total_timeout=Duration.seconds(QUERIES * QUERY_INTERVAL.to_seconds()),
            disable_waiter_state_machine_logging=True,
            log_group=log_group(self, "ProviderLogs", config),
        )
        self.passed = CustomResource(
            self,
            "Passed",
            service_token=provider.service_token,
            resource_type="Custom::RevisionAnswers",
            properties={"Url": f"https://{host}/readyz", "SecretArn": secret.secret_arn, "Revision": revision},
            service_timeout=SERVICE_TIMEOUT,
        )
        self.passed.node.add_dependency(is_complete)

    def _function(self, id: str, file: str, handler: str, config: Config) -> lambda_.Function:
        return lambda_.Function(
            self,
            id,
            code=lambda_.Code.from_inline(_source(file)),
            handler=f"index.{handler}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=Duration.seconds(90),
            log_group=log_group(self, f"{id}Logs", config),
        )


def _source(file: str) -> str:
    return files("librechat_aws").joinpath("functions", "check_revision", file).read_text("utf-8")
