"""AWS WAF before people: AWS's managed rules and a rate limit, without what breaks chats and uploads."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from librechat_aws.config import CloudFront, Config, Entry
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.names import unique_name

# Bodies are chats and files: they may be large, and may speak of anything, also of attacks. What comes back from a
# login elsewhere has long queries and cookies: the sizes are counted, and judged by a rule of our own.
_COUNT_ONLY = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "EC2MetaDataSSRF_BODY",
    "SizeRestrictions_QUERYSTRING",
    "SizeRestrictions_Cookie_HEADER",
)
_RULE_GROUPS = {
    "AWSManagedRulesCommonRuleSet": _COUNT_ONLY,
    "AWSManagedRulesKnownBadInputsRuleSet": (
        "Log4JRCE_BODY",
        "JavaDeserializationRCE_BODY",
        "ReactJSRCE_BODY",
    ),
}
# It judges the address of the connection, which behind CloudFront is one of CloudFront's, and at CloudFront the viewer's.
_REPUTATION = "AWSManagedRulesAmazonIpReputationList"
# Labels that the counted rules leave. Source: AWS WAF developer guide, baseline rule groups.
_SIZE_LABELS = tuple(
    f"awswaf:managed:aws:core-rule-set:SizeRestrictions_{name}" for name in ("QueryString", "Cookie_Header")
)
LOGIN_PATH = "/oauth/"

# X-Forwarded-For begins with what the viewer wrote itself; this header holds what CloudFront saw.
VIEWER_ADDRESS = "x-viewer-address"

Acl = waf.CfnWebACL


class WebFirewall(Construct):
    """A web ACL; blocked requests are logged. It guards `load_balancer`; without one it is for CloudFront, in us-east-1.

    `arn` is the ACL's.
    """

    def __init__(
        self, scope: Construct, id: str, *, load_balancer: elb.IApplicationLoadBalancer | None, config: Config
    ) -> None:
        super().__init__(scope, id)
        self._scope = "CLOUDFRONT" if load_balancer is None else "REGIONAL"
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope=self._scope,
            default_action=Acl.DefaultActionProperty(allow={}),
            visibility_config=_visibility("All"),
            rules=self._rules(config.entry, config.operations.firewall_rate),
        )
        self.arn = acl.attr_arn
        if load_balancer is not None:
            waf.CfnWebACLAssociation(
                self, "Association", resource_arn=load_balancer.load_balancer_arn, web_acl_arn=self.arn
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

    def _rules(self, entry: Entry, rate: int) -> list[waf.CfnWebACL.RuleProperty]:
        """CloudFront keeps the countries itself, the group of a public load balancer the ranges."""
        through = isinstance(entry, CloudFront)
        behind = through and self._scope == "REGIONAL"
        groups = {**_RULE_GROUPS, **({} if behind else {_REPUTATION: ()})}
        statements: list[tuple[str, waf.CfnWebACL.StatementProperty]] = []
        if entry.allowed_cidrs and through:
            statements.append(("OtherAddresses", self._other_addresses(entry.allowed_cidrs, behind)))
        if entry.allowed_countries and not through:
            countries = Acl.GeoMatchStatementProperty(country_codes=list(entry.allowed_countries))
            statements.append(("OtherCountries", _none_of(Acl.StatementProperty(geo_match_statement=countries))))
        statements.append(("RateLimit", _rate_limit(rate, behind)))
        rules = [*(_managed(name, count) for name, count in groups.items()), _block("Sizes", _oversized())]
        rules += [_block(name, statement) for name, statement in statements]
        return [rule(order) for order, rule in enumerate(rules)]

    def _other_addresses(self, cidrs: tuple[str, ...], behind_cloudfront: bool) -> waf.CfnWebACL.StatementProperty:
        addresses = waf.CfnIPSet(
            self, "Addresses", scope=self._scope, ip_address_version="IPV4", addresses=[*cidrs], description="LibreChat"
        )
        forwarded = waf.CfnWebACL.IPSetForwardedIPConfigurationProperty(
            header_name=VIEWER_ADDRESS, fallback_behavior="NO_MATCH", position="FIRST"
        )
        reference = {
            "arn": addresses.attr_arn,
            **({"ipSetForwardedIpConfig": forwarded} if behind_cloudfront else {}),
        }
        return _none_of(Acl.StatementProperty(ip_set_reference_statement=reference))


def _arn_without_streams(group: logs.ILogGroup) -> str:
    """WAF takes the ARN of the group itself; the attribute Arn names all its streams (`:*`)."""
    return Stack.of(group).format_arn(
        service="logs",
        resource="log-group",
        resource_name=group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


_Rule = Callable[[int], waf.CfnWebACL.RuleProperty]


def _managed(name: str, count: tuple[str, ...]) -> _Rule:
    overrides = [
        Acl.RuleActionOverrideProperty(name=rule, action_to_use=Acl.RuleActionProperty(count={})) for rule in count
    ]
    statement = Acl.StatementProperty(
        managed_rule_group_statement=Acl.ManagedRuleGroupStatementProperty(
            vendor_name="AWS", name=name, rule_action_overrides=overrides or None
        )
    )
    return lambda priority: Acl.RuleProperty(
        name=name,
        priority=priority,
        override_action=Acl.OverrideActionProperty(none={}),
        statement=statement,
        visibility_config=_visibility(name),
    )


def _block(name: str, statement: waf.CfnWebACL.StatementProperty) -> _Rule:
    return lambda priority: Acl.RuleProperty(
        name=name,
        priority=priority,
        action=Acl.RuleActionProperty(block={}),
        statement=statement,
        visibility_config=_visibility(name),
    )


def _rate_limit(requests: int, behind_cloudfront: bool) -> waf.CfnWebACL.StatementProperty:
    """By address of the viewer: behind CloudFront the one that its function wrote down, over what a client may claim."""
    forwarded = Acl.ForwardedIPConfigurationProperty(header_name=VIEWER_ADDRESS, fallback_behavior="MATCH")
    return Acl.StatementProperty(
        rate_based_statement=Acl.RateBasedStatementProperty(
            limit=requests,
            aggregate_key_type="FORWARDED_IP" if behind_cloudfront else "IP",
            forwarded_ip_config=forwarded if behind_cloudfront else None,
        )
    )


def _oversized() -> waf.CfnWebACL.StatementProperty:
    """Long queries and cookies, except where a login elsewhere sends people back to."""
    labels = [
        Acl.StatementProperty(label_match_statement=Acl.LabelMatchStatementProperty(scope="LABEL", key=label))
        for label in _SIZE_LABELS
    ]
    login = Acl.StatementProperty(
        byte_match_statement=Acl.ByteMatchStatementProperty(
            field_to_match=Acl.FieldToMatchProperty(uri_path={}),
            positional_constraint="STARTS_WITH",
            search_string=LOGIN_PATH,
            text_transformations=[Acl.TextTransformationProperty(priority=0, type="NONE")],
        )
    )
    large = Acl.StatementProperty(or_statement=Acl.OrStatementProperty(statements=labels))
    return Acl.StatementProperty(and_statement=Acl.AndStatementProperty(statements=[large, _none_of(login)]))


def _none_of(statement: waf.CfnWebACL.StatementProperty) -> waf.CfnWebACL.StatementProperty:
    return Acl.StatementProperty(not_statement=Acl.NotStatementProperty(statement=statement))


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
