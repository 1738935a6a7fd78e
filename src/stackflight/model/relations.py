"""Relations between resources that several stages ask for: who forwards to whom, who belongs to whom."""

from __future__ import annotations

from collections import defaultdict

from stackflight.model.identify import to_address
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, Value, as_list, known_text, references_in


def balancers_by_group(world: World) -> dict[Address, tuple[Address, ...]]:
    """Target group -> the load balancers whose listeners or rules forward to it."""
    found: dict[Address, list[Address]] = defaultdict(list)
    listeners: dict[Address, Address | Unknown] = {}
    for listener in world.of_type("AWS::ElasticLoadBalancingV2::Listener"):
        balancer = to_address(world, listener.get("LoadBalancerArn"))
        listeners[listener.address] = balancer
        for group in _forwarded(world, listener.get("DefaultActions")):
            if isinstance(balancer, Address):
                found[group].append(balancer)
    for rule in world.of_type("AWS::ElasticLoadBalancingV2::ListenerRule"):
        listener_address = to_address(world, rule.get("ListenerArn"))
        owner = listeners.get(listener_address) if isinstance(listener_address, Address) else None
        for group in _forwarded(world, rule.get("Actions")):
            if isinstance(owner, Address):
                found[group].append(owner)
    return {group: tuple(dict.fromkeys(owners)) for group, owners in found.items()}


def _forwarded(world: World, actions: Value) -> list[Address]:
    found = []
    for item in as_list(actions):
        for reference in references_in(item):
            resource = world.resources.get(reference.address)
            if resource is not None and resource.type == "AWS::ElasticLoadBalancingV2::TargetGroup":
                found.append(reference.address)
    return found


def balancer_kind(balancer: Resource) -> str | None:
    """ "application" (where the template names none), "network" or "gateway"; None where it is not known."""
    given = balancer.get("Type")
    return "application" if given is None else known_text(given)
