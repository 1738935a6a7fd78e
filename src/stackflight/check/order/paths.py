"""Reach and Graph -> findings: a path that exists, but perhaps not yet when it is used.

CloudFormation starts a resource as soon as what it refers to is complete; a route, a mount target or a policy that
nobody refers to may come later. What is deleted follows the same edges backwards, so a missing one hurts twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.cdk import order_in_cdk
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.races import order_finding, waiting
from stackflight.model.finding import Certainty, Consequence, Finding, Hop, Severity, Verdict
from stackflight.model.need import Need, Reach, ResourceTarget
from stackflight.model.value import Address, references_in, render
from stackflight.patterns import compile_later

_KINDS_THAT_WAIT = {
    "ECS service",
    "ECS service on instances",
    "custom resource",
    "EKS node group",
    "EC2 instance",
    "Auto Scaling group",
}
# How long after its start a workload first uses the network: placing a task or booting a machine takes this long.
_START_SECONDS = {
    "ECS service": 30.0,
    "ECS service on instances": 30.0,
    "EKS node group": 60.0,
    "EC2 instance": 30.0,
    "Auto Scaling group": 30.0,
}
# What the platform fetches for a task (image, secrets, log stream) is tried for minutes, and a task that could not start
# is replaced; even a deployment circuit breaker lets at least three fail. Source: Amazon ECS Developer Guide, "How the
# Amazon ECS deployment circuit breaker detects failures".
_FETCH_SECONDS = 180.0
# Windows runs its start script after minutes: "wait at least 4 minutes" (Amazon EC2 User Guide, EC2Launch and user data).
_WINDOWS_SECONDS = 180.0
_WINDOWS = compile_later(r"<(?:powershell|script)>")
_MEMBERS = {"AWS::RDS::DBInstance", "AWS::DocDB::DBInstance", "AWS::Neptune::DBInstance"}


_RACE = (
    "CloudFormation orders by Ref, Fn::GetAtt, Fn::Sub and DependsOn only. Typical durations decide whether the race is "
    "lost: docs/concepts/durations.md."
)


PATH_NOT_READY = Check(
    "path-not-ready",
    found_when="a workload that runs during the deployment does not wait for the network path or database that it uses",
    explains="The path is open in the finished stack, but the route, NAT gateway, endpoint, rule, mount target or database "
    f"instance may come after its user. {_RACE}",
    may=(WARNING,),
    weighed="retries may save it; silent where typical durations put the prerequisite first",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",),
    example="ord-cr-before-nat-route",
)


@finds(PATH_NOT_READY)
def find_paths_not_ready(case: Case) -> Iterator[Finding]:
    """Workloads that run during the deployment and do not wait for the path that they use."""
    late: dict[Address, dict[Address, list[Need]]] = {}
    for reach in case.reaches:
        need = reach.need
        if reach.verdict is not Verdict.YES or need.consequence is Consequence.NONE:
            continue
        if need.workload.kind not in _KINDS_THAT_WAIT or need.certainty is not Certainty.PROVED or need.patient:
            continue
        user = need.workload.address
        for prerequisite in _prerequisites(case, reach):
            if prerequisite in case.resources and not case.graph.waits_for(user, [prerequisite]):
                margin = _margin(case, need)
                if (
                    user not in case.graph.ancestors(prerequisite)
                    and case.timetable.late_by(prerequisite, user) > margin
                ):
                    late.setdefault(user, {}).setdefault(prerequisite, []).append(need)
    for user, missing in late.items():
        yield _finding(case, user, missing)


def _margin(case: Case, need: Need) -> float:
    """Seconds by which the path may come after the workload's start without harm."""
    machine = case.resources.get(need.workload.address)
    if machine is not None and _WINDOWS.search(render(machine.get("UserData"))):
        return _WINDOWS_SECONDS
    if need.workload.kind == "ECS service" and not isinstance(need.target, ResourceTarget):
        return _FETCH_SECONDS
    return _START_SECONDS.get(need.workload.kind, 0.0)


def _prerequisites(case: Case, reach: Reach) -> list[Address]:
    found = [address for route in reach.routes for hop in route.hops for address in hop.relies_on]
    if isinstance(reach.need.target, ResourceTarget):
        target = reach.need.target.address
        found.append(target)
        found += members_of(case, target)
    return list(dict.fromkeys(found))


def members_of(case: Case, cluster: Address) -> list[Address]:
    """What has to exist beside a cluster or file system before it answers: instances, mount targets."""
    keys = {**dict.fromkeys(_MEMBERS, "DBClusterIdentifier"), "AWS::EFS::MountTarget": "FileSystemId"}
    return [
        resource.address
        for kind, key in keys.items()
        for resource in case.world.of_type(kind)
        if any(reference.address == cluster for reference in references_in(resource.get(key)))
    ]


def _finding(case: Case, user: Address, missing: dict[Address, list[Need]]) -> Finding:
    needs = [need for group in missing.values() for need in group]
    latest = max(missing, key=case.timetable.end)
    targets = listed(need.target.title for need in needs)
    seconds = round(case.timetable.late_by(latest, user))
    hops = tuple(
        Hop(
            f"{case.resources[address].type} {address}",
            "blocks",
            f"typically complete {round(case.timetable.late_by(address, user))} s after {user} starts",
            code="PATH_NOT_READY",
            blame=(user,),
        )
        for address in missing
    )
    custom = needs[0].workload.kind == "custom resource"
    outcome = "its function is called before it can get through" if custom else "it starts before it can get through"
    return case.finding(
        PATH_NOT_READY,
        [user, *missing],
        f"{case.world.title(user)} does not wait for {listed(missing)}, which its path to {targets} needs: {outcome} "
        f"(typically {seconds} s too early); on delete they may go first",
        f"add DependsOn: {', '.join(address.id for address in missing if address.stack == user.stack)} to {user}",
        severity=Severity.WARNING,
        path=hops,
        code="PATH_NOT_READY",
        in_cdk=order_in_cdk(case, user, missing),
        fixes=waiting(user, missing),
        at=(),
    )


MOUNT_TARGET_NOT_READY = Check(
    "mount-target-not-ready",
    found_when="a function that mounts a file system does not wait for its mount targets",
    explains=f"Lambda refuses the function: not all mount targets are in the available life cycle state. {_RACE}",
    may=(BLOCKING, WARNING),
    weighed="blocking where the mount targets are typically complete long after the function starts, else warning",
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    example="ord-lambda-efs-mount-target",
)


@finds(MOUNT_TARGET_NOT_READY)
def find_mount_targets_not_ready(case: Case) -> Iterator[Finding]:
    """Functions that mount a file system and do not wait for its mount targets: Lambda refuses to create them."""
    for reach in case.reaches:
        need = reach.need
        if need.workload.kind != "Lambda function" or not isinstance(need.target, ResourceTarget):
            continue
        if need.target.kind != "file system":
            continue
        user = need.workload.address
        missing = [
            mount
            for mount in members_of(case, need.target.address)
            if not case.graph.waits_for(user, [mount]) and user not in case.graph.ancestors(mount)
        ]
        if missing:
            yield order_finding(
                case, MOUNT_TARGET_NOT_READY, user, missing,
                f"Lambda refuses to create {user} while the mount targets of {need.target.address} are not available",
                sure=True,
            )  # fmt: skip
