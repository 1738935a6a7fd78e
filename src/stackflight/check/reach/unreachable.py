"""Reach -> findings and questions: what cannot be reached, one finding for each cause."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.cdk import way_in_cdk
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.reach.harm import acts, blocking_hops, by_harm, harm_of
from stackflight.check.reach.remedies import fixes_of, remedy_of
from stackflight.check.reach.telling import evidence_of, message_of
from stackflight.model.finding import (
    BLOCKS,
    Certainty,
    Consequence,
    Finding,
    Hop,
    Phase,
    Severity,
    Verdict,
)
from stackflight.model.need import (
    AddressTarget,
    InternetTarget,
    Need,
    Reach,
    ResourceTarget,
    ServiceTarget,
)
from stackflight.model.value import Address

_PASSIVE = {"AWS::EC2::RouteTable", "AWS::EC2::Subnet", "AWS::EC2::VPC"}


_PROOF = (
    "The path is walked from every subnet that the workload may start in: DNS, egress of its security groups, network "
    "ACLs both ways, route, gateway or endpoint, ingress at the other end. The finding shows the whole path and every "
    "setting that blocks it. Anything that the templates leave open makes it a question instead."
)


_WEIGHED = (
    "blocking where the need is stated by the template (an image, a log driver, an injected secret, a client made in "
    "code, an endpoint in the environment) and the path is proved closed; warning where the need is only implied "
    "(an IAM statement, an endpoint given to a function that does not run during the deployment and in whose code no "
    "driver is seen) or where some placements work"
)


def _entry(id: str, *, found_when: str, explains: str, sources: tuple[str, ...], example: str = "") -> Check:
    return Check(
        id,
        found_when=found_when,
        explains=f"{explains} {_PROOF}",
        may=(BLOCKING, WARNING),
        weighed=_WEIGHED,
        sources=sources,
        example=example,
    )


WORKLOAD_CANNOT_REACH_SERVICE = _entry(
    "workload-cannot-reach-service",
    found_when="a workload has no path to an AWS service or image registry that it needs",
    explains="Tasks do not start, functions run into their time-out, custom resources never answer.",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    ),
    example="net-fargate-private-no-nat",
)
WORKLOAD_CANNOT_REACH_INTERNET = _entry(
    "workload-cannot-reach-internet",
    found_when="a workload has no path to an internet host that it needs",
    explains="Downloads and calls hang until they time out.",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
    ),
)
DATABASE_UNREACHABLE = _entry(
    "database-unreachable",
    found_when="a workload has no path to its database",
    explains="Connections time out; a migration during the deployment hangs it.",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.Scenarios.html",
    ),
    example="sg-db-wrong-port",
)
CACHE_UNREACHABLE = _entry(
    "cache-unreachable",
    found_when="a workload has no path to its cache",
    explains="Connections time out.",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html",
    ),
)
FILE_SYSTEM_UNREACHABLE = _entry(
    "file-system-unreachable",
    found_when="a workload cannot mount its file system",
    explains="The mount fails; tasks do not start and functions are refused or fail when invoked.",
    sources=(
        "https://docs.aws.amazon.com/efs/latest/ug/network-access.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",
    ),
    example="sg-efs-no-2049",
)
TARGET_UNREACHABLE = _entry(
    "target-unreachable",
    found_when="a load balancer has no path to its target or to the health-check port",
    explains="Targets never become healthy, and the service does not stabilise.",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
    ),
    example="sg-task-no-ingress-from-alb",
)
SERVICE_UNREACHABLE = _entry(
    "service-unreachable",
    found_when="a service has no path to another service that it calls",
    explains="Calls time out.",
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",),
)
CLIENTS_KEPT_OUT = Check(
    "clients-kept-out",
    found_when="clients on the internet can get in to no listener of an internet-facing load balancer",
    explains="Every request times out. That some clients or some listeners are kept out is a choice and is not told.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the groups let somebody in, but on no port of a listener; warning where they let nobody in at "
    "all, because the rules may be meant to come from elsewhere",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
    ),
)
DESTINATION_UNREACHABLE = _entry(
    "destination-unreachable",
    found_when="a workload has no path to a resource in the VPC",
    explains="Connections time out.",
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    ),
)


_RESOURCE_CHECKS = {
    "database": DATABASE_UNREACHABLE,
    "database proxy": DATABASE_UNREACHABLE,
    "cache": CACHE_UNREACHABLE,
    "file system": FILE_SYSTEM_UNREACHABLE,
    "FSx file system": FILE_SYSTEM_UNREACHABLE,
    "target": TARGET_UNREACHABLE,
    "service": SERVICE_UNREACHABLE,
    "entry": CLIENTS_KEPT_OUT,
}


@finds(
    WORKLOAD_CANNOT_REACH_SERVICE,
    WORKLOAD_CANNOT_REACH_INTERNET,
    DATABASE_UNREACHABLE,
    CACHE_UNREACHABLE,
    FILE_SYSTEM_UNREACHABLE,
    TARGET_UNREACHABLE,
    SERVICE_UNREACHABLE,
    CLIENTS_KEPT_OUT,
    DESTINATION_UNREACHABLE,
)
def find_unreachable(case: Case) -> Iterator[Finding]:
    """One finding for each cause that keeps workloads from what they need."""
    groups: dict[tuple[object, ...], list[Reach]] = {}
    for reach in case.reaches:
        if reach.verdict in {Verdict.NO, Verdict.INTERMITTENT}:
            groups.setdefault((*_cause(reach), _apart(case, reach)), []).append(reach)
    for reaches in groups.values():
        for alike in by_harm(reaches):
            yield _finding(case, alike)


def _check(need: Need) -> Check:
    match need.target:
        case ServiceTarget():
            return WORKLOAD_CANNOT_REACH_SERVICE
        case InternetTarget():
            return WORKLOAD_CANNOT_REACH_SERVICE if need.pulls_image else WORKLOAD_CANNOT_REACH_INTERNET
        case AddressTarget():
            return DESTINATION_UNREACHABLE
        case ResourceTarget(kind=kind):
            return _RESOURCE_CHECKS.get(kind, DESTINATION_UNREACHABLE)


def _cause(reach: Reach) -> tuple[object, ...]:
    own = (reach.need.workload.address,)
    place = reach.need.workload.placement
    hops = frozenset((hop.code, place if hop.blame == own else _to_mend(hop)) for hop in blocking_hops(reach))
    family = "service" if not isinstance(reach.need.target, (ResourceTarget, AddressTarget)) else _check(reach.need).id
    return (family, reach.need.workload.address.stack, reach.verdict, hops)


def _to_mend(hop: Hop) -> tuple[Address, ...]:
    """What is changed where a hop blocks: of a VPC's DNS the VPC alone, whatever endpoints it keeps from working."""
    return hop.blame[:1] if hop.code == "VPC_DNS_ATTRIBUTES" else hop.blame


