"""Start scripts that call their own machine by the name of an internal Network Load Balancer -> that need.

Only commands count: the name of the load balancer in a setting may be for others. Sources: Network Load Balancers User Guide,
client IP preservation, troubleshooting (a target that is a client of its own load balancer).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.loops import LoopTarget
from stackflight.model.need import Need, Placement
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Value, as_dict, as_list, known_int, known_text, references_in, render

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_CALLS = re.compile(r"^(?!\s*#).*\b(?:curl|wget|Invoke-WebRequest|Invoke-RestMethod)\b", re.MULTILINE)
_TOLERATED = re.compile(r"\|\|\s*(?:true|:|echo)")
_REPORTS_STATUS = re.compile(r"Status\\*[\"']\s*:\s*\\*[\"']?\$")


def loop_needs(world: World, user_data: Value, need: Need, heeded: bool) -> Iterator[Need]:
    """The needs of a machine to get back to itself, made after a bare one that says how much hangs on its script."""
    text = render(user_data)
    for address in {reference.address for reference in references_in(user_data) if reference.attribute == "DNSName"}:
        balancer, name = world.resources[address], re.escape(f"${{{address.id}.DNSName}}")
        if balancer.type != _BALANCER or known_text(balancer.get("Type")) != "network" or known_text(balancer.get("Scheme")) != "internal":  # fmt: skip
            continue
        for line in (line for line in text.splitlines() if _CALLS.search(line)):
            called = re.search(rf"(https?)://{name}(?::(\d+))?(?![\w.])", line)
            port = int(called.group(2) or (443 if called.group(1) == "https" else 80)) if called else 0
            group = _only_group(world, address, port) if called else None
            if group is None or not _keeps(group) or not _is_alone(world, group, need.workload.address):
                continue
            target = LoopTarget(address, port, Placement((), ()), "load balancer", group=group.address)
            found = replace(need, target=target, purpose="call itself", evidence=f"user data runs: {line.strip()[:60]}")
            if not (heeded or _REPORTS_STATUS.search(text)) or _TOLERATED.search(line):
                found = replace(found, certainty=Certainty.POSSIBLE, phase=Phase.RUN, consequence=Consequence.NONE)
            yield found


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


def _is_alone(world: World, group: Resource, machine: Address) -> bool:
    """Whether a machine is all that the target group will ever hold, as far as the template says."""
    users = [
        item
        for item in world.referrers.get(group.address, ())
        if not item.type.startswith("AWS::ElasticLoadBalancingV2::")
    ]
    targets = as_list(group.get("Targets"))
    if world.resources[machine].type == "AWS::EC2::Instance":
        held = [resource_named(world, as_dict(item).get("Id"), "AWS::EC2::Instance") for item in targets]
        return not users and len(held) == 1 and held[0] is not None and held[0].address == machine
    single = known_int(world.resources[machine].get("MaxSize")) == 1
    return not targets and single and [item.address for item in users] == [machine]
