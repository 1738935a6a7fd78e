"""The engine over LibreChat's assemblies: everything that is needed is found, and reached."""

from __future__ import annotations

import pytest

from librechat_aws.presets import PRESETS
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity, Verdict
from stackflight.model.report import CheckReport
from stackflight.operate.review import check_world
from stackflight.operate.settings import in_settings
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly

pytestmark = pytest.mark.xdist_group("cdk")

LIBRECHAT_NEEDS = {
    "Application/RagApi/Service:8000",
    "Data/Cache/Group:6379",
    "Data/Documents/Cluster:27017",
    "bedrock-runtime",
    "logs",
    "s3",
    "secretsmanager",
    "ssmmessages",
}
RAG_NEEDS = {"Data/Vectors/Instance:5432", "bedrock-runtime", "logs", "s3", "secretsmanager", "ssmmessages"}


def judge(assembly) -> CheckReport:
    folder = LocalFolder(assembly.folder)
    clock = SystemClock()
    return check_world("librechat", join_stacks(read_assembly(folder), {}, folder), clock, clock.now())


def targets(report: CheckReport, workload: str) -> dict[str, Verdict]:
    return {reach.need.target.title: reach.verdict for reach in report.reaches if reach.need.workload.title == workload}


def test_every_need_of_standard_dev_is_found_and_reached(synthesise) -> None:
    report = judge(synthesise("standard-dev"))
    chat, rag = targets(report, "Application/LibreChat/Service"), targets(report, "Application/RagApi/Service")
    assert chat.keys() == LIBRECHAT_NEEDS | {"ghcr.io"}
    assert rag.keys() == RAG_NEEDS | {"ghcr.io"}
    assert targets(report, "FrontDoor/LoadBalancer").keys() == {
        "Application/LibreChat/Service:3080",
        "FrontDoor/LoadBalancer:80",
    }
    assert targets(report, "Data/Documents/Initialise").keys() == {"secretsmanager", "Data/Documents/Cluster:27017"}
    assert targets(report, "Data/Vectors/Initialise").keys() == {"secretsmanager", "Data/Vectors/Instance:5432"}
    assert {reach.verdict for reach in report.reaches} == {Verdict.YES}
    assert not report.blocking
    assert not report.questions


def test_without_a_way_out_it_says_which_service_which_need_which_hop_and_what_to_do(synthesise) -> None:
    report = judge(synthesise("standard-dev", "egress=none"))
    services, functions = report.blocking
    assert services.check == functions.check == "workload-cannot-reach-service"
    assert "Application/LibreChat/Service" in services.message
    assert "ghcr.io (pull its image)" in services.message
    assert "Data/Documents/Initialise" in functions.message
    assert services.code == "NO_ROUTE_TO_DESTINATION"
    assert any(hop.verdict == "blocks" for hop in services.path)
    assert "NAT gateway" in services.remedy
    assert in_settings(report.world, services).in_settings.startswith('egress = "none" leads nowhere')
    assert targets(report, "Application/LibreChat/Service")["Data/Cache/Group:6379"] is Verdict.YES


def test_endpoints_instead_of_a_nat_gateway_are_enough(synthesise) -> None:
    report = judge(synthesise("standard-dev", "egress=endpoints"))
    assert targets(report, "Application/LibreChat/Service").keys() == LIBRECHAT_NEEDS | {"ecr.api", "ecr.dkr"}
    assert {reach.verdict for reach in report.reaches} == {Verdict.YES}
    assert not report.findings


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_has_a_blocking_finding_or_a_warning(synthesise, preset) -> None:
    found = [item for item in judge(synthesise(preset)).findings if item.severity is not Severity.NOTE]
    assert not found, [item.message for item in found]
