"""World -> findings on listeners and rules: protocols, certificates, ports and priorities that are taken.

Source: Elastic Load Balancing API Reference (CreateListener, CreateRule)."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import named, refused
from stackflight.check.traffic.balancers import BALANCER, LISTENER, PROOF, RULE, TARGET_GROUP
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.identify import to_address
from stackflight.model.relations import balancer_kind
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, known_int, known_text, references_in

_PROTOCOLS = {
    "application": {"HTTP", "HTTPS"},
    "network": {"TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"},
}


LISTENER_PROTOCOL = Check(
    "listener-protocol",
    found_when="a listener has a protocol that its load balancer does not speak",
    explains=PROOF,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",),
)


LISTENER_WITHOUT_CERTIFICATE = Check(
    "listener-without-certificate",
    found_when="an HTTPS or TLS listener has no certificate",
    explains=PROOF,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",),
    replaces=("E3676",),
)


TARGET_GROUP_PROTOCOL = Check(
    "target-group-protocol",
    found_when="a target group's protocol does not fit the type of its load balancer",
    explains=PROOF,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",),
)


@finds(LISTENER_PROTOCOL, LISTENER_WITHOUT_CERTIFICATE, TARGET_GROUP_PROTOCOL)
def find_listener_protocols(case: Case) -> Iterator[Finding]:
    """Protocols that the load balancer, its listener and the target group do not share; listeners without certificate."""
    for listener in case.world.of_type(LISTENER):
        balancer = named(case, listener.get("LoadBalancerArn"), BALANCER)
        protocol = known_text(listener.get("Protocol"))
        kind = balancer_kind(balancer) if balancer is not None else None
        if balancer is not None and kind in _PROTOCOLS and protocol is not None and protocol not in _PROTOCOLS[kind]:
            yield refused(
                case, LISTENER_PROTOCOL, [listener.address, balancer.address],
                f"{listener.address} has the protocol {protocol}, and {balancer.address} is of type {kind}",
                f"use one of these protocols, or another type of load balancer than {kind}", ("Protocol",),
                says=aws_says("listener-protocol", protocol=protocol, named=listed(sorted(_PROTOCOLS[kind]))),
            )  # fmt: skip
        if protocol in {"HTTPS", "TLS"} and listener.get("Certificates") in (None, []) and listener.exists is True:
            yield refused(
                case, LISTENER_WITHOUT_CERTIFICATE, [listener.address],
                f"{listener.address} has the protocol {protocol} and no certificate",
                "set Certificates to an ACM certificate of this Region", ("Protocol",),
                says=aws_says("listener-without-certificate", protocol=protocol),
            )  # fmt: skip
        for user, actions in _forwards(case, listener):
            for group in _groups_in(case, actions):
                yield from _group_protocol(case, user, group, kind)


def _forwards(case: Case, listener: Resource) -> Iterator[tuple[Resource, Value]]:
    yield listener, listener.get("DefaultActions")
    for rule in case.world.of_type(RULE):
        if to_address(case.world, rule.get("ListenerArn")) == listener.address:
            yield rule, rule.get("Actions")


def _groups_in(case: Case, actions: Value) -> list[Resource]:
    found = [case.resources.get(reference.address) for reference in references_in(actions)]
    return list({item.address: item for item in found if item is not None and item.type == TARGET_GROUP}.values())


def _group_protocol(case: Case, user: Resource, group: Resource, kind: str | None) -> Iterator[Finding]:
    protocol = known_text(group.get("Protocol"))
    target = known_text(group.get("TargetType"))
    if kind not in _PROTOCOLS or protocol is None or target == "lambda" or group.exists is not True:
        return
    if protocol not in _PROTOCOLS[kind] and protocol != "GENEVE":
        yield refused(
            case, TARGET_GROUP_PROTOCOL, [group.address, user.address],
            f"{user.address} belongs to a load balancer of type {kind} and forwards to {group.address}, whose protocol is "
            f"{protocol}: the protocols are not compatible",
            f"set the Protocol of {group.address} to one of {listed(sorted(_PROTOCOLS[kind]))}",
            ("Protocol",), struck=user.address,
        )  # fmt: skip


LISTENER_PORT_TAKEN = Check(
    "listener-port-taken",
    found_when="two listeners of a load balancer share a port",
    explains=PROOF,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",),
)


RULE_PRIORITY_TAKEN = Check(
    "rule-priority-taken",
    found_when="two rules of a listener have the same priority",
    explains=PROOF,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",),
)


TARGET_GROUP_OF_TWO_BALANCERS = Check(
    "target-group-of-two-balancers",
    found_when="a target group stands behind two load balancers",
    explains=PROOF,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",),
)


@finds(LISTENER_PORT_TAKEN, RULE_PRIORITY_TAKEN, TARGET_GROUP_OF_TWO_BALANCERS)
def find_taken_ports(case: Case) -> Iterator[Finding]:
    """Two listeners on a port, two rules of a priority, a group behind two load balancers."""
    ports: dict[tuple[Address, int], Address] = {}
    for listener in case.world.of_type(LISTENER):
        balancer, port = to_address(case.world, listener.get("LoadBalancerArn")), known_int(listener.get("Port"))
        if isinstance(balancer, Address) and port is not None and listener.exists is True:
            other = ports.setdefault((balancer, port), listener.address)
            if other != listener.address:
                yield refused(
                    case, LISTENER_PORT_TAKEN, [listener.address, other, balancer],
                    f"{listener.address} and {other} both listen on port {port} of {balancer}",
                    "use another port, or a listener rule", ("Port",),
                    says=aws_says("listener-port-taken"),
                )  # fmt: skip
    priorities: dict[tuple[str | Address, int], Address] = {}
    for rule in case.world.of_type(RULE):
        given, priority = rule.get("ListenerArn"), known_int(rule.get("Priority"))
        owner = known_text(given) or to_address(case.world, given)
        if not isinstance(owner, Unknown) and priority is not None and rule.exists is True:
            other = priorities.setdefault((owner, priority), rule.address)
            if other != rule.address:
                yield refused(
                    case, RULE_PRIORITY_TAKEN, [rule.address, other],
                    f"{rule.address} and {other} both have priority {priority} on {owner}",
                    "give every rule of a listener a priority of its own", ("Priority",),
                    says=aws_says("rule-priority-taken", priority=priority),
                )  # fmt: skip
    for group, owners in case.balancers.items():
        certain = [owner for owner in owners if owner in case.resources and case.resources[owner].exists is True]
        if len(certain) > 1 and known_text(case.resources[group].get("TargetType")) != "alb":
            yield refused(
                case, TARGET_GROUP_OF_TWO_BALANCERS, [group, *certain],
                f"{group} is behind {listed(certain)}", "make one target group for each load balancer", struck=group,
                says=aws_says("target-group-of-two-balancers"),
            )  # fmt: skip
