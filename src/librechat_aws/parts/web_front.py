"""CloudFront in front of a web function: everything passes uncached and unbuffered, hashed assets are kept."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.distribution import READ_SECONDS, security_headers
from librechat_aws.parts.dns import alias_record
from librechat_aws.parts.edge import cloudfront_acl, cloudfront_certificate

SECRET_HEADER = "x-origin-secret"


class WebFront(Construct):
    """`origin` is the URL people use; `host` is the function's endpoint, which answers only to `secret`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        host: str,
        secret: str,
        entry: c.CloudFront,
        config: c.Config,
        access_logs: s3.IBucket | None,
    ) -> None:
        super().__init__(scope, id)
        origin = origins.HttpOrigin(
            host,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            custom_headers={SECRET_HEADER: secret},
            read_timeout=Duration.seconds(READ_SECONDS),
            keepalive_timeout=Duration.seconds(60),
        )
        domain = entry.domain
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"LibreChat {config.name}",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origin,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                # The function is found by its own host name; the viewer's stays here.
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                response_headers_policy=security_headers(self),
                compress=False,
            ),
            additional_behaviors={
                "/assets/*": cloudfront.BehaviorOptions(
                    origin=origin,
                    cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                )
            },
            domain_names=[domain.domain] if domain else None,
            certificate=cloudfront_certificate(self, domain, config) if domain else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if domain else None,
            enable_logging=access_logs is not None,
            log_bucket=access_logs,
            log_file_prefix="cloudfront/" if access_logs else None,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            geo_restriction=cloudfront.GeoRestriction.allowlist(*entry.allowed_countries)
            if entry.allowed_countries
            else None,
            web_acl_id=cloudfront_acl(self, config),
            # The ranges in the settings are of IPv4: an address of the other kind would match none of them.
            enable_ipv6=not entry.allowed_cidrs,
        )
        if domain:
            alias_record(self, domain.zone, domain.domain, distribution=self.distribution)
        self.origin = f"https://{domain.domain if domain else self.distribution.distribution_domain_name}"
