"""What CloudFront takes from us-east-1 alone, wherever the deployment is: its certificate and its web ACL.

A stack there makes them and writes their ARNs into parameters of Systems Manager; the application's stack reads these
when it is deployed, because CloudFormation imports nothing from another Region.
Source: Amazon CloudFront developer guide, requirements for certificates; AWS WAF developer guide, web ACLs for CloudFront.
"""

from __future__ import annotations

from typing import Final, assert_never

from aws_cdk import RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.dns import proved_certificate
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.web_firewall import WebFirewall

REGION: Final = "us-east-1"


def needs_edge(config: c.Config) -> bool:
    """Whether anything of this deployment has to be made in us-east-1."""
    return _makes_firewall(config) or _made_for(config) is not None


def _makes_firewall(config: c.Config) -> bool:
    match config.compute:
        case c.WebFunction():
            return config.operations.web_firewall
        case c.Ecs() | c.Ec2():
            return False
        case _ as never:
            assert_never(never)


def _made_for(config: c.Config) -> c.CloudFrontDomain | None:
    """The domain that gets a certificate."""
    domain = config.entry.domain if isinstance(config.entry, c.CloudFront) else None
    return domain if domain is not None and domain.certificate_arn is None else None


class Edge(Construct):
    """The certificate and the web ACL that the settings ask for, and the parameters that say where they are."""

    def __init__(self, scope: Construct, id: str, *, config: c.Config) -> None:
        super().__init__(scope, id)
        domain = _made_for(config)
        if domain is not None and domain.zone is not None:
            certificate = proved_certificate(self, "Certificate", domain.domain, domain.zone, config.further_names)
            certificate.apply_removal_policy(RemovalPolicy.DESTROY)
            self._tell("CertificateArn", _certificate_name(config, domain), certificate.certificate_arn)
        if _makes_firewall(config):
            firewall = WebFirewall(self, "WebFirewall", load_balancer=None, config=config)
            self._tell("WebAclArn", _acl_name(config), firewall.arn)

    def _tell(self, id: str, name: str, value: str) -> None:
        ssm.StringParameter(self, id, parameter_name=name, string_value=value, description="LibreChat: for CloudFront")


def cloudfront_certificate(scope: Construct, domain: c.CloudFrontDomain, config: c.Config) -> acm.ICertificate:
    """The certificate that the settings name, or the one that was made in us-east-1."""
    arn = domain.certificate_arn or _read(scope, "MadeCertificate", _certificate_name(config, domain), config)
    return acm.Certificate.from_certificate_arn(scope, "Certificate", arn)


def cloudfront_acl(scope: Construct, config: c.Config) -> str | None:
    """The ARN of the web ACL that the settings name, or of the one that was made in us-east-1."""
    if config.operations.web_acl_arn is not None or not _makes_firewall(config):
        return config.operations.web_acl_arn
    return _read(scope, "MadeWebAcl", _acl_name(config), config)


def _certificate_name(config: c.Config, domain: c.CloudFrontDomain) -> str:
    """Other names are another parameter, so that the stack that reads it sees the change."""
    return "/".join(("", config.name, "edge/certificate", domain.domain, *config.further_names))


def _acl_name(config: c.Config) -> str:
    return f"/{config.name}/edge/web-acl"


def _read(scope: Construct, id: str, name: str, config: c.Config) -> str:
    query = custom_resources.AwsSdkCall(
        service="SSM",
        action="getParameter",
        region=REGION,
        parameters={"Name": name},
        physical_resource_id=custom_resources.PhysicalResourceId.of(name),
        output_paths=["Parameter.Value"],
    )
    parameter = Stack.of(scope).format_arn(service="ssm", region=REGION, resource="parameter", resource_name=name[1:])
    found = custom_resources.AwsCustomResource(
        scope,
        id,
        on_create=query,
        on_update=query,
        policy=custom_resources.AwsCustomResourcePolicy.from_sdk_calls(resources=[parameter]),
        install_latest_aws_sdk=False,
        log_group=log_group(scope, f"{id}Logs", config),
    )
    return found.get_response_field("Parameter.Value")
