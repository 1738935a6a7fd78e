"""A load balancer, or what it sends to -> the state that it is in, and why.

Load balancers keep no events: their state with its reason, the health of targets and members, and whether anything sends to a
target group at all is what they tell. Source: API references of Elastic Load Balancing, DescribeLoadBalancers (State),
DescribeTargetHealth, DescribeInstanceHealth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind

_WELL = {"active", "provisioning"}


def balancer_state(ask: Callable[[str], Any], event: Event) -> Iterator[Evidence]:
    """Of an Application, Network or Gateway Load Balancer: a state that is not well, and the zones that lack addresses."""
    for one in ask("elbv2").describe_load_balancers(LoadBalancerArns=[event.physical_id])["LoadBalancers"]:
        state = one.get("State", {})
        if state.get("Code") not in _WELL:
            text = f"the load balancer is {state.get('Code')}: {state.get('Reason', 'no reason was given')}"
            yield Evidence(EvidenceKind.BALANCER, text, event.resource, one.get("LoadBalancerName", ""))


def members_health(ask: Callable[[str], Any], event: Event) -> Iterator[Evidence]:
    """Of a Classic Load Balancer: the instances that are out of service, and why."""
    for one in ask("elb").describe_instance_health(LoadBalancerName=event.physical_id)["InstanceStates"]:
        if one.get("State") != "InService":
            text = f"{one.get('State')} {one.get('ReasonCode', '')} {one.get('Description', '')}".strip()
            yield Evidence(EvidenceKind.BALANCER, text, event.resource, one.get("InstanceId", ""))


def group_health(ask: Callable[[str], Any], event: Event, group: str) -> Iterator[Evidence]:
    """Of a target group: whether a load balancer sends to it, and the health of each target."""
    elb = ask("elbv2")
    for one in elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]:
        if not one.get("LoadBalancerArns"):
            text = f"no listener sends to the target group {one.get('TargetGroupName', group)}"
            yield Evidence(EvidenceKind.BALANCER, text, event.resource, group)
    for one in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
        health = one["TargetHealth"]
        text = " ".join(health.get(key, "") for key in ("State", "Reason", "Description")).strip()
        yield Evidence(EvidenceKind.TARGET_HEALTH, text, event.resource, str(one["Target"].get("Id", "")))


def scaled_group_health(ask: Callable[[str], Any], event: Event) -> Iterator[Evidence]:
    """Of an Auto Scaling group: the health of its members as each of its target groups sees it."""
    names = [event.physical_id]
    for one in ask("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]:
        for group in one.get("TargetGroupARNs", []):
            yield from group_health(ask, event, group)
