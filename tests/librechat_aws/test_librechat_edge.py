"""What CloudFront takes from us-east-1 alone, made in a stack there and found from wherever the deployment is."""

import json

import pytest
from test_librechat_rehearsal import played

pytestmark = pytest.mark.xdist_group("cdk")

ZONE = ("domain=chat.example.com", "hosted_zone_id=Z0123456789ABC", "hosted_zone_name=example.com")
RANGE = 'allowed_cidrs=["203.0.113.0/24"]'


@pytest.fixture
def guarded(synthesise):
    """A web function with a name, addresses and countries, and nothing prepared but a zone."""
    return synthesise("serverless-dev", "web_firewall=true", RANGE, 'allowed_countries=["DE"]', *ZONE)


def _only(assembly, kind: str) -> dict:
    (resource,) = assembly.resources(kind).values()
    return resource["Properties"]


def test_the_stack_of_us_east_1_comes_before_the_application_and_only_where_it_is_needed(guarded, synthesise) -> None:
    manifest = json.loads((guarded.folder / "manifest.json").read_text("utf-8"))["artifacts"]
    assert manifest["Edge"]["environment"].endswith("/us-east-1")
    assert "Edge" in manifest["App"]["dependencies"]
    assert "Edge" not in synthesise("serverless-dev").templates
    assert "Edge" not in synthesise("production-ecs").templates


def test_addresses_before_a_web_function_are_kept_by_a_firewall_that_sees_them_itself(guarded) -> None:
    acl = _only(guarded, "AWS::WAFv2::WebACL")
    assert acl["Scope"] == _only(guarded, "AWS::WAFv2::IPSet")["Scope"] == "CLOUDFRONT"
    rules = {rule["Name"]: rule["Statement"] for rule in acl["Rules"]}
    others = rules["OtherAddresses"]["NotStatement"]["Statement"]["IPSetReferenceStatement"]
    assert others.keys() == {"Arn"}
    assert rules["RateLimit"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    assert "AWSManagedRulesAmazonIpReputationList" in rules
    assert not guarded.resources("AWS::WAFv2::WebACLAssociation")


def test_the_distribution_takes_what_the_parameters_of_us_east_1_say(guarded) -> None:
    settings = _only(guarded, "AWS::CloudFront::Distribution")["DistributionConfig"]
    written = {
        parameter["Properties"]["Name"]: guarded.follow(parameter["Properties"]["Value"], "Edge").partition("/")[2]
        for path, parameter in guarded.resources("AWS::SSM::Parameter").items()
        if path.startswith("Edge/")
    }
    for value in (settings["WebACLId"], settings["ViewerCertificate"]["AcmCertificateArn"]):
        reader = guarded.resources()[guarded.follow(value, "App")]["Properties"]
        assert '"region":"us-east-1"' in guarded.text(reader["Create"], "App")
        (name,) = [name for name in written if f'"{name}"' in guarded.text(reader["Create"], "App")]
        del written[name]
    assert not written
    assert settings["IPV6Enabled"] is False
    assert settings["Restrictions"]["GeoRestriction"]["Locations"] == ["DE"]


@pytest.mark.parametrize("entry", ["https", "cloudfront"])
def test_a_zone_is_enough_for_a_certificate(entry: str, synthesise) -> None:
    assembly = synthesise("standard-dev", f"entry={entry}", *ZONE)
    made = {
        path.partition("/")[0]: each
        for path, each in assembly.resources("AWS::CertificateManager::Certificate").items()
    }
    assert made.keys() == ({"App"} if entry == "https" else {"App", "Edge"})
    for certificate in made.values():
        assert certificate["Properties"]["DomainName"] == "chat.example.com"
        assert certificate["Properties"]["DomainValidationOptions"][0]["HostedZoneId"] == "Z0123456789ABC"
    if entry == "cloudfront":
        # Under another name there is another certificate, while the distribution still shows the old one.
        assert made["Edge"]["UpdateReplacePolicy"] == "Retain"


def test_a_deployment_in_two_regions_rehearses_to_its_end(guarded) -> None:
    assert played(guarded, runs=3).outcomes == {"CREATE_COMPLETE": 3}
