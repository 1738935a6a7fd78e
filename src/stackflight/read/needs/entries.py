"""Internet-facing load balancers -> the need that clients on the internet get in to one of their listeners.

That only some clients or some listeners are let in is a choice; that nobody is, on any of them, is a mistake. Sources:
Application Load Balancers and Network Load Balancers User Guides, security groups of a load balancer (inbound rules for
the listener ports); Classic Load Balancers User Guide, listeners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import to_address
from stackflight.model.need import ClientsTarget, Need, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, as_dict, as_list, known_flag, known_int, known_text
from stackflight.read.needs.scene import Scene


def entry_need(scene: Scene, workload: Workload, balancer: Resource) -> Iterator[Need]:
    """The need of one load balancer, where it faces the internet, has groups and listens."""
    place = workload.placement
    sender = None if place.public_ip is True else _accelerator(scene, balancer)
    if not place.filtered or (place.public_ip is not True and sender is None):
        return
    ports = list(dict.fromkeys(_ports(scene, balancer)))
    if not ports or None in ports:
        return
    known = [port for port in ports if port is not None]
    port = known[0] if len(known) == 1 else Unknown("which listener clients call", candidates=tuple(known))
    target = ClientsTarget(
        balancer.address, port, place, "entry", six=(known_text(balancer.get("IpAddressType")) or "").startswith("dual")
    )
    what = " and ".join(str(item) for item in known[:4])
    why = f"{sender} sends clients to it, and it" if sender is not None else "it faces the internet and"
    need = Need(workload, target, "let clients in", f"{why} listens on {what}", phase=Phase.RUN)
    yield need if groups_admit(scene, place.groups) else replace(need, certainty=Certainty.POSSIBLE)


def _accelerator(scene: Scene, balancer: Resource) -> Address | None:
    """The group of an accelerator that brings clients under their own addresses, as it does unless told otherwise.

    Source: AWS Global Accelerator Developer Guide, client IP address preservation.
    """
    for group in scene.world.of_type("AWS::GlobalAccelerator::EndpointGroup"):
        for item in as_list(group.get("EndpointConfigurations")):
            given = as_dict(item)
            kept = known_flag(given.get("ClientIPPreservationEnabled"), True)
            if to_address(scene.world, given.get("EndpointId")) == balancer.address and kept is True:
                return group.address
    return None


def _ports(scene: Scene, balancer: Resource) -> Iterator[int | None]:
    for listener in scene.world.of_type("AWS::ElasticLoadBalancingV2::Listener"):
        if to_address(scene.world, listener.get("LoadBalancerArn")) == balancer.address:
            yield (
                known_int(listener.get("Port")) if known_text(listener.get("Protocol")) not in {"UDP", "QUIC"} else None
            )
    if balancer.type == "AWS::ElasticLoadBalancing::LoadBalancer":
        for item in as_list(balancer.get("Listeners")):
            yield known_int(as_dict(item).get("LoadBalancerPort"))


def groups_admit(scene: Scene, groups: tuple[Address | Unknown, ...]) -> bool:
    """Whether the groups let anybody in at all; where they do not, somebody else may be meant to add the rules."""
    known = [scene.network.groups.get(group) for group in groups if isinstance(group, Address)]
    return any(group is not None and group.ingress for group in known)
