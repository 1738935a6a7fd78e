"""Who may come in, and what LibreChat is told about how they came."""

import json

import pytest

from librechat_aws.environment import librechat_environment
from librechat_aws.errors import SettingsError
from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

pytestmark = pytest.mark.xdist_group("cdk")

VIRGINIA = "certificate_arn=arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
DOMAIN = ("domain=chat.example.com", VIRGINIA)
ZONE = ("hosted_zone_id=Z0123456789ABC", "hosted_zone_name=example.com")
ORIGIN = "origin_certificate_arn=arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
HTTPS = (
    "entry=https",
    "domain=chat.example.com",
    "certificate_arn=arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d",
)


def _variables(assembly) -> dict[str, str]:
    for task in assembly.resources("AWS::ECS::TaskDefinition").values():
        for container in task["Properties"]["ContainerDefinitions"]:
            if container["Name"] == "librechat":
                return {entry["Name"]: entry["Value"] for entry in container["Environment"]}
    raise AssertionError("no LibreChat")


def _rules(assembly) -> dict[str, dict]:
    (acl,) = assembly.resources("AWS::WAFv2::WebACL").values()
    return {rule["Name"]: rule for rule in acl["Properties"]["Rules"]}


@pytest.mark.parametrize("preset", PRESETS)
def test_strangers_cannot_register_unless_somebody_says_so(preset: str) -> None:
    assert not resolve(read_request(preset)).chat.registration


def test_the_whole_world_cannot_register_without_encryption() -> None:
    with pytest.raises(SettingsError, match="the first who does becomes administrator") as refusal:
        resolve(read_request("minimal-dev", ["registration=true"]))
    assert "allowed_cidrs" in refusal.value.hint
    for narrower in ('allowed_cidrs=["203.0.113.7/32"]', "entry=cloudfront"):
        assert resolve(read_request("minimal-dev", ["registration=true", narrower])).chat.registration


@pytest.mark.parametrize(
    ("overrides", "secure", "port"),
    [
        ((), "false", 80),
        (HTTPS, "true", 443),
        (("entry=cloudfront",), "false", 80),
        (("entry=cloudfront", *DOMAIN), "false", 80),
        (("entry=cloudfront", *DOMAIN, ORIGIN), "true", 443),
        (("entry=cloudfront", *DOMAIN, *ZONE), "true", 443),
    ],
)
def test_a_session_cookie_is_secure_where_libre_chat_hears_that_the_connection_is(
    synthesise, overrides: tuple[str, ...], secure: str, port: int
) -> None:
    assembly = synthesise("standard-dev", *overrides)
    assert _variables(assembly)["SESSION_COOKIE_SECURE"] == secure
    listeners = [
        listener["Properties"]
        for listener in assembly.resources("AWS::ElasticLoadBalancingV2::Listener").values()
        if listener["Properties"]["DefaultActions"][0]["Type"] == "forward"
    ]
    assert [listener["Port"] for listener in listeners] == [port]
    for origin in assembly.resources("AWS::CloudFront::VpcOrigin").values():
        policy = origin["Properties"]["VpcOriginEndpointConfig"]["OriginProtocolPolicy"]
        assert policy == ("https-only" if secure == "true" else "http-only")
        (rule,) = [
            rule["Properties"]
            for rule in assembly.resources("AWS::EC2::SecurityGroupIngress").values()
            if "SourcePrefixListId" in rule["Properties"]
        ]
        assert (rule["FromPort"], rule["ToPort"]) == (port, port)


def test_assets_come_over_a_connection_whose_certificate_names_their_origin(synthesise) -> None:
    """CloudFront compares it with the viewer's Host, which assets do not pass on, or with the origin's name."""
    (distribution,) = (
        synthesise("standard-dev", "entry=cloudfront", *DOMAIN, *ZONE)
        .resources("AWS::CloudFront::Distribution")
        .values()
    )
    (origin,) = distribution["Properties"]["DistributionConfig"]["Origins"]
    assert origin["DomainName"] == "chat.example.com"


