"""World -> findings on values that only a rule of the service makes wrong: schedules, windows, bounds, intervals.

Sources: Amazon EventBridge User Guide (schedule expressions); Amazon RDS User Guide (windows); Amazon EC2 Auto Scaling and
Elastic Load Balancing API References; Amazon VPC User Guide (block sizes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, named, refused
from stackflight.check.settings.schedules import wrong_schedules
from stackflight.model.edit import Fix, Put
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Zone, as_list, known_int, known_text
from stackflight.patterns import compile_later


def find_schedules(case: Case) -> Iterator[Finding]:
    """Schedule expressions that the service of the property refuses."""
    for wrong in wrong_schedules(case):
        found = _value(
            case, wrong.resource, f"Parameter {wrong.at[-1]} is not valid: {wrong.text}: {wrong.why}",
            f"write {wrong.right or wrong.instead}", wrong.at,
        )  # fmt: skip
        fixes: tuple[Fix, ...] = ()
        if wrong.right and len(wrong.at) == 1:
            fixes = ((Put(wrong.resource.address, wrong.at, wrong.right),),)
        yield replace(found, fixes=fixes)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = compile_later(r"(?:(\w{3}):)?(\d\d):(\d\d)-(?:(\w{3}):)?(\d\d):(\d\d)")


def _minutes(text: str) -> tuple[int, int] | None:
    """A daily window as minutes of the day, from start to end (the end may lie on the next day)."""
    match = _WINDOW.fullmatch(text.strip().lower())
    if match is None:
        return None
    start, end = int(match.group(2)) * 60 + int(match.group(3)), int(match.group(5)) * 60 + int(match.group(6))
    first, last = match.group(1), match.group(4)
    days = (_DAYS.index(last) - _DAYS.index(first)) % 7 if first in _DAYS and last in _DAYS else int(end < start)
    return start, end + 1440 * days


def find_windows(case: Case) -> Iterator[Finding]:
    """Backup and maintenance windows that overlap or are too short."""
    for kind in ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster"):
        for database in case.world.of_type(kind):
            backup = _minutes(known_text(database.get("PreferredBackupWindow")) or "")
            care = _minutes(known_text(database.get("PreferredMaintenanceWindow")) or "")
            if backup and backup[1] - backup[0] < 30:
                yield _value(
                    case, database, "Backup window must be at least 30 minutes", "lengthen PreferredBackupWindow",
                    ("PreferredBackupWindow",),
                )  # fmt: skip
            if (
                backup
                and care
                and any(backup[0] + shift < care[1] and care[0] < backup[1] + shift for shift in (-1440, 0, 1440))
            ):
                yield _value(
                    case, database, "The backup window and maintenance window must not overlap", "separate the two windows",
                    ("PreferredBackupWindow",),
                )  # fmt: skip


def find_bounds(case: Case) -> Iterator[Finding]:
    """Group sizes out of order, target groups of a type that the group cannot register, health checks out of step."""
    for group in case.world.of_type("AWS::AutoScaling::AutoScalingGroup"):
        low, high = known_int(group.get("MinSize")), known_int(group.get("MaxSize"))
        wanted = known_int(group.get("DesiredCapacity"))
        if low is not None and high is not None and low > high:
            yield _value(
                case,
                group,
                f"Max bound, {high}, must be greater than or equal to min bound, {low}",
                "raise MaxSize",
                ("MaxSize",),
            )
        elif wanted is not None and ((low is not None and wanted < low) or (high is not None and wanted > high)):
            yield _value(
                case, group, f"Desired capacity:{wanted} must be between the specified min size:{low} and max size:{high}",
                "choose a DesiredCapacity in between", ("DesiredCapacity",),
            )  # fmt: skip
        for item in as_list(group.get("TargetGroupARNs")):
            target = named(case, item, "AWS::ElasticLoadBalancingV2::TargetGroup")
            if target is not None and known_text(target.get("TargetType")) in {"ip", "lambda", "alb"}:
                yield _value(
                    case, target, f"{group.address} registers instances with it, and its target type is "
                    f"{known_text(target.get('TargetType'))}", "set TargetType: instance", ("TargetType",), group.address,
                )  # fmt: skip
    for target in case.world.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        every, limit = (
            known_int(target.get("HealthCheckIntervalSeconds")),
            known_int(target.get("HealthCheckTimeoutSeconds")),
        )
        if (
            every is not None
            and limit is not None
            and limit >= every
            and known_text(target.get("Protocol")) in {"HTTP", "HTTPS"}
        ):
            yield _value(
                case, target, f"Health check interval ({every} s) must be greater than the timeout ({limit} s)",
                "shorten HealthCheckTimeoutSeconds", ("HealthCheckTimeoutSeconds",),
            )  # fmt: skip
    for profile in case.world.of_type("AWS::IAM::InstanceProfile"):
        roles = profile.get("Roles")
        if isinstance(roles, list) and len(roles) > 1 and not any(isinstance(item, Unknown) for item in roles):
            yield _value(
                case,
                profile,
                "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
                "keep one role",
                ("Roles",),
            )


def find_network_values(case: Case) -> Iterator[Finding]:
    """Blocks of a size that EC2 does not take, volumes in another zone than their instance."""
    for vpc in case.network.vpcs.values():
        for block in vpc.cidrs[:1]:
            if not 16 <= block.prefixlen <= 28:
                yield _value(
                    case, case.resources[vpc.address], f"The CIDR '{block}' is invalid: a VPC has a block of /16 to /28",
                    "choose a block between /16 and /28", ("CidrBlock",),
                )  # fmt: skip
    for subnet in case.network.subnets.values():
        if not isinstance(subnet.cidr, Unknown) and not 16 <= subnet.cidr.prefixlen <= 28:
            yield _value(
                case, case.resources[subnet.address], f"The CIDR '{subnet.cidr}' is invalid: a subnet has a block of /16 to /28",
                "choose a block between /16 and /28", ("CidrBlock",),
            )  # fmt: skip
    for link in case.world.of_type("AWS::EC2::VolumeAttachment"):
        volume = named(case, link.get("VolumeId"), "AWS::EC2::Volume")
        machine = named(case, link.get("InstanceId"), "AWS::EC2::Instance")
        subnet_of = named(case, machine.get("SubnetId"), "AWS::EC2::Subnet") if machine is not None else None
        zone = volume.get("AvailabilityZone") if volume is not None else None
        other_zone = subnet_of.get("AvailabilityZone") if subnet_of is not None else None
        if volume is not None and machine is not None and _two_zones(zone, other_zone):
            yield _value(
                case, volume, f"it is made in another zone than {machine.address}, to which {link.address} attaches it",
                f"write Fn::GetAtt [{machine.address.id}, AvailabilityZone]", ("AvailabilityZone",), link.address,
            )  # fmt: skip


def _two_zones(one: object, other: object) -> bool:
    return (
        type(one) is type(other)
        and not isinstance(one, Unknown)
        and one is not None
        and one != other
        and isinstance(one, str | Zone)
    )


def _value(case: Case, owner: Resource, text: str, remedy: str, at: At, other: Address | None = None) -> Finding:
    involved = [owner.address, *([other] if other else [])]
    return refused(
        case,
        VALUE_REFUSED,
        involved,
        f"{owner.address} is refused: {text}",
        remedy,
        at,
        struck=other or owner.address,
    )


VALUE_REFUSED = Check(
    "value-refused",
    found_when="a value breaks a rule of its service that no schema holds",
    explains="Schedule expressions, backup windows, group sizes, health-check intervals, block sizes, zones of volumes: only "
    "values that the templates determine are judged.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
    ),
)


@finds(VALUE_REFUSED)
def find_refused_values(case: Case) -> Iterator[Finding]:
    """All values that are refused."""
    for find in (find_schedules, find_windows, find_bounds, find_network_values):
        yield from find(case)
