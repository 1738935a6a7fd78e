"""Names that collide, sizes that do not add up, passwords that a database may refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import found, judge_world

from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.model.template import Environment
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

HEAD = "Parameters: {Given: {Type: String}}"


def taken_twice(resource: str, *environments: Environment) -> list[Finding]:
    """The same resource in one stack for each environment."""
    template = parse_template("Resources: {Thing: " + resource + "}", "template.yaml")
    sources = [Source(f"stack{index}", template, given) for index, given in enumerate(environments)]
    world = join_stacks(sources, {}, LocalFolder(Path("nowhere")))
    verdicts = judge_world(world)
    return [item for item in verdicts.findings if item.check == "name-taken-twice"]


ROLE = "{Type: AWS::IAM::Role, Properties: {RoleName: app, AssumeRolePolicyDocument: {Statement: []}}}"
LOGS = "{Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /app}}"
HERE, THERE = Environment("111122223333", "eu-west-1"), Environment("111122223333", "us-east-1")


def test_a_role_s_name_is_taken_in_every_region_and_a_log_group_s_in_its_own() -> None:
    [blocked] = taken_twice(ROLE, HERE, THERE)

    assert blocked.severity is Severity.BLOCKING
    assert not taken_twice(ROLE, HERE, Environment("444455556666", "eu-west-1"))
    assert not taken_twice(LOGS, HERE, THERE)
    assert taken_twice(LOGS, HERE, HERE)


def test_stacks_that_do_not_say_where_they_go_may_meet() -> None:
    [warned] = taken_twice(LOGS, Environment(), Environment())

    assert (warned.severity, "stack0" in warned.message) == (Severity.WARNING, True)


ROLES = """
One: {Type: AWS::IAM::Role, Properties: {RoleName: %s, AssumeRolePolicyDocument: {Statement: []}}}
Two: {Type: AWS::IAM::Role, Properties: {RoleName: %s, AssumeRolePolicyDocument: {Statement: []}}}
"""


def test_names_of_iam_differ_by_more_than_case() -> None:
    assert found(ROLES % ("App", "app"), "name-taken-twice")
    assert not found(ROLES % ("App", "apps"), "name-taken-twice")
    assert not found(ROLES % ("!Sub 'a-${One}'", "!Sub 'a-${Two}'"), "name-taken-twice")


@pytest.mark.parametrize(
    ("resource", "refused"),
    [
        ("{Type: AWS::RDS::DBInstance, Properties: {DBInstanceIdentifier: !Sub 'a_${Given}'}}", True),
        ("{Type: AWS::RDS::DBInstance, Properties: {DBInstanceIdentifier: !Sub 'a-${Given}'}}", False),
        (
            "{Type: AWS::RDS::DBInstance, Properties: {DBInstanceIdentifier: !Sub '{{resolve:ssm:/a_b}}${Given}'}}",
            False,
        ),
        ("{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Name: internal-a}}", True),
        ("{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Name: !Sub 'internal-${Given}'}}", True),
        ("{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Name: !Sub '${Given}-internal-a'}}", False),
        ("{Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Name: internal-a}}", False),
    ],
)
def test_the_known_part_of_a_name_may_settle_its_form(resource: str, refused: bool) -> None:
    assert bool(found(f"Thing: {resource}\n", "name-form", HEAD)) is refused


TASK = """
Task: {Type: AWS::ECS::TaskDefinition, Properties: {Memory: %s, ContainerDefinitions: [
  {Name: a, Image: x, Memory: %s}, {Name: b, Image: x, Memory: %s}]}}
"""


@pytest.mark.parametrize(
    ("task", "one", "two", "severity"),
    [
        ("'1024'", "512", "512", None),
        ("'1024'", "2048", "64", Severity.BLOCKING),
        ("'1024'", "768", "512", Severity.WARNING),
        ("!Ref Given", "768", "512", None),
        ("'1024'", "768", "!Ref Given", None),
    ],
)
def test_containers_fit_into_the_memory_of_their_task(task: str, one: str, two: str, severity: Severity | None) -> None:
    findings = found(TASK % (task, one, two), "task-definition-contradiction", HEAD)

    assert [item.severity for item in findings] == ([severity] if severity else [])


CLUSTER = """
Cluster: {Type: AWS::RDS::DBCluster, Properties: {Engine: aurora-mysql, %s}}
Writer: {Type: AWS::RDS::DBInstance, Properties: {Engine: aurora-mysql, DBClusterIdentifier: !Ref Cluster, DBInstanceClass: %s}}
"""


@pytest.mark.parametrize(
    ("cluster", "size", "refused"),
    [
        ("", "db.serverless", True),
        ("ServerlessV2ScalingConfiguration: {MinCapacity: 0.5, MaxCapacity: 2}", "db.serverless", False),
        ("ServerlessV2ScalingConfiguration: !Ref Given", "db.serverless", False),
        ("", "db.r6g.large", False),
        ("", "!Ref Given", False),
    ],
)
def test_serverless_instances_need_a_cluster_with_a_capacity_range(cluster: str, size: str, refused: bool) -> None:
    assert bool(found(CLUSTER % (cluster, size), "database-contradiction", HEAD)) is refused


DATABASE = """
Secret: {Type: AWS::SecretsManager::Secret, Properties: {GenerateSecretString: {
  SecretStringTemplate: '{"username": "app"}', GenerateStringKey: password, %s}}}
Database: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, AllocatedStorage: 20,
  MasterUsername: !Sub '{{resolve:secretsmanager:${Secret}:SecretString:username}}',
  MasterUserPassword: !Sub '{{resolve:secretsmanager:${Secret}:SecretString:password}}'}}
"""


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ("", True),
        ("ExcludePunctuation: true", False),
        ("ExcludePunctuation: !Ref Given", False),
        ("""ExcludeCharacters: '"@/\\'""", False),
        ("ExcludeCharacters: '@/'", True),
        ("ExcludeCharacters: !Ref Given", False),
    ],
)
def test_a_generated_password_leaves_out_what_the_database_refuses(settings: str, warned: bool) -> None:
    findings = found(DATABASE % settings, "generated-password-refused", HEAD)

    assert [item.severity for item in findings] == [Severity.WARNING] * warned


def test_a_domain_is_validated_by_mail_to_itself_or_one_above_it() -> None:
    certificate = """
Certificate: {Type: AWS::CertificateManager::Certificate, Properties: {DomainName: app.example.com, ValidationMethod: EMAIL,
  DomainValidationOptions: [{DomainName: app.example.com, ValidationDomain: %s}]}}
"""

    assert found(certificate % "example.org", "certificate-validation-domain")
    assert found(certificate % "ple.com", "certificate-validation-domain")
    for domain in ("example.com", "app.example.com", "Example.com", "!Ref Given"):
        assert not found(certificate % domain, "certificate-validation-domain", HEAD)
