"""Whoever is refused and follows the hint ends at a deployment, whichever of its alternatives they take."""

import ast
import sys
from pathlib import Path

import pytest
from hints import AT_HAND, Person

import librechat_aws
from librechat_aws.request import Request

SOURCES = Path(librechat_aws.__file__).parent
SERVERLESS = {"mode": "serverless", "entry": "cloudfront", "rag": "false"}
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/chat/0a1b2c3d-0000-0000-0000-000000000000"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
VPC = {key: value for key, value in AT_HAND.items() if key.startswith("vpc_") or key.endswith("_subnet_ids")}
OWN_NAME = {key: AT_HAND[key] for key in ("domain", "hosted_zone_id", "hosted_zone_name")}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat-AbCdEf#"
OPENID = '{OPENID_CLIENT_SECRET="arn:aws:secretsmanager:eu-west-1:123456789012:secret:openid-AbCdEf#client_secret"}'
LIMITED = {"allowed_cidrs": '["203.0.113.0/24"]'}
PEOPLE = [
    Person("serverless-dev", LIMITED),
    Person("serverless-dev", LIMITED | {"web_acl_arn": ACL}),
    Person("serverless-dev", LIMITED | {"web_acl_arn": ACL, "web_firewall": "true"}),
    Person("standard-dev", LIMITED | {"entry": "cloudfront"}),
    Person("standard-dev", {"mode": "serverless"}),
    Person("full-dev", {"mode": "serverless"}),
    Person("minimal-dev", {"mode": "serverless"}),
    Person("minimal-dev", {"tasks_max": "3"}),
    Person("minimal-dev", {"aurora_readers": "1"}),
    Person("minimal-dev", {"postgres": "container", "mode": "ecs", "rag": "true"}),
    Person("minimal-dev", {"data_volume_gib": "50", "documents": "documentdb"}),
    Person("minimal-dev", {"instance_type": "t3.large"}),
    Person("production-ecs", {"tasks_min": "7"}),
    Person("production-ecs", {"cache": "none"}),
    Person("standard-dev", {"librechat_cpu": "1000"}),
    Person("standard-dev", {"librechat_memory_mib": "900"}),
    Person("standard-dev", {"registration": "true"}),
    Person("standard-dev", {"entry": "https"}),
    Person("standard-dev", {"entry": "https", "domain": "chat.example.com"}),
    Person("standard-dev", {"entry": "cloudfront", "certificate_arn": CERTIFICATE}),
    Person("standard-dev", {"entry": "cloudfront", "certificate_arn": CERTIFICATE, "domain": "chat.example.com"}),
    Person("standard-dev", {"entry": "cloudfront", "origin_certificate_arn": CERTIFICATE}),
    Person("standard-dev", {"entry": "cloudfront", "hosted_zone_id": "Z0123456789ABC"}),
    Person(
        "standard-dev",
        {
            "entry": "https",
            "domain": "chat.example.net",
            "hosted_zone_id": "Z0123456789ABC",
            "hosted_zone_name": "example.com",
        },
    ),
    Person("standard-dev", {"monthly_budget_usd": "100"}),
    Person("standard-dev", {"egress": "endpoints", "images": "public"}),
    Person("standard-dev", {"awake": "07:00-07:00"}),
    Person("standard-dev", {"awake_days": "MON"}),
    Person("standard-dev", {"documents": "external"}),
    Person("standard-dev", {"documents": "external", "egress": "endpoints"}),
    Person("standard-dev", {"documents": "mongodb"}),
    Person("standard-dev", {"documents": "documentdb-serverless", "documents_min_capacity": "8"}),
    Person("standard-dev", {"postgres": "aurora-serverless", "aurora_min_capacity": "8"}),
    Person("standard-dev", {"nat_gateways": "3"}),
    Person("standard-dev", {"vpc_cidr": "10.0.0.0/24"}),
    Person("standard-dev", {"vpc_id": "vpc-0a1b2c3d"}),
    Person("standard-dev", VPC | {"vpc_zones": '["eu-west-1a","eu-west-1a"]'}, {"vpc_zones": AT_HAND["vpc_zones"]}),
    Person("standard-dev", VPC | {"zones": "3"}),
    Person("standard-dev", {"app_subnet_ids": '["subnet-0a1b2c33","subnet-0a1b2c34"]'}),
    Person("standard-dev", {"allowed_cidrs": '["10.0.0.1/8"]'}, {"allowed_cidrs": '["10.0.0.0/8"]'}),
    Person("standard-dev", {"allowed_countries": '["DE"]'}),
    *(Person(preset, {"admin_domain": "admin.example.com"}) for preset in ("standard-dev", "minimal-dev", "serverless-dev")),
    *(
        Person("standard-dev", OWN_NAME | {"admin_domain": name, "entry": "https"})
        for name in ("chat.example.com", "admin.example.net")
    ),
    Person(
        "standard-dev",
        OWN_NAME | {"admin_domain": "admin.example.com", "entry": "https", "variables": '{ADMIN_PANEL_URL="https://a.example"}'},
    ),
    Person("standard-dev", {"cognito": "true"}),
    Person("standard-dev", {"cognito": "true", "entry": "cloudfront", "egress": "endpoints"}),
    Person("standard-dev", {"cognito": "true", "entry": "cloudfront", "name": "aws-chat"}),
    Person("standard-dev", {"cognito_domain": "our-chat"}),
    Person("standard-dev", {"cognito": "true", "entry": "cloudfront", "secret_variables": OPENID}, {"secret_variables": "{}"}),
    Person("serverless-dev", {"cognito": "true"}),
    Person("standard-dev", {"mail_from": "chat@example.com", "egress": "endpoints"}),
    Person("standard-dev", {"package": "librechat.zip"} | SERVERLESS),
    Person("serverless-dev", {"ca_bundle": "here.pem"}),
    Person("standard-dev", {"ca_bundle": "nowhere.pem"}, {"ca_bundle": str(SOURCES / "certificates/rds-global-bundle.pem")}),
    Person("standard-dev", {"ca_bundle": __file__}, {"ca_bundle": str(SOURCES / "certificates/rds-global-bundle.pem")}),
    Person("standard-dev", {"tags": '{"aws:team"="a"}'}, {"tags": '{team="a"}'}),
    Person("standard-dev", {"variables": '{APP_TITEL="a"}'}, {"variables": '{APP_TITLE="a"}'}),
    Person("standard-dev", {"variables": '{APP_TITLE="a\\nb"}'}, {"variables": '{APP_TITLE="a b"}'}),
    Person("standard-dev", {"variables": '{APP_TITLE="${A}"}'}, {"variables": '{APP_TITLE="A"}'}),
    Person("standard-dev", {"variables": '{OPENAI_API_KEY="sk"}'}, {"variables": "{}", "secret_variables": OPENID}),
    Person("standard-dev", {"secret_variables": '{OPENAI_API_KEY="sk"}'}, {"secret_variables": OPENID}),
    Person(
        "standard-dev",
        {
            "egress": "endpoints",
            "librechat_yaml": str(Path(__file__).parent / "yaml/good/everything.yaml"),
            "variables": '{MCP_HOST="mcp.example.com"}',
            "secret_variables": f'{{INTERNAL_KEY="{SECRET}key",SERPER_API_KEY="{SECRET}serper"}}',
        },
    ),
    *(Person("enterprise", {key: value}) for key, value in {
        "durability": "disposable", "trail": "false", "entry": "trial-http", "log_days": "30", "backup_days": "1",
    }.items()),
]  # fmt: skip


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.preset} {' '.join(person.choices)}")
def test_the_hint_of_a_refusal_leads_to_a_deployment(person: Person) -> None:
    assert person.refusal() is not None
    assert list(person.lost()) == []


def test_every_refusal_of_a_combination_has_somebody_who_meets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[tuple[str, int]] = set()
    refuse = Request.refuse

    def note(request: Request, *told: object) -> object:
        caller = sys._getframe(1)
        met.add((Path(caller.f_code.co_filename).name, caller.f_lineno))
        return refuse(request, *told)

    monkeypatch.setattr(Request, "refuse", note)
    for person in PEOPLE:
        assert list(person.lost()) == []
    refusals = {
        (path.name, range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for path in SOURCES.glob("resolve*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "refuse"
    }
    assert len(refusals) > 40
    assert [at for at in refusals if not any(name == at[0] and line in at[1] for name, line in met)] == []
