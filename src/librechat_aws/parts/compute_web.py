"""Serverless mode: LibreChat in a Lambda web function, its code from a bucket, its way out through the VPC.

Few and dense environments on purpose: the request that starts a chat and the one that reads its stream then usually
meet in one, and an open stream keeps the environment that generates.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct, IConstruct

from librechat_aws import config as c
from librechat_aws.environment import Surroundings, librechat_environment, proxies, secret_variables
from librechat_aws.librechat_yaml import librechat_yaml
from librechat_aws.parts.administrator import Administrator
from librechat_aws.parts.bedrock import allow_models
from librechat_aws.parts.data import Data
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import Tier
from librechat_aws.parts.secrets import ORIGIN_SECRET, ContractedSecret
from librechat_aws.parts.web_front import WebFront
from librechat_aws.parts.web_gate import WebGate
from librechat_aws.parts.web_package import WebPackage

RUNTIME = "nodejs24.x"
TIMEOUT_SECONDS = 900
FEWEST = 2  # environments that an endpoint may be limited to
# What the wrapper sets itself, when it knows it.
_WRAPPERS = frozenset({"HOST", "PORT", "DOMAIN_CLIENT", "DOMAIN_SERVER", "CONFIG_PATH"})


class WebApplication(Construct):
    """The running application; `front` is CloudFront, `logs` what LibreChat writes."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        compute: c.WebFunction,
        network: Network,
        data: Data,
        further: Mapping[str, str],
        config: c.Config,
        access_logs: s3.IBucket | None,
    ) -> None:
        super().__init__(scope, id)
        if not isinstance(config.entry, c.CloudFront):
            raise AssertionError("a web function is reached through CloudFront")
        self._config, self._data = config, data
        self._further, self._address = further, config.entry.own_address
        self._name = f"{config.name}-web"
        self._secrets = Construct(self, "Secrets")
        self.logs = log_group(self, "Logs", config)
        door = ContractedSecret(self, ORIGIN_SECRET, protected=False, encryption_key=None)
        package = WebPackage(self, "Package", package=compute.package, function_name=self._name, config=config)
        function = lambda_.CfnWebFunction(self, "Function", function_name=self._name)
        arns = {name: (self._arn(id), key) for name, (id, key) in secret_variables(config).items()}
        arns["ORIGIN_SECRET"] = (door.secret.secret_arn, door.key("header"))
        role = self._role(sorted({arn for arn, _ in arns.values()}))
        connector = self._connector(network)
        revision = self._revision(compute, package, role, connector, arns)
        gate = self._endpoint("Gate", f"{config.name}-gate", revision, most=FEWEST)
        passed = WebGate(
            self,
            "GateCheck",
            host=gate.attr_domain_name,
            revision=revision.attr_revision_id,
            secret=door.secret,
            config=config,
        ).passed
        self.endpoint = self._endpoint("Endpoint", f"{config.name}-live", revision, most=compute.max_environments)
        self.endpoint.node.add_dependency(passed)
        self.front = WebFront(
            self,
            "Front",
            host=self.endpoint.attr_domain_name,
            secret=door.secret.secret_value_from_json(door.key("header")).unsafe_unwrap(),
            entry=config.entry,
            config=config,
            access_logs=access_logs,
        )
        if not self._address:
            # It has a name of its own: what refers to it would close a circle.
            ssm.CfnParameter(
                self,
                "Origin",
                name=self._parameter,
                type="String",
                value=self.front.origin,
                description="LibreChat's address",
            )
        for needed in (package.bucket.policy, package.copied, function):
            if needed is not None:
                revision.node.add_dependency(needed)
        for made in (function, revision, gate, self.endpoint, connector):
            _acknowledge(made)
        self.administrator = Administrator(self, "Administrator", network=network, data=data, config=config)

    @property
    def _parameter(self) -> str:
        return f"/{self._config.name}/origin"

    def _arn(self, id: str) -> str:
        return self._data.imported_secret(self._secrets, id).secret_arn

    def _role(self, arns: list[str]) -> iam.Role:
        stack, config = Stack.of(self), self._config
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(sid="Secrets", actions=["secretsmanager:GetSecretValue"], resources=arns)
        )
        parameter = stack.format_arn(service="ssm", resource="parameter", resource_name=self._parameter[1:])
        role.add_to_policy(iam.PolicyStatement(sid="Address", actions=["ssm:GetParameter"], resources=[parameter]))
        role.add_to_policy(allow_models(stack, config.chat.models, streaming=True))
        self.logs.grant_write(role)
        self._data.files.allow_use(role)
        self._data.allow_key_use(role)
        return role

    def _connector(self, network: Network) -> lambda_.CfnNetworkConnector:
        """The way into the VPC, which replaces the function's own way out."""
        operator = iam.Role(self, "ConnectorRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        stack = Stack.of(self)
        kinds = ("network-interface", "subnet", "security-group")
        operator.add_to_policy(
            iam.PolicyStatement(
                sid="Interfaces",
                actions=["ec2:CreateNetworkInterface"],
                resources=[stack.format_arn(service="ec2", resource=kind, resource_name="*") for kind in kinds],
            )
        )
        operator.add_to_policy(
            iam.PolicyStatement(
                sid="Tags",
                actions=["ec2:CreateTags"],
                resources=[stack.format_arn(service="ec2", resource="network-interface", resource_name="*")],
                conditions={"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}},
            )
        )
        operator.add_to_policy(
            iam.PolicyStatement(
                sid="Look",
                actions=[
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeVpcs",
                ],
                resources=["*"],
            )
        )
        subnets: list[ec2.ISubnet] = list(
            network.vpc.select_subnets(
                subnet_group_name=network.app.subnet_group_name, subnet_type=network.app.subnet_type
            ).subnets
        )
        connector = lambda_.CfnNetworkConnector(
            self,
            "Connector",
            name=f"{self._config.name}-connector",
            operator_role=operator.role_arn,
            configuration=lambda_.CfnNetworkConnector.ConfigProperty(
                vpc_egress_configuration=lambda_.CfnNetworkConnector.VpcEgressConfigurationProperty(
                    associated_compute_resource_types=["WebFunction"],
                    network_protocol="IPv4",
                    subnet_ids=[subnet.subnet_id for subnet in subnets],
                    security_group_ids=[network.groups.of(Tier.LIBRECHAT, self).security_group_id],
                )
            ),
        )
        # The role does not imply its policy, and Lambda uses it at once.
        connector.node.add_dependency(operator)
        return connector

    def _variables(self, arns: dict[str, tuple[str, str]]) -> dict[str, str]:
        config, data = self._config, self._data
        around = Surroundings(
            origin="https://set.by.the.wrapper",
            secure=True,
            proxies=proxies(config.entry),
            region=Stack.of(self).region,
            bucket=data.files.bucket.bucket_name,
            cache_uri=data.cache.uri if data.cache else None,
            rag_api_url=None,
            search_url=None,
            config_path="/tmp/librechat/librechat.yaml",
            further=self._further,
        )
        given = librechat_environment(config, around)
        variables = {name: value for name, value in given.items() if name not in _WRAPPERS}
        if self._address:
            variables["LIBRECHAT_ORIGIN"] = self._address
        else:
            variables["LIBRECHAT_ORIGIN_PARAMETER"] = self._parameter
        text = librechat_yaml(config, files_in_s3=True).encode()
        variables["LIBRECHAT_YAML"] = base64.b64encode(gzip.compress(text, 9, mtime=0)).decode("ascii")
        variables["LIBRECHAT_SECRETS"] = Stack.of(self).to_json_string(
            {name: [arn, key] for name, (arn, key) in sorted(arns.items())}
        )
        return variables

    def _revision(
        self,
        compute: c.WebFunction,
        package: WebPackage,
        role: iam.Role,
        connector: lambda_.CfnNetworkConnector,
        arns: dict[str, tuple[str, str]],
    ) -> lambda_.CfnWebFunctionRevision:
        made = lambda_.CfnWebFunctionRevision
        revision = made(
            self,
            "Revision",
            function_name=self._name,
            # A new number is a new revision, whose environments read the secrets anew.
            description=f"LibreChat, rotation {self._config.rotation}",
            build_config=made.BuildConfigProperty(
                code_config=made.CodeConfigProperty(
                    s3_object=made.S3ObjectProperty(
                        bucket=package.bucket.bucket_name, key=package.key, version_id=package.version
                    )
                ),
                runtime_config=made.RuntimeConfigProperty(runtime=RUNTIME),
            ),
            service_config=made.ServiceConfigProperty(
                execution_role_arn=role.role_arn,
                egress_network_connector_arn=connector.attr_latest_version_arn,
                environment_variables=self._variables(arns),
                max_concurrency_per_environment=compute.concurrency,
                timeout_seconds=TIMEOUT_SECONDS,
                telemetry_config=made.TelemetryConfigProperty(
                    logging_config=made.LoggingConfigProperty(log_group=self.logs.log_group_name)
                ),
            ),
        )
        revision.node.add_dependency(role)
        return revision

    def _endpoint(
        self, id: str, name: str, revision: lambda_.CfnWebFunctionRevision, *, most: int
    ) -> lambda_.CfnWebFunctionEndpoint:
        """Public, so the wrapper asks for the secret. A network connector allows no other type than HomeRegion."""
        made = lambda_.CfnWebFunctionEndpoint
        endpoint = made(
            self,
            id,
            function_name=self._name,
            endpoint_name=name,
            endpoint_type="HomeRegion",
            auth_type="ApplicationManaged",
            revision_weights=[made.RevisionWeightProperty(revision_id=revision.attr_revision_id, weight=100)],
            scaling_config=made.ScalingConfigProperty(max_environments=most),
        )
        endpoint.node.add_dependency(revision)
        return endpoint


def _acknowledge(resource: IConstruct) -> None:
    """What the rules that are bundled with the CDK do not know of these types yet; where the types exist they know."""
    reason = "A type of October 2026, which these rules do not know yet."
    for rule in ("E9004", "W3030"):
        Validations.of(resource).acknowledge(Acknowledgment(id=f"CloudFormation-Validate::{rule}", reason=reason))