def _apart(case: Case, reach: Reach) -> Address | None:
    """The workload where its author ignores this check: what is said of it must not take others along."""
    workload = reach.need.workload.address
    return workload if (_check(reach.need).id, workload) in case.excused else None


def _finding(case: Case, reaches: list[Reach]) -> Finding:
    ordered = sorted(reaches, key=lambda item: (not acts(item.need), item.need.certainty is not Certainty.PROVED))
    leading = ordered[0]
    hops = list(dict.fromkeys(hop for reach in ordered for hop in blocking_hops(reach)))
    worst = leading.worst
    path = worst.hops if worst else ()
    proved = [reach for reach in ordered if reach.need.certainty is Certainty.PROVED]
    severity, certainty = _weigh(leading, bool(proved))
    struck = [one for reach in proved if harm_of(reach) is not Consequence.NONE for one in reach.need.sufferers]
    consequences = [harm_of(reach) for reach in proved]
    consequence = next(
        (item for item in (Consequence.TIMES_OUT, Consequence.UNSTABLE, Consequence.FAILS) if item in consequences),
        Consequence.NONE,
    )
    return case.finding(
        _check(leading.need),
        _resources(case, ordered, hops),
        message_of(ordered, hops),
        remedy_of(ordered, hops, path),
        severity=severity,
        certainty=certainty,
        phase=Phase.CREATE if struck else Phase.RUN,
        path=path,
        code=hops[0].code if hops else "",
        struck=struck,
        consequence=consequence if struck else Consequence.NONE,
        workloads=[reach.need.workload.address for reach in ordered],
        causes=[address for hop in hops for address in hop.blame],
        evidence=evidence_of(ordered),
        in_cdk=way_in_cdk(case, ordered, hops),
        fixes=fixes_of(hops, path),
    )


def _weigh(leading: Reach, proved: bool) -> tuple[Severity, Certainty]:
    if not proved:
        return Severity.WARNING, Certainty.POSSIBLE
    never = any(hop.code == "UNKNOWN_DESTINATION" for hop in blocking_hops(leading))
    if leading.verdict is Verdict.INTERMITTENT and leading.need.consequence is Consequence.NONE and not never:
        return Severity.WARNING, Certainty.PROVED
    return Severity.BLOCKING, Certainty.PROVED


def _resources(case: Case, reaches: list[Reach], hops: list[Hop]) -> list[Address]:
    workloads = [reach.need.workload.address for reach in reaches]
    owners = [owner for reach in reaches for owner in reach.need.blames]
    active: list[Address] = []
    passive: list[Address] = []
    near = [hop for reach in reaches for route in reach.routes for hop in route.hops if hop.remedy and hop.blame]
    for hop in [*hops, *near]:
        for address in hop.blame:
            resource = case.resources.get(address)
            (passive if resource is None or resource.type in _PASSIVE else active).append(address)
    if any(hop.verdict != BLOCKS for hop in near):
        active = [address for hop in near if hop.verdict != BLOCKS for address in hop.blame] + active
    targets = [reach.need.target.address for reach in reaches if isinstance(reach.need.target, ResourceTarget)]
    return [*active, *workloads, *passive, *owners, *targets]
