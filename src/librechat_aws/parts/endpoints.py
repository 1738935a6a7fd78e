"""Interface endpoints for every AWS service that a workload calls, when nothing else leads out of the VPC."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.paths import SecurityGroups, Tier

_SERVICES: Mapping[str, ec2.InterfaceVpcEndpointAwsService] = MappingProxyType(
    {
        "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
        "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
        "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
        "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
        "BedrockRuntime": ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME,
        "SsmMessages": ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
        "Ssm": ec2.InterfaceVpcEndpointAwsService.SSM,
        "CloudFormation": ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
        "Ec2": ec2.InterfaceVpcEndpointAwsService.EC2,
        "Monitoring": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
    }
)
# Image pulls, logs, secrets, models and the shell (ECS Exec, Session Manager) are needed in every mode.
_ALWAYS = ("EcrApi", "EcrDocker", "Logs", "SecretsManager", "BedrockRuntime", "SsmMessages")
# The instance also registers with Systems Manager, signals its start, attaches its volume, and sends the agent's metrics.
_INSTANCE = ("Ssm", "CloudFormation", "Ec2", "Monitoring")
# A web function has no image to pull and no shell; its wrapper reads the address that people use from a parameter.
_FUNCTION = ("Logs", "SecretsManager", "BedrockRuntime", "Ssm")


def needed_services(config: c.Config) -> tuple[str, ...]:
    """Construct ids of the interface endpoints that this deployment's workloads need."""
    match config.compute:
        case c.Ec2():
            return _ALWAYS + _INSTANCE
        case c.Ecs():
            return _ALWAYS
        case c.WebFunction():
            return _FUNCTION
        case _ as never:
            assert_never(never)


class ServiceEndpoints(Construct):
    """One endpoint with private DNS per needed service, in the app subnets, open to the tiers that call it."""

    def __init__(self, scope: Construct, id: str, *, vpc: ec2.IVpc, groups: SecurityGroups, config: c.Config) -> None:
        super().__init__(scope, id)
        for name in needed_services(config):
            ec2.InterfaceVpcEndpoint(
                self,
                name,
                vpc=vpc,
                service=_SERVICES[name],
                subnets=ec2.SubnetSelection(subnet_group_name="App"),
                security_groups=[*groups.within([Tier.ENDPOINTS])],
                private_dns_enabled=True,
                open=False,
            )
