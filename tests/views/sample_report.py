"""A report made by hand, so that what views show does not change with the checks."""

from __future__ import annotations

from stackflight.model.finding import Certainty, Finding, Hop, Phase, Question, Severity, Verdict
from stackflight.model.need import Need, Placement, Reach, ResourceTarget, Route, ServiceTarget, Workload
from stackflight.model.report import CheckReport
from stackflight.model.template import Environment, Where, World
from stackflight.model.value import Address
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.resolve import resolve_stack

TEMPLATE = """\
Parameters:
  SubnetIds: {Type: CommaDelimitedList}
Resources:
  Service: {Type: AWS::ECS::Service}
  Database: {Type: AWS::RDS::DBInstance}
  PrivateRoutes: {Type: AWS::EC2::RouteTable}
  DataFilesBucketA4C1B2D3:
    Type: AWS::S3::Bucket
    Metadata: {aws:cdk:path: Shop/Data/Files/Bucket/Resource}
"""
_SHOP = "Shop"
_NOWHERE = Placement((), ())
_TO_REGISTRY = (
    Hop("security group of Service", "passes", "TaskGroup allows tcp 443 to 0.0.0.0/0"),
    Hop(
        "route table of PrivateSubnet1", "blocks", "PrivateRoutes has no route to public addresses",
        code="NO_ROUTE_TO_DESTINATION", blame=(Address(_SHOP, "PrivateRoutes"),),
    ),
)  # fmt: skip


def make_world() -> World:
    """One stack of four resources, one of them named by the CDK."""
    template = parse_template(TEMPLATE, "shop.yaml")
    return World((resolve_stack(template, Bindings(name=_SHOP, environment=Environment(region="eu-central-1"))),))


def make_findings() -> tuple[Finding, ...]:
    """Two of one cause, and a possible one with 100 % of the characters that need escapes."""
    blocked = {
        "check": "workload-cannot-reach-service", "severity": Severity.BLOCKING, "certainty": Certainty.PROVED,
        "stack": _SHOP, "remedy": "add a route 0.0.0.0/0 to a NAT gateway in PrivateRoutes",
        "path": _TO_REGISTRY, "code": "NO_ROUTE_TO_DESTINATION",
    }  # fmt: skip
    return (
        Finding(
            **blocked, resources=("PrivateRoutes", "Service"), where=Where("shop.yaml", 4),  # type: ignore[arg-type]
            message="Service cannot reach ecr.api (pull its image): PrivateRoutes has no route to public addresses",
        ),
        Finding(
            **blocked, resources=("PrivateRoutes", "Worker"), where=Where("shop.yaml", 6),  # type: ignore[arg-type]
            message="Worker cannot reach logs (write its logs): PrivateRoutes has no route to public addresses",
        ),
        Finding(
            "bucket-not-empty", Severity.WARNING, Certainty.POSSIBLE, _SHOP, ("DataFilesBucketA4C1B2D3",),
            Where("shop.yaml", 7, "Shop/Data/Files/Bucket/Resource"),
            "DataFilesBucketA4C1B2D3 keeps its objects: deleting it fails, 100%,\nas AWS::S3::Bucket says",
            "empty it first", phase=Phase.DELETE,
        ),
    )  # fmt: skip


def make_reaches() -> tuple[Reach, ...]:
    """One need of each answer."""
    service = Workload(Address(_SHOP, "Service"), "ECS service", _NOWHERE)
    worker = Workload(Address(_SHOP, "Worker"), "Lambda function", _NOWHERE, "Shop worker")
    database = ResourceTarget(Address(_SHOP, "Database"), 5432, _NOWHERE, "database")
    undecided = Hop("subnet", "unknown", "not decidable", decided_by=("parameter SubnetIds",))
    blocked = (Route("PrivateSubnet1", Verdict.NO, _TO_REGISTRY),)
    open_route = (Route("", Verdict.UNKNOWN, (undecided,)),)
    return (
        Reach(Need(service, ServiceTarget("ecr.api"), "pull its image", "Image"), Verdict.NO, blocked),
        Reach(Need(service, ServiceTarget("ecr.dkr"), "pull its image", "Image"), Verdict.NO, blocked),
        Reach(Need(service, database, "use the database Database", "Environment"), Verdict.YES, (), "inside the VPC"),
        Reach(Need(service, ServiceTarget("s3"), "call s3", "Policy"), Verdict.YES, (), "gateway endpoint S3Endpoint"),
        Reach(Need(worker, ServiceTarget("logs"), "write its logs", "Log"), Verdict.INTERMITTENT, blocked),
        Reach(Need(worker, ServiceTarget("sqs"), "call sqs", "Policy"), Verdict.UNKNOWN, open_route),
    )


def make_questions() -> tuple[Question, ...]:
    """Four that hang on one parameter, one on another."""
    services = ("sqs", "sns", "kms", "sts")
    asked = [Question(f"can Worker reach {name}?", ("Worker",), ("parameter SubnetIds",), _SHOP) for name in services]
    return (*asked, Question("does the bucket exist?", ("Worker",), ("parameter Bucket", "parameter Stage"), _SHOP))


def make_report() -> CheckReport:
    """Everything that a report can hold."""
    return CheckReport("shop.yaml", make_world(), make_findings(), make_questions(), make_reaches(), 0.0123)


def make_quiet_report() -> CheckReport:
    """Nothing was found."""
    return CheckReport("shop.yaml", make_world(), (), (), (), 0.0123)
