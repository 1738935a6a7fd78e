"""Listeners that let people log in -> the need of their load balancer to reach the identity provider.

The load balancer itself calls the token and user-info endpoints over HTTPS. Source: Application Load Balancers User Guide,
authenticate users (prepare: the security groups must let it out to the identity provider; an internal one needs NAT).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.model.finding import Phase
from stackflight.model.identify import to_address
from stackflight.model.need import InternetTarget, Need, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, known_text, render
from stackflight.read.needs.scene import Scene


def login_needs(scene: Scene, workload: Workload) -> Iterator[Need]:
    """What the actions of a load balancer's listeners and rules call."""
    listeners = {
        item.address: item
        for item in scene.world.of_type("AWS::ElasticLoadBalancingV2::Listener")
        if to_address(scene.world, item.get("LoadBalancerArn")) == workload.address
    }
    owners: list[tuple[Resource, Value]] = [(item, item.get("DefaultActions")) for item in listeners.values()]
    for rule in scene.world.of_type("AWS::ElasticLoadBalancingV2::ListenerRule"):
        if to_address(scene.world, rule.get("ListenerArn")) in listeners:
            owners.append((rule, rule.get("Actions")))
    hosts: dict[str, Resource] = {}
    for owner, actions in owners:
        for item in as_list(actions):
            for host in _hosts(as_dict(item)):
                hosts.setdefault(host, owner)
    for host, owner in hosts.items():
        evidence = f"{owner.address} lets people log in there"
        yield Need(workload, InternetTarget(host), "ask the identity provider", evidence, phase=Phase.RUN, blames=(owner.address,))  # fmt: skip


def _hosts(action: dict[str, Value]) -> Iterator[str]:
    kind = known_text(action.get("Type"))
    if kind == "authenticate-cognito":
        yield "the domain of the user pool"
    for key in ("TokenEndpoint", "UserInfoEndpoint") if kind == "authenticate-oidc" else ():
        match = re.match(
            r"https://([A-Za-z0-9.-]+\.[a-z]{2,})", render(as_dict(action.get("AuthenticateOidcConfig")).get(key))
        )
        if match:
            yield match.group(1)
