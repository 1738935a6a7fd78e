"""What stops the deployment stands apart from what fails later, and a finding says why somebody needs what is closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import judge

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Phase
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.needs.code import line_naming

TEMPLATES = Path(__file__).parents[1] / "cli" / "templates"
TWO_FUNCTIONS = (TEMPLATES / "two-functions.yaml").read_text(encoding="utf-8").partition("Resources:\n")[2]


def found() -> list[Finding]:
    return judge(TWO_FUNCTIONS.replace("\n  ", "\n").removeprefix("  "))


def test_what_stops_the_deployment_stands_apart_from_what_fails_once_it_is_over() -> None:
    """Audit, row 11: the API's need arises at run time, that of the custom resource during the deployment."""
    phases = {tuple(address.id for address in finding.workloads): finding.phase for finding in found()}

    assert phases == {("Api",): Phase.RUN, ("Run", "Migrate"): Phase.CREATE}


def test_a_finding_is_anchored_at_what_fails_and_names_the_targets_of_that_alone() -> None:
    """Audit, row 11."""
    [finding] = [finding for finding in found() if finding.phase is Phase.CREATE]

    assert finding.resources[0] == "Run"
    assert [address.id for address in finding.struck] == ["Run"]
    assert "secretsmanager" in finding.message
    assert "ssm" not in finding.message.replace("answer CloudFormation", "")


def test_a_finding_says_why_its_target_is_needed_and_where_that_was_seen() -> None:
    """Audit, row 10: the best argument that there is."""
    evidence = {finding.phase: finding.evidence for finding in found()}

    assert evidence[Phase.RUN] == ("its code makes a client for ssm, line 2 of its inline code",)
    assert (
        "Run: the code of Migrate makes a client for secretsmanager, line 2 of its inline code"
        in evidence[Phase.CREATE]
    )


def test_code_that_asks_for_logs_crosses_the_vpc_although_what_it_prints_does_not() -> None:
    asking = TWO_FUNCTIONS.replace("ssm", "logs").replace("\n  ", "\n").removeprefix("  ")
    [finding] = [finding for finding in judge(asking) if finding.phase is Phase.RUN]

    assert "cannot reach logs" in finding.message


@pytest.mark.parametrize(
    ("source", "service", "line"),
    [
        ("import boto3\nc = boto3.client('ssm')", "ssm", 2),
        ('import boto3\n\nt = boto3.resource("dynamodb")', "dynamodb", 3),
        ("const { SSMClient } = require('@aws-sdk/client-ssm');", "ssm", 1),
        ("const AWS = require('aws-sdk');\nconst s = new AWS.SecretsManager();", "secretsmanager", 2),
        ("print('nothing')", "ssm", None),
    ],
)
def test_the_line_of_a_client_is_the_first_that_names_it(source: str, service: str, line: int | None) -> None:
    assert line_naming(source, service) == line


@pytest.mark.parametrize(
    "file", sorted((TEMPLATES.parents[1] / "corpus").glob("*/bad.yaml")), ids=lambda f: f.parent.name
)
def test_every_finding_about_a_way_in_the_network_says_why_it_is_needed(file: Path) -> None:
    """Audit, row 10, over the whole corpus."""
    template = parse_template(file.read_text(encoding="utf-8"), file.name)
    world = join_stacks([Source("stack", template)], {}, LocalFolder(file.parent))
    for finding in check_world("", world, SystemClock(), 0.0).findings:
        assert bool(finding.workloads) == bool(finding.evidence)
        assert all(reason.strip() for reason in finding.evidence)
