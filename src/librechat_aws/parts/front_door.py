"""The way in: a load balancer, with CloudFront or a certificate in front where the settings say so."""

from __future__ import annotations

from typing import assert_never

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.environment import IDLE_SECONDS
from librechat_aws.parts.audit import BALANCER_PREFIX
from librechat_aws.parts.distribution import Distribution
from librechat_aws.parts.dns import alias_record, proved_certificate
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import HTTP, HTTPS, PORTS, Tier

# Agents may run for minutes: a target that goes finishes what it has before it is stopped.
DRAIN_SECONDS = 300


def _target_type(compute: c.Compute) -> elb.TargetType:
    match compute:
        case c.Ec2():
            return elb.TargetType.INSTANCE
        case c.Ecs():
            return elb.TargetType.IP
        case c.WebFunction():
            raise AssertionError("a web function has no load balancer")
        case _ as never:
            assert_never(never)


class FrontDoor(Construct):
    """`origin` is the URL people use; `targets` is the group LibreChat joins; `listener` must exist before it does."""

    def __init__(
        self, scope: Construct, id: str, *, network: Network, config: c.Config, access_logs: s3.IBucket | None
    ) -> None:
        super().__init__(scope, id)
        entry = config.entry
        self._further = config.further_names
        public = not isinstance(entry, c.CloudFront)
        self.load_balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=network.vpc,
            vpc_subnets=network.public if public else network.app,
            internet_facing=public,
            security_group=network.groups.of(Tier.FRONT_DOOR, self),
            idle_timeout=Duration.seconds(IDLE_SECONDS),
            drop_invalid_header_fields=True,
            deletion_protection=config.protected,
        )
        self.targets = elb.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=network.vpc,
            port=PORTS[Tier.LIBRECHAT],
            protocol=elb.ApplicationProtocol.HTTP,
            target_type=_target_type(config.compute),
            deregistration_delay=Duration.seconds(DRAIN_SECONDS),
            health_check=elb.HealthCheck(
                path="/readyz",
                healthy_http_codes="200",
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=4,
            ),
        )
        if access_logs is not None:
            self._log_access_to(access_logs)
        self.distribution: Distribution | None = None
        if isinstance(entry, c.PublicHttps):
            self.listener = self._https(entry)
            self.origin = f"https://{entry.domain}"
        elif isinstance(entry, c.TrialHttp):
            self.listener = self._http()
            self.origin = f"http://{self.load_balancer.load_balancer_dns_name}"
        else:
            certificate = self._origin_certificate(entry.domain) if entry.domain else None
            self.listener = self._http() if certificate is None else self._tls(certificate)
            self.distribution = Distribution(
                self,
                "Distribution",
                load_balancer=self.load_balancer,
                network=network,
                entry=entry,
                config=config,
                access_logs=access_logs,
            )
            self.distribution.node.add_dependency(self.listener)
            self.origin = self.distribution.origin

    def _log_access_to(self, bucket: s3.IBucket) -> None:
        """Record every request in a bucket that lets load balancers write."""
        for key, value in {
            "access_logs.s3.enabled": "true",
            "access_logs.s3.bucket": bucket.bucket_name,
            "access_logs.s3.prefix": BALANCER_PREFIX,
        }.items():
            self.load_balancer.set_attribute(key, value)

    def _http(self) -> elb.ApplicationListener:
        return self.load_balancer.add_listener(
            "Http",
            port=HTTP,
            protocol=elb.ApplicationProtocol.HTTP,
            open=False,
            default_target_groups=[self.targets],
        )

    def _https(self, entry: c.PublicHttps) -> elb.ApplicationListener:
        # The trial's listener under the trial's name: on a live deployment it changes, and no second one wants its port.
        self.load_balancer.add_listener(
            "Http",
            port=HTTP,
            protocol=elb.ApplicationProtocol.HTTP,
            open=False,
            default_action=elb.ListenerAction.redirect(port=str(HTTPS), protocol="HTTPS", permanent=True),
        )
        alias_record(self, entry.zone, entry.domain, load_balancer=self.load_balancer)
        for name in self._further:
            alias_record(Construct(self, name), entry.zone, name, load_balancer=self.load_balancer)
        if entry.certificate_arn is not None:
            return self._tls(acm.Certificate.from_certificate_arn(self, "Certificate", entry.certificate_arn))
        if entry.zone is None:
            raise AssertionError("a certificate is given, or proved in a zone")
        return self._tls(proved_certificate(self, "Certificate", entry.domain, entry.zone, self._further))

    def _origin_certificate(self, domain: c.CloudFrontDomain) -> acm.ICertificate | None:
        """CloudFront passes the viewer's Host on, so the load balancer shows a certificate of the same name."""
        if domain.origin_certificate_arn is not None:
            return acm.Certificate.from_certificate_arn(self, "OriginCertificate", domain.origin_certificate_arn)
        if domain.zone is None:
            return None
        return proved_certificate(self, "OriginCertificate", domain.domain, domain.zone, self._further)

    def _tls(self, certificate: acm.ICertificate) -> elb.ApplicationListener:
        return self.load_balancer.add_listener(
            "Https",
            port=HTTPS,
            protocol=elb.ApplicationProtocol.HTTPS,
            open=False,
            certificates=[elb.ListenerCertificate.from_certificate_manager(certificate)],
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            default_target_groups=[self.targets],
        )
