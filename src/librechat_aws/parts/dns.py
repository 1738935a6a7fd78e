"""Address records and certificates for the domain, in the hosted zone named in the settings."""

from __future__ import annotations

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from librechat_aws.config import HostedZone


def alias_record(
    scope: Construct,
    zone: HostedZone | None,
    domain: str,
    *,
    load_balancer: elb.ApplicationLoadBalancer | None = None,
    distribution: cloudfront.Distribution | None = None,
) -> None:
    """An A record for `domain`; nothing where no zone is given and a person writes the record."""
    if zone is None:
        return
    target: route53.IAliasRecordTarget
    if load_balancer is not None:
        target = targets.LoadBalancerTarget(load_balancer)
    elif distribution is not None:
        target = targets.CloudFrontTarget(distribution)
    else:
        raise AssertionError("an alias needs a target")
    hosted_zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id=zone.zone_id, zone_name=zone.zone_name
    )
    route53.ARecord(
        scope, "Address", zone=hosted_zone, record_name=domain, target=route53.RecordTarget.from_alias(target)
    )


def proved_certificate(
    scope: Construct, id: str, domain: str, zone: HostedZone, further: tuple[str, ...] = ()
) -> acm.Certificate:
    """A certificate of the stack's own Region, for `domain` and `further` names of its zone.

    ACM proves and renews it by records that CloudFormation writes into `zone`.
    """
    hosted_zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, f"{id}Zone", hosted_zone_id=zone.zone_id, zone_name=zone.zone_name
    )
    return acm.Certificate(
        scope,
        id,
        domain_name=domain,
        subject_alternative_names=[*further] or None,
        validation=acm.CertificateValidation.from_dns(hosted_zone),
    )
