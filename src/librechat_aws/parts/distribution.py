"""CloudFront in front of the internal load balancer, which it reaches through a VPC origin."""

from __future__ import annotations

from aws_cdk import Duration, custom_resources
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.dns import alias_record
from librechat_aws.parts.edge import cloudfront_acl, cloudfront_certificate
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import HTTP, HTTPS, Tier
from librechat_aws.parts.web_firewall import VIEWER_ADDRESS

# The longest pause between two pieces of a stream that CloudFront accepts without a raised quota.
READ_SECONDS = 120
_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing"
_TELL_ADDRESS = f"""function handler(event) {{
  var request = event.request;
  request.headers['{VIEWER_ADDRESS}'] = {{value: event.viewer.ip}};
  return request;
}}"""


class Distribution(Construct):
    """Passes everything uncached to LibreChat, except hashed assets; errors are LibreChat's own."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        load_balancer: elb.ApplicationLoadBalancer,
        network: Network,
        entry: c.CloudFront,
        config: c.Config,
        access_logs: s3.IBucket | None,
    ) -> None:
        super().__init__(scope, id)
        self._admit_cloudfront(network, HTTPS if entry.encrypted_origin else HTTP, config)
        policy, domain = cloudfront.OriginProtocolPolicy, entry.domain
        origin = origins.VpcOrigin.with_application_load_balancer(
            load_balancer,
            # The certificate has to name the origin wherever the viewer's Host is not passed on, as with assets.
            domain_name=domain.domain if domain and entry.encrypted_origin else None,
            protocol_policy=policy.HTTPS_ONLY if entry.encrypted_origin else policy.HTTP_ONLY,
            http_port=HTTP,
            https_port=HTTPS,
            read_timeout=Duration.seconds(READ_SECONDS),
            keepalive_timeout=Duration.seconds(60),
        )
        everything = cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            response_headers_policy=security_headers(self),
            function_associations=[self._tell_address()] if config.operations.web_firewall else None,
            compress=False,
        )
        assets = cloudfront.BehaviorOptions(
            origin=origin,
            cache_policy=self._by_host() if config.further_names else cloudfront.CachePolicy.CACHING_OPTIMIZED,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        )
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"LibreChat {config.name}",
            default_behavior=everything,
            additional_behaviors={"/assets/*": assets},
            domain_names=[domain.domain, *config.further_names] if domain else None,
            certificate=cloudfront_certificate(self, domain, config) if domain else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if domain else None,
            enable_logging=access_logs is not None,
            log_bucket=access_logs,
            log_file_prefix="cloudfront/" if access_logs else None,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            web_acl_id=cloudfront_acl(self, config),
            geo_restriction=cloudfront.GeoRestriction.allowlist(*entry.allowed_countries)
            if entry.allowed_countries
            else None,
            # The ranges in the settings are of IPv4: an address of the other kind would match none of them.
            enable_ipv6=not entry.allowed_cidrs,
        )
        if domain:
            alias_record(self, domain.zone, domain.domain, distribution=self.distribution)
            for name in config.further_names:
                alias_record(Construct(self, name), domain.zone, name, distribution=self.distribution)
        host = domain.domain if domain else self.distribution.distribution_domain_name
        self.origin = f"https://{host}"

    def _by_host(self) -> cloudfront.CachePolicy:
        """Assets are another program's under another name."""
        return cloudfront.CachePolicy(
            self,
            "AssetsByHost",
            comment="LibreChat: assets, for each host name its own",
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("Host"),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        )

    def _tell_address(self) -> cloudfront.FunctionAssociation:
        return cloudfront.FunctionAssociation(
            event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
            function=cloudfront.Function(
                self,
                "TellAddress",
                code=cloudfront.FunctionCode.from_inline(_TELL_ADDRESS),
                runtime=cloudfront.FunctionRuntime.JS_2_0,
                comment="LibreChat: the address of the viewer, for the firewall",
            ),
        )

    def _admit_cloudfront(self, network: Network, port: int, config: c.Config) -> None:
        """Let the load balancer be reached from CloudFront; the id of its prefix list differs by Region."""
        query = custom_resources.AwsSdkCall(
            service="EC2",
            action="describeManagedPrefixLists",
            parameters={"Filters": [{"Name": "prefix-list-name", "Values": [_PREFIX_LIST]}]},
            physical_resource_id=custom_resources.PhysicalResourceId.of(_PREFIX_LIST),
            output_paths=["PrefixLists.0.PrefixListId"],
        )
        lookup = custom_resources.AwsCustomResource(
            self,
            "OriginFacing",
            on_create=query,
            on_update=query,
            policy=custom_resources.AwsCustomResourcePolicy.from_sdk_calls(
                resources=custom_resources.AwsCustomResourcePolicy.ANY_RESOURCE
            ),
            install_latest_aws_sdk=False,
            log_group=log_group(self, "LookupLogs", config),
        )
        ec2.CfnSecurityGroupIngress(
            self,
            "FromCloudFront",
            group_id=network.groups.of(Tier.FRONT_DOOR, self).security_group_id,
            description="VPC origin of CloudFront",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            source_prefix_list_id=lookup.get_response_field("PrefixLists.0.PrefixListId"),
        )


def security_headers(scope: Construct) -> cloudfront.ResponseHeadersPolicy:
    """What a browser is told to refuse, unless LibreChat itself says something else."""
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "Headers",
        comment="LibreChat",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=False),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.SAMEORIGIN, override=False
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override=False
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=Duration.days(365), override=False
            ),
        ),
    )
