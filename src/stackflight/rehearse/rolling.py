"""Resource before and after + operation -> seconds that its own settings add: batches, draining, pauses, bake time.

What a batch takes is a row of the durations; how many there are and what is waited for between and behind them stands in
the template. Rules and sources: docs/concepts/durations.md, "Updates and deletions".
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Reference,
    Value,
    as_dict,
    as_list,
    known_flag,
    known_int,
    known_text,
    references_in,
)
from stackflight.rehearse.iso import iso_seconds

_DEREGISTRATION_SECONDS = 300.0
"""Elastic Load Balancing's default. Source: ALB User Guide, target group attributes."""
_STOP_SECONDS = 15.0  # from SIGTERM to the task's end: most programs need no whole stopTimeout of 30 s
_TERMINATION_SECONDS, _LAUNCH_SECONDS, _SIGNAL_SECONDS = 60.0, 40.0, 150.0
_DEFAULT_PAUSE_SECONDS = 300.0
"""PauseTime where signals are waited for. Source: CloudFormation User Guide, UpdatePolicy."""
_SHIFT_SECONDS = 30.0


def added_seconds(resource: Resource, operation: str, variant: str, around: Mapping[Address, Resource]) -> float:
    """Seconds on top of the row of the durations. `around` is where target groups are looked up."""
    if resource.type == "AWS::ECS::Service":
        return _service(resource, operation, variant, around)
    if resource.type == "AWS::AutoScaling::AutoScalingGroup":
        if operation == "delete":
            return _draining(resource.get("TargetGroupARNs"), around)
        return _instances(resource, around) if operation == "update" and variant == "instances" else 0.0
    return 0.0


def _service(service: Resource, operation: str, variant: str, around: Mapping[Address, Resource]) -> float:
    draining = max((_draining(one, around) for one in as_list(service.get("LoadBalancers"))), default=0.0)
    if operation == "delete" and variant != "idle":
        return draining
    if operation != "update" or variant != "deployment":
        return 0.0
    configuration = as_dict(service.get("DeploymentConfiguration"))
    strategy = (known_text(configuration.get("Strategy")) or "ROLLING").upper()
    if strategy != "ROLLING":
        return draining + _STOP_SECONDS + _baking(strategy, configuration)
    return (_batches(service, configuration) - 1) * _LAUNCH_SECONDS + draining + _STOP_SECONDS


def _batches(service: Resource, configuration: Mapping[str, Value]) -> int:
    """How often the scheduler starts tasks. Source: Amazon ECS API, DeploymentConfiguration."""
    count = known_int(service.get("DesiredCount")) or 1
    most = known_int(configuration.get("MaximumPercent"))
    least = known_int(configuration.get("MinimumHealthyPercent"))
    room = math.floor(count * (200 if most is None else most) / 100) - math.ceil(
        count * (100 if least is None else least) / 100
    )
    return math.ceil(count / max(1, room))


def _baking(strategy: str, configuration: Mapping[str, Value]) -> float:
    """Seconds for which traffic is shifted and looked at. Source: Amazon ECS API, DeploymentConfiguration."""
    minutes = float(known_int(configuration.get("BakeTimeInMinutes")) or 0)
    if strategy == "CANARY":
        pause = known_int(as_dict(configuration.get("CanaryConfiguration")).get("CanaryBakeTimeInMinutes"))
        minutes += 10 if pause is None else pause
    if strategy == "LINEAR":
        linear = as_dict(configuration.get("LinearConfiguration"))
        pause, share = known_int(linear.get("StepBakeTimeInMinutes")), known_int(linear.get("StepPercent"))
        minutes += (math.ceil(100 / max(share or 10, 1)) - 1) * (6 if pause is None else pause)
    return minutes * 60 + _SHIFT_SECONDS


def _instances(group: Resource, around: Mapping[Address, Resource]) -> float:
    """What UpdatePolicy does when instances are to become others; without one they stay as they are.

    Source: CloudFormation User Guide, UpdatePolicy.
    """
    policy = as_dict(group.attributes.get("UpdatePolicy"))
    if known_flag(as_dict(policy.get("AutoScalingReplacingUpdate")).get("WillReplace"), False) is True:
        return _LAUNCH_SECONDS + _SIGNAL_SECONDS + _TERMINATION_SECONDS
    rolling = policy.get("AutoScalingRollingUpdate")
    if not isinstance(rolling, dict):
        return 0.0
    count = known_int(group.get("DesiredCapacity")) or known_int(group.get("MinSize")) or 0
    batch = max(1, known_int(rolling.get("MaxBatchSize")) or 1)
    signals = known_flag(rolling.get("WaitOnResourceSignals"), False) is True
    pause = iso_seconds(known_text(rolling.get("PauseTime")) or "")
    wait = min(_SIGNAL_SECONDS, _DEFAULT_PAUSE_SECONDS if pause is None else pause) if signals else pause or 0.0
    draining = _draining(group.get("TargetGroupARNs"), around)
    return math.ceil(count / batch) * (_TERMINATION_SECONDS + draining + _LAUNCH_SECONDS + wait)


def _draining(value: Value, around: Mapping[Address, Resource]) -> float:
    """Seconds for which target groups that a value names keep connections; nothing where it names none."""
    found = [0.0]
    for reference in references_in(value):
        group = around.get(reference.address) if isinstance(reference, Reference) else None
        if group is not None and group.type == "AWS::ElasticLoadBalancingV2::TargetGroup":
            found.append(_delay(group))
    return max(found)


def _delay(group: Resource) -> float:
    for item in as_list(group.get("TargetGroupAttributes")):
        attribute = as_dict(item)
        if attribute.get("Key") == "deregistration_delay.timeout_seconds":
            given = known_int(attribute.get("Value"))
            return _DEREGISTRATION_SECONDS if given is None else float(given)
    return _DEREGISTRATION_SECONDS
