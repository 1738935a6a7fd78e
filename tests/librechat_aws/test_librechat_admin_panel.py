"""LibreChat's admin panel: a service of its own behind the same way in, told apart by its host name."""

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("cdk")

NAMES = (
    "domain=chat.example.com",
    "admin_domain=admin.example.com",
    "hosted_zone_id=Z0123456789ABC",
    "hosted_zone_name=example.com",
)


@pytest.fixture(params=["https", "cloudfront"])
def assembly(request: pytest.FixtureRequest, synthesise):
    return synthesise("standard-dev", f"entry={request.param}", *NAMES)


def _task(assembly, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The properties of a task definition, and its container of that name."""
    for task in assembly.resources("AWS::ECS::TaskDefinition").values():
        for container in task["Properties"]["ContainerDefinitions"]:
            if container["Name"] == name:
                return task["Properties"], container
    raise AssertionError(f"no {name}")


def _variables(container: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in container["Environment"]}


def test_panel_and_libre_chat_know_one_another(assembly) -> None:
    task, panel = _task(assembly, "admin-panel")
    assert _variables(panel) == {
        "API_SERVER_URL": "http://librechat.librechat.internal:3080",
        "VITE_API_BASE_URL": "https://chat.example.com",
        "PORT": "3000",
    }
    assert [each["Name"] for each in panel["Secrets"]] == ["SESSION_SECRET"]
    assert task["RuntimePlatform"]["CpuArchitecture"] == "X86_64"
    _, librechat = _task(assembly, "librechat")
    assert _variables(librechat)["ADMIN_PANEL_URL"] == "https://admin.example.com"
    assert assembly.templates["App"]["Outputs"]["AdminPanel"]["Value"] == "https://admin.example.com"


def test_its_host_name_leads_to_it_under_a_certificate_that_has_both(assembly) -> None:
    (rule,) = assembly.resources("AWS::ElasticLoadBalancingV2::ListenerRule").values()
    (condition,) = rule["Properties"]["Conditions"]
    assert condition["HostHeaderConfig"] == {"Values": ["admin.example.com"]}
    records = assembly.resources("AWS::Route53::RecordSet").values()
    assert sorted(record["Properties"]["Name"] for record in records) == ["admin.example.com.", "chat.example.com."]
    certificates = assembly.resources("AWS::CertificateManager::Certificate").values()
    assert certificates
    for certificate in certificates:
        assert certificate["Properties"]["SubjectAlternativeNames"] == ["admin.example.com"]


def test_cloudfront_keeps_assets_of_the_two_apart(synthesise) -> None:
    assembly = synthesise("standard-dev", "entry=cloudfront", *NAMES)
    (distribution,) = assembly.resources("AWS::CloudFront::Distribution").values()
    assert distribution["Properties"]["DistributionConfig"]["Aliases"] == ["chat.example.com", "admin.example.com"]
    (policy,) = assembly.resources("AWS::CloudFront::CachePolicy").values()
    headers = policy["Properties"]["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]
    assert headers == {"HeaderBehavior": "whitelist", "Headers": ["Host"]}
    (parameter,) = assembly.resources("AWS::SSM::Parameter").values()
    assert parameter["Properties"]["Name"].endswith("/chat.example.com/admin.example.com")


def test_who_has_no_panel_has_nothing_of_it(synthesise) -> None:
    assembly = synthesise("standard-dev")
    assert not [path for path in assembly.resources() if "Admin" in path]
    assert "ADMIN_PANEL_URL" not in _variables(_task(assembly, "librechat")[1])
