"""Init functions: a database's custom resource that is complete when the database is ready for the application.

The function runs in the app subnets; the provider framework around it runs outside the VPC, so the answer to
CloudFormation needs no way out of the VPC. Time limits, each longer than what it contains:
attempts 20 s, function 90 s, all calls together 55 min, custom resource 60 min.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from aws_cdk import CustomResource, Duration, custom_resources
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.parts.ca_bundle import ca_bundle_text
from librechat_aws.parts.distributions import copy_source, find_closure
from librechat_aws.parts.log_groups import log_group

FUNCTION_TIMEOUT = Duration.seconds(90)
QUERY_INTERVAL = Duration.seconds(20)
QUERIES = 30
SERVICE_TIMEOUT = Duration.minutes(60)

CA_FILE = "rds-global-bundle.pem"


@dataclass(frozen=True)
class PackagedFunction:
    """A package under `functions/` and the installed distribution it imports, copied with all that this requires.

    `without` are requirements that the function never imports, `shared` a module beside the packages that it does import.
    """

    package: str
    driver: str
    without: frozenset[str] = frozenset()
    shared: str = ""


INIT_POSTGRES = PackagedFunction("init_postgres", "pg8000", shared="database_user.py")
# PyMongo asks dnspython for addresses of the form mongodb+srv only, and a cluster of Amazon DocumentDB has none.
INIT_DOCUMENTDB = PackagedFunction("init_documentdb", "pymongo", frozenset({"dnspython"}), "database_user.py")
MAKE_ADMINISTRATOR = PackagedFunction("make_administrator", "pymongo")


class Initialiser(Construct):
    """Runs an init function on create and update, and is done when the database is."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: PackagedFunction,
        resource_type: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        security_group: ec2.ISecurityGroup,
        properties: Mapping[str, str],
        config: Config,
    ) -> None:
        super().__init__(scope, id)
        with tempfile.TemporaryDirectory() as folder:
            build_code(function, Path(folder), config)
            code = lambda_.Code.from_asset(folder)
            on_event = self._function("OnEvent", code, "on_event", config)
            self.is_complete = self._function(
                "IsComplete",
                code,
                "is_complete",
                config,
                vpc=vpc,
                vpc_subnets=subnets,
                security_groups=[security_group],
            )
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=self.is_complete,
            query_interval=QUERY_INTERVAL,
            # The framework counts pauses only: this is QUERIES calls, however long each takes.
            total_timeout=Duration.seconds(QUERIES * QUERY_INTERVAL.to_seconds()),
            disable_waiter_state_machine_logging=True,
            log_group=log_group(self, "ProviderLogs", config),
        )
        self.resource = CustomResource(
            self,
            "Resource",
            service_token=provider.service_token,
            resource_type=resource_type,
            properties=dict(properties),
            service_timeout=SERVICE_TIMEOUT,
        )

    def _function(
        self,
        id: str,
        code: lambda_.Code,
        handler: str,
        config: Config,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: list[ec2.ISecurityGroup] | None = None,
    ) -> lambda_.Function:
        return lambda_.Function(
            self,
            id,
            code=code,
            handler=f"handler.{handler}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=FUNCTION_TIMEOUT,
            log_group=log_group(self, f"{id}Logs", config),
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
        )


def build_code(function: PackagedFunction, target: Path, config: Config) -> None:
    """Write the function's handler, its pure-Python dependencies and the CA bundle into `target`."""
    functions = files("librechat_aws").joinpath("functions")
    _copy(functions.joinpath(function.package, "handler.py"), target / "handler.py")
    if function.shared:
        _copy(functions.joinpath(function.shared), target / "librechat_aws" / "functions" / function.shared)
    for name in find_closure(function.driver, function.without):
        copy_source(name, target)
    (target / CA_FILE).write_text(ca_bundle_text(config), "ascii")


def _copy(file: Traversable, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(file.read_bytes())
