"""A user pool and mail by a setting: what is made, who is told, and where the secrets are."""

import json
from typing import Any

import pytest
from test_librechat_rehearsal import played

from librechat_aws.functions.smtp_credentials import handler
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly

pytestmark = pytest.mark.xdist_group("cdk")

DOMAIN = ("domain=chat.example.com", "hosted_zone_id=Z0123456789ABC", "hosted_zone_name=example.com")
EVERYTHING = ("cognito=true", "mail_from=chat@example.com")
MODES = [("standard-dev", "entry=cloudfront"), ("minimal-dev", "entry=cloudfront"), ("serverless-dev", *DOMAIN)]


@pytest.fixture(params=MODES, ids=lambda mode: mode[0])
def assembly(request, synthesise):
    return synthesise(*request.param, *EVERYTHING)


def _only(assembly, kind: str) -> dict[str, Any]:
    (resource,) = assembly.resources(kind).values()
    return resource


def test_librechat_is_told_of_its_pool_and_its_mail_server_and_gets_their_secrets_from_secrets_manager(
    assembly,
) -> None:
    (librechat,) = [program for program in assembly.programs() if program.name == "librechat"]
    assert {
        "OPENID_ISSUER",
        "OPENID_CLIENT_ID",
        "OPENID_CALLBACK_URL",
        "EMAIL_HOST",
        "EMAIL_FROM",
    } <= librechat.variables
    kept = {name: key for name, (_, key) in librechat.secrets.items()}
    assert kept["OPENID_CLIENT_SECRET"] == "client_secret"
    assert kept["OPENID_SESSION_SECRET"] == "session_secret"
    assert (kept["EMAIL_USERNAME"], kept["EMAIL_PASSWORD"]) == ("username", "password")


def test_cognito_sends_people_back_to_the_address_that_they_came_from(assembly) -> None:
    client = _only(assembly, "AWS::Cognito::UserPoolClient")["Properties"]
    (callback,) = client["CallbackURLs"]
    assert assembly.text(callback, "App").endswith("/oauth/openid/callback")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is True


def test_mail_is_sent_by_somebody_who_may_do_nothing_else_and_can_leave(assembly) -> None:
    statements = [
        statement
        for policy in assembly.resources("AWS::IAM::Policy").values()
        if policy["Properties"].get("Users")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert [(each["Action"], each["Condition"]) for each in statements] == [
        ("ses:SendRawEmail", {"StringEquals": {"ses:FromAddress": "chat@example.com"}})
    ]
    ways = [
        rule
        for group in assembly.resources("AWS::EC2::SecurityGroup").values()
        for rule in group["Properties"].get("SecurityGroupEgress", [])
    ]
    assert 587 in {rule.get("FromPort") for rule in ways}


def test_nothing_is_found_and_it_rehearses_to_its_end(assembly) -> None:
    folder = LocalFolder(assembly.folder)
    world = join_stacks(read_assembly(folder), {}, folder)
    clock = SystemClock()
    assert [finding.check for finding in check_world("chat", world, clock, clock.now()).findings] == []
    assert played(assembly, runs=3).outcomes == {"CREATE_COMPLETE": 3}


def test_strangers_may_join_the_pool_only_where_registration_is_open(synthesise) -> None:
    for choices, closed in (((), True), (("registration=true",), False)):
        pool = _only(synthesise("standard-dev", "entry=cloudfront", "cognito=true", *choices), "AWS::Cognito::UserPool")
        assert pool["Properties"]["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is closed


def test_the_first_user_is_made_in_the_pool_by_a_command_in_every_mode(synthesise) -> None:
    for deployment in (("standard-dev", "entry=cloudfront"), ("serverless-dev", *DOMAIN)):
        outputs = synthesise(*deployment, "cognito=true").templates["App"]["Outputs"]
        command = json.dumps(outputs["FirstUser"]["Value"])
        assert "aws cognito-idp admin-create-user --user-pool-id" in command
        assert "Fn::ImportValue" in command


def test_accounts_stay_where_data_is_protected_and_whatever_replaces_the_pool(synthesise) -> None:
    assert _only(synthesise("production-ecs", "cognito=true"), "AWS::Cognito::UserPool")["DeletionPolicy"] == "Retain"
    disposable = _only(synthesise("standard-dev", "entry=cloudfront", "cognito=true"), "AWS::Cognito::UserPool")
    assert (disposable["DeletionPolicy"], disposable["UpdateReplacePolicy"]) == ("Delete", "Retain")


def test_a_domain_proves_itself_in_the_zone_or_by_records_that_somebody_writes(synthesise) -> None:
    inside = synthesise("standard-dev", "entry=cloudfront", *DOMAIN, "mail_from=chat@example.com")
    outside = synthesise("standard-dev", "mail_from=chat@example.org")
    records = [
        record
        for record in inside.resources("AWS::Route53::RecordSet").values()
        if record["Properties"]["Type"] == "CNAME"
    ]
    assert len(records) == 3
    assert not outside.resources("AWS::Route53::RecordSet")
    assert len([name for name in outside.templates["Data"]["Outputs"] if "Dkim" in name]) == 3


class Aws:
    """IAM and Secrets Manager as the function meets them."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.secret = json.dumps({"username": "", "password": "generated"})
        self.made = 0

    def list_access_keys(self, **_user: str) -> dict[str, Any]:
        return {"AccessKeyMetadata": [{"AccessKeyId": key} for key in self.keys]}

    def create_access_key(self, **_user: str) -> dict[str, Any]:
        assert len(self.keys) < 2, "IAM has no more than two for a user"
        self.made += 1
        self.keys.append(f"AKIA{self.made}")
        return {"AccessKey": {"AccessKeyId": self.keys[-1], "SecretAccessKey": "some+secret+key"}}

    def delete_access_key(self, *, AccessKeyId: str, **_user: str) -> None:  # noqa: N803 (boto3's own spelling)
        self.keys.remove(AccessKeyId)

    def get_secret_value(self, **_id: str) -> dict[str, str]:
        return {"SecretString": self.secret}

    def put_secret_value(self, *, SecretString: str, **_id: str) -> None:  # noqa: N803
        self.secret = SecretString


def test_credentials_are_made_changed_and_taken_away_and_the_key_in_use_stays_for_a_while(monkeypatch) -> None:
    aws = Aws()
    monkeypatch.setattr(handler.boto3, "client", lambda _service: aws)
    asked = {"User": "sender", "SecretArn": "arn", "Region": "eu-central-1", "Rotation": "0"}
    ids = set()
    for kind, keys in (
        ("Create", ["AKIA1"]),
        ("Update", ["AKIA1", "AKIA2"]),
        ("Update", ["AKIA2", "AKIA3"]),
        ("Delete", []),
    ):
        physical = {"PhysicalResourceId": next(iter(ids))} if ids else {}
        ids.add(handler.on_event({"RequestType": kind, "ResourceProperties": asked, **physical})["PhysicalResourceId"])
        assert aws.keys == keys
    assert len(ids) == 1
    # The values that Terraform's provider is tested with.
    assert json.loads(aws.secret)["password"] == "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"
    assert handler.smtp_password("another+secret+key", "us-west-1") == "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"
