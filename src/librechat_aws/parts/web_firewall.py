"""AWS WAF before the load balancer: AWS's managed rules and a rate limit, without what breaks chats and uploads."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from librechat_aws.config import CloudFront, Config
from librechat_aws.parts.front_door import FrontDoor
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.names import unique_name

# Bodies are chats and files: they may be large, and may speak of anything, also of attacks.
_COUNT_ONLY = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "EC2MetaDataSSRF_BODY",
)
_RULE_GROUPS = {
    "AWSManagedRulesCommonRuleSet": _COUNT_ONLY,
    "AWSManagedRulesKnownBadInputsRuleSet": ("Log4JRCE_BODY", "JavaDeserializationRCE_BODY"),
    "AWSManagedRulesAmazonIpReputationList": (),
}
REQUESTS_PER_FIVE_MINUTES = 3000

Acl = waf.CfnWebACL


class WebFirewall(Construct):
    """A web ACL on the load balancer; blocked requests are logged."""

    def __init__(self, scope: Construct, id: str, *, front_door: FrontDoor, config: Config) -> None:
        super().__init__(scope, id)
        rules = [_managed(name, count, order) for order, (name, count) in enumerate(_RULE_GROUPS.items())]
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=Acl.DefaultActionProperty(allow={}),
            visibility_config=_visibility("All"),
            rules=[*rules, _rate_limit(len(rules), behind_cloudfront=isinstance(config.entry, CloudFront))],
        )
        waf.CfnWebACLAssociation(
            self,
            "Association",
            resource_arn=front_door.load_balancer.load_balancer_arn,
            web_acl_arn=acl.attr_arn,
        )
        # WAF only writes to groups with this prefix.
        group = log_group(self, "Logs", config, name=unique_name(self, f"aws-waf-logs-{config.name}"))
        waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            log_destination_configs=[_arn_without_streams(group)],
            redacted_fields=[
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": header})
                for header in ("authorization", "cookie")
            ],
        )


def _arn_without_streams(group: logs.ILogGroup) -> str:
    """WAF takes the ARN of the group itself; the attribute Arn names all its streams (`:*`)."""
    return Stack.of(group).format_arn(
        service="logs",
        resource="log-group",
        resource_name=group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def _managed(name: str, count: tuple[str, ...], priority: int) -> waf.CfnWebACL.RuleProperty:
    overrides = [
        Acl.RuleActionOverrideProperty(name=rule, action_to_use=Acl.RuleActionProperty(count={})) for rule in count
    ]
    return Acl.RuleProperty(
        name=name,
        priority=priority,
        override_action=Acl.OverrideActionProperty(none={}),
        statement=Acl.StatementProperty(
            managed_rule_group_statement=Acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name, rule_action_overrides=overrides or None
            )
        ),
        visibility_config=_visibility(name),
    )


def _rate_limit(priority: int, *, behind_cloudfront: bool) -> waf.CfnWebACL.RuleProperty:
    forwarded = Acl.ForwardedIPConfigurationProperty(header_name="X-Forwarded-For", fallback_behavior="NO_MATCH")
    return Acl.RuleProperty(
        name="RateLimit",
        priority=priority,
        action=Acl.RuleActionProperty(block={}),
        statement=Acl.StatementProperty(
            rate_based_statement=Acl.RateBasedStatementProperty(
                limit=REQUESTS_PER_FIVE_MINUTES,
                aggregate_key_type="FORWARDED_IP" if behind_cloudfront else "IP",
                forwarded_ip_config=forwarded if behind_cloudfront else None,
            )
        ),
        visibility_config=_visibility("RateLimit"),
    )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