def test_a_task_that_goes_may_finish_an_agent_of_minutes(synthesise) -> None:
    (group,) = synthesise("standard-dev").resources("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    attributes = {each["Key"]: each["Value"] for each in group["Properties"]["TargetGroupAttributes"]}
    assert attributes["deregistration_delay.timeout_seconds"] == "300"


def test_the_rate_limit_counts_addresses_that_cloudfront_saw_and_no_client_wrote(synthesise) -> None:
    assembly = synthesise("production-ecs")
    counted = _rules(assembly)["RateLimit"]["Statement"]["RateBasedStatement"]
    assert counted["ForwardedIPConfig"] == {"HeaderName": "x-viewer-address", "FallbackBehavior": "MATCH"}
    (function,) = assembly.resources("AWS::CloudFront::Function").values()
    assert "request.headers['x-viewer-address'] = {value: event.viewer.ip}" in function["Properties"]["FunctionCode"]
    (distribution,) = assembly.resources("AWS::CloudFront::Distribution").values()
    behaviour = distribution["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert [each["EventType"] for each in behaviour["FunctionAssociations"]] == ["viewer-request"]
    assert "AWSManagedRulesAmazonIpReputationList" not in _rules(assembly)


def test_before_a_public_load_balancer_the_firewall_sees_the_address_itself(synthesise) -> None:
    rules = _rules(synthesise("standard-dev", *HTTPS, "web_firewall=true", 'allowed_countries=["DE","AT"]'))
    assert rules["RateLimit"]["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    assert "AWSManagedRulesAmazonIpReputationList" in rules
    elsewhere = rules["OtherCountries"]["Statement"]["NotStatement"]["Statement"]["GeoMatchStatement"]
    assert elsewhere == {"CountryCodes": ["DE", "AT"]}


def test_chats_and_logins_are_not_blocked_for_what_they_say_or_how_long_they_are(synthesise) -> None:
    rules = _rules(synthesise("production-ecs"))
    counted = {
        override["Name"]
        for rule in rules.values()
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
    }
    assert {
        "ReactJSRCE_BODY",
        "Log4JRCE_BODY",
        "SizeRestrictions_QUERYSTRING",
        "SizeRestrictions_Cookie_HEADER",
    } <= counted
    large, elsewhere = rules["Sizes"]["Statement"]["AndStatement"]["Statements"]
    assert len(large["OrStatement"]["Statements"]) == 2
    assert elsewhere["NotStatement"]["Statement"]["ByteMatchStatement"]["SearchString"] == "/oauth/"


def test_addresses_and_countries_limit_cloudfront_too(synthesise) -> None:
    limits = ('allowed_cidrs=["203.0.113.0/24"]', 'allowed_countries=["DE"]')
    assembly = synthesise("production-ecs", *limits)
    (addresses,) = assembly.resources("AWS::WAFv2::IPSet").values()
    assert addresses["Properties"]["Addresses"] == ["203.0.113.0/24"]
    reference = _rules(assembly)["OtherAddresses"]["Statement"]["NotStatement"]["Statement"]["IPSetReferenceStatement"]
    assert reference["IPSetForwardedIPConfig"]["HeaderName"] == "x-viewer-address"
    (distribution,) = assembly.resources("AWS::CloudFront::Distribution").values()
    settings = distribution["Properties"]["DistributionConfig"]
    assert settings["Restrictions"]["GeoRestriction"] == {"Locations": ["DE"], "RestrictionType": "whitelist"}
    assert settings["IPV6Enabled"] is False
    with pytest.raises(SettingsError, match="kept by the web firewall"):
        resolve(read_request("standard-dev", ["entry=cloudfront", limits[0]]))


def test_browsers_are_told_to_stay_with_https(synthesise) -> None:
    (policy,) = synthesise("production-ecs").resources("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 365 * 24 * 3600
    assert headers["FrameOptions"]["FrameOption"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("variables", "ports"),
    [
        ({"EMAIL_HOST": "mail.example.com"}, {587}),
        ({"EMAIL_HOST": "mail.example.com", "EMAIL_PORT": "2587"}, {2587}),
        ({"EMAIL_SERVICE": "gmail"}, {465, 587}),
        ({"OPENID_ISSUER": "https://id.example.com:8443/realm"}, {8443}),
        ({"OPENID_ISSUER": "https://id.example.com"}, set()),
        ({"HELP_AND_FAQ_URL": "http://help.example.com:8080"}, set()),
    ],
)
def test_ports_that_variables_name_are_open(synthesise, variables: dict[str, str], ports: set[int]) -> None:
    text = ", ".join(f"{name}={json.dumps(value)}" for name, value in variables.items())
    assembly = synthesise("standard-dev", f"variables={{{text}}}")
    (group,) = [
        group["Properties"]
        for group in assembly.resources("AWS::EC2::SecurityGroup").values()
        if group["Properties"]["GroupDescription"] == "LibreChat tier LibreChat"
    ]
    assert {rule["FromPort"] for rule in group["SecurityGroupEgress"]} == {443, *ports}


def test_mail_goes_out_on_a_port_that_is_open_in_every_account() -> None:
    config = resolve(read_request("standard-dev", ['variables={EMAIL_HOST="mail.example.com"}']))
    assert dict(config.chat.variables)["EMAIL_PORT"] == "587"


def test_a_nat_instance_lets_through_what_workloads_call_and_keeps_its_disk_and_credentials(synthesise) -> None:
    assembly = synthesise("minimal-dev", "egress_ports=[8443]")
    (machine,) = assembly.resources("AWS::EC2::Instance").values()
    assert machine["Properties"]["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert machine["Properties"]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    (group,) = [
        group["Properties"]
        for group in assembly.resources("AWS::EC2::SecurityGroup").values()
        if "NAT" in group["Properties"]["GroupDescription"]
    ]
    assert {(rule["IpProtocol"], rule["FromPort"]) for rule in group["SecurityGroupIngress"]} == {
        ("tcp", 443),
        ("tcp", 8443),
    }


def test_libre_chat_never_gives_up_its_cache_and_keeps_addresses_of_files(synthesise) -> None:
    variables = _variables(synthesise("standard-dev"))
    assert variables["REDIS_RETRY_MAX_ATTEMPTS"] == "0"
    assert variables["REDIS_PING_INTERVAL"] == "60"
    assert int(variables["S3_URL_EXPIRY_SECONDS"]) == 6 * 3600
    assert variables["FILE_UPLOAD_SSE_ENABLED"] == "true"
    assert int(variables["HTTP_REQUEST_TIMEOUT_MS"]) > int(variables["HTTP_HEADERS_TIMEOUT_MS"])
    assert "SCHEDULES_SINGLE_PROCESS" not in variables


def test_search_is_synchronised_however_many_tasks_there_are(synthesise) -> None:
    assert _variables(synthesise("production-ecs"))["MEILI_NO_SYNC"] == "false"


def test_one_process_on_one_machine_may_run_schedules() -> None:
    from test_librechat_user_data import AROUND

    variables = librechat_environment(resolve(read_request("minimal-dev")), AROUND)
    assert variables["SCHEDULES_SINGLE_PROCESS"] == "true"
