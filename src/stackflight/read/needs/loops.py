"""Machines and tasks that call themselves by the name of an internal Network Load Balancer -> that need.

Of start scripts only commands count; a URL in the environment of a task may be for others, and makes a possible need. Sources: Network Load Balancers User Guide,
client IP preservation, troubleshooting (a target that is a client of its own load balancer).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.loops import LoopTarget
from stackflight.model.need import Need, Placement, Workload
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Value, as_dict, as_list, known_int, known_text, references_in, render
from stackflight.patterns import compile_later

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_CALLS = compile_later(r"^(?!\s*#).*\b(?:curl|wget|Invoke-WebRequest|Invoke-RestMethod)\b", re.MULTILINE)
_TOLERATED = compile_later(r"\|\|\s*(?:true|:|echo)")
_REPORTS_STATUS = compile_later(r"Status\\*[\"']\s*:\s*\\*[\"']?\$")


def loop_needs(world: World, user_data: Value, need: Need, heeded: bool) -> Iterator[Need]:
    """The needs of a machine to get back to itself, made after a bare one that says how much hangs on its script."""
    text = render(user_data)
    for balancer in _named(world, user_data):
        for line in (line for line in text.splitlines() if _CALLS.search(line)):
            target = _loop(world, balancer, line, need.workload.address)
            if target is None:
                continue
            found = replace(need, target=target, purpose="call itself", evidence=f"user data runs: {line.strip()[:60]}")
            if not (heeded or _REPORTS_STATUS.search(text)) or _TOLERATED.search(line):
                found = replace(found, certainty=Certainty.POSSIBLE)
            if found.certainty is Certainty.POSSIBLE or target.others:
                found = replace(found, phase=Phase.RUN, consequence=Consequence.NONE)
            yield found


def task_loop_needs(world: World, value: Value, place: str, workload: Workload) -> Iterator[Need]:
    """The needs of a task to get back to itself by a URL in its environment, which it may call."""
    for balancer in _named(world, value):
        target = _loop(world, balancer, render(value), workload.address)
        if target is not None:
            yield Need(workload, target, "call itself", f"{place} names it", Certainty.POSSIBLE, Phase.RUN)


def _named(world: World, value: Value) -> Iterator[Address]:
    """The internal Network Load Balancers whose name stands in a value."""
    for address in {reference.address for reference in references_in(value) if reference.attribute == "DNSName"}:
        balancer = world.resources[address]
        kind, scheme = known_text(balancer.get("Type")), known_text(balancer.get("Scheme"))
        if balancer.type == _BALANCER and kind == "network" and scheme == "internal":
            yield address


def _loop(world: World, balancer: Address, text: str, caller: Address) -> LoopTarget | None:
    """Where a URL leads that names a load balancer: to a group that keeps the client's address and holds the caller."""
    name = re.escape(f"${{{balancer.id}.DNSName}}")
    called = re.search(rf"(https?)://{name}(?::(\d+))?(?![\w.])", text)
    port = int(called.group(2) or (443 if called.group(1) == "https" else 80)) if called else 0
    group = _only_group(world, balancer, port) if called else None
    others = _others(world, group, caller) if group is not None and _keeps(group) else None
    if group is None or others is None:
        return None
    return LoopTarget(balancer, port, Placement((), ()), "load balancer", group=group.address, others=others)


def _only_group(world: World, balancer: Address, port: int) -> Resource | None:
    """The one target group behind the one listener of a port."""
    listeners = [
        item for item in world.of_type(_LISTENER) if to_address(world, item.get("LoadBalancerArn")) == balancer
    ]
    if any(known_int(item.get("Port")) is None for item in listeners):
        return None
    actions = [item.get("DefaultActions") for item in listeners if known_int(item.get("Port")) == port]
    named = {reference.address for item in actions for reference in references_in(item)}
    groups = [world.resources[item] for item in named if world.resources[item].type.endswith("::TargetGroup")]
    return groups[0] if len(actions) == len(groups) == 1 and groups[0].exists is True else None


def _keeps(group: Resource) -> bool:
    """Whether it surely keeps the client's address: by default for instances, and for IP addresses where UDP is spoken."""
    kind = known_text(group.get("TargetType")) or ("instance" if group.get("TargetType") is None else "")
    for item in as_list(group.get("TargetGroupAttributes")):
        given = as_dict(item)
        if known_text(given.get("Key")) == "preserve_client_ip.enabled":
            return known_text(given.get("Value")) == "true" and kind in {"instance", "ip"}
        if known_text(given.get("Key")) is None:
            return False
    return kind == "instance" or (kind == "ip" and known_text(group.get("Protocol")) in {"UDP", "TCP_UDP"})


def _others(world: World, group: Resource, caller: Address) -> bool | None:
    """Whether a target group holds others beside a caller, None where it surely does not hold the caller or nobody can tell."""
    users = [
        item
        for item in world.referrers.get(group.address, ())
        if not item.type.startswith("AWS::ElasticLoadBalancingV2::")
    ]
    targets, owner = as_list(group.get("Targets")), world.resources[caller]
    held = [resource_named(world, as_dict(item).get("Id"), "AWS::EC2::Instance") for item in targets]
    if owner.type == "AWS::EC2::Instance":
        inside = any(item is not None and item.address == caller for item in held)
        return (bool(users) or len(held) > 1) if inside else None
    if caller not in [item.address for item in users]:
        return None
    most = owner.get("MaxSize") if owner.type == "AWS::AutoScaling::AutoScalingGroup" else owner.get("DesiredCount")
    scaled = any(item.type == "AWS::ApplicationAutoScaling::ScalableTarget" for item in world.referrers.get(caller, ()))
    return bool(targets) or len(users) > 1 or scaled or known_int(most) != 1
