"""Laws over all templates of the tests: no duration that nothing documents, and no failure where a check is green."""

from __future__ import annotations

from pathlib import Path

import pytest
from rehearsal_worlds import world_of

from stackflight.errors import UnreadableInput
from stackflight.facts.load import read_table
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding
from stackflight.model.template import Resource, World
from stackflight.model.value import known_int
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.rehearse.behaviour import policy_timeout
from stackflight.rehearse.failures import Plight, find_plights

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = sorted(
    file
    for folder, pattern in (
        (CORPUS, "**/*.yaml"),
        (CORPUS.parent / "legal_networks", "**/*"),
        (CORPUS.parent / "cli/templates", "*.yaml"),
    )
    for file in folder.glob(pattern)
    if file.suffix in {".yaml", ".json"} and b"Resources" in file.read_bytes()
)
HOUR = 3600.0
DOCUMENTED = {  # what may hold a stack up, and for how long at most
    "AWS::ECS::Service": 3 * HOUR,
    "AWS::EKS::Nodegroup": 2 * HOUR,
    "AWS::MWAA::Environment": 3 * HOUR,
    "AWS::ElasticBeanstalk::Environment": 2 * HOUR,
    "AWS::CertificateManager::Certificate": 36 * HOUR,
    "AWS::RDS::DBProxyTargetGroup": HOUR / 3,
}


def judged(world: World) -> tuple[Finding, ...]:
    return check_world("", world, SystemClock(), 0.0).findings


def longest(resource: Resource) -> float:
    """Seconds for which CloudFormation may wait for a resource that does not become well."""
    if resource.is_custom:
        return float(known_int(resource.get("ServiceTimeout")) or HOUR)
    if resource.type in {"AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"}:
        return policy_timeout(resource) or 2.0
    if resource.type == "AWS::CloudFormation::WaitCondition":
        return float(known_int(resource.get("Timeout")) or 300)
    if resource.type == "AWS::CloudFormation::Stack":
        return 60.0 * (known_int(resource.get("TimeoutInMinutes")) or 0)
    return DOCUMENTED.get(resource.type, 2.0)


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: "-".join(file.relative_to(CORPUS.parent).with_suffix("").parts)
)
def test_nothing_fails_later_than_its_documented_wait_allows_and_a_green_template_fails_nowhere(file: Path) -> None:
    """Audit, rows 1 and 2: what a check has nothing against, and asks nothing about, deploys in the rehearsal."""
    try:
        template = parse_template(file.read_text(encoding="utf-8"), file.name)
    except UnreadableInput:
        return
    world = join_stacks([Source("stack", template)], {}, LocalFolder(file.parent))
    report = check_world("", world, SystemClock(), 0.0)
    plights = [plight for plight in find_plights(world, report.findings) if plight.finding is not None]

    assert not [plight for plight in plights if plight.address in world.resources and not _plausible(world, plight)]
    if not report.blocking and not report.questions:
        assert rehearse(world, report.findings, RehearsalOptions(runs=0)).is_good
    assert not plights or file.stem != "fixed"


def _plausible(world: World, plight: Plight) -> bool:
    return (plight.fault.seconds or 0.0) <= longest(world.resources[plight.address])


def test_every_type_that_waits_is_in_the_table_with_its_source() -> None:
    table = read_table("waits")

    assert set(table["types"]) == set(DOCUMENTED)
    assert all(row["for"] and row["source"] for row in table["types"].values())


BALANCED = (Path(__file__).parents[1] / "cli" / "templates" / "balancer-wrong-port.yaml").read_text(encoding="utf-8")


def test_a_balancer_that_cannot_reach_its_targets_is_complete_in_minutes_and_the_service_fails() -> None:
    """Audit, row 1."""
    world = world_of(BALANCED)
    rehearsal = rehearse(world, judged(world), RehearsalOptions(runs=0))

    assert rehearsal.cause is not None
    assert (rehearsal.cause.resource, rehearsal.cause.type) == ("Web", "AWS::ECS::Service")
    [balancer] = [span for span in rehearsal.spans if span.resource == "Lb" and span.operation == "create"]
    assert balancer.outcome == "done"
    assert balancer.seconds < 600
    assert rehearsal.seconds < HOUR


def test_without_a_circuit_breaker_the_service_holds_the_stack_for_its_three_hours() -> None:
    """Audit, row 1."""
    world = world_of(BALANCED.replace("DeploymentCircuitBreaker: {Enable: true, Rollback: true}", ""))
    rehearsal = rehearse(world, judged(world), RehearsalOptions(runs=0))
    [service] = [span for span in rehearsal.spans if span.resource == "Web" and span.operation == "create"]

    assert "Exceeded attempts to wait" in service.reason
    assert round(service.seconds) == 3 * HOUR


GROUP = """
  Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: ami-0123456789abcdef0, InstanceType: t3.small, SecurityGroupIds: [!Ref WebGroup]}}}
  Machines:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "2"
      VPCZoneIdentifier: [!Ref A, !Ref B]
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      TargetGroupARNs: [!Ref Targets]
"""


def test_an_auto_scaling_group_behind_a_closed_balancer_is_blamed_and_the_stack_goes_on() -> None:
    """Audit, row 1: no part of the deployment waits for the health of an Auto Scaling group's targets."""
    text = BALANCED.partition("  Cluster:")[0].replace("TargetType: ip", "TargetType: instance") + GROUP
    world = world_of(text)
    findings = [finding for finding in judged(world) if finding.check == "target-unreachable"]

    assert [finding.phase for finding in findings] == ["run"]
    assert "Machines" in findings[0].resources
    assert rehearse(world, findings, RehearsalOptions(runs=0)).outcome == "CREATE_COMPLETE"
