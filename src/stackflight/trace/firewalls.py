"""A flow and the policy of a firewall -> whether it gets through: yes, no, or what would decide it.

Stateless rules are asked by their numbers, for the packets there and for the answers; what they forward goes to the
stateful rules, which know connections. In action order whatever passes wins over what drops, and what no rule speaks of
passes. Source: AWS Network Firewall Developer Guide (stateless and stateful engines, evaluation order, domain lists).
"""

from __future__ import annotations

from typing import TypeAlias

from stackflight.model.middlebox import DomainRule, Ends, FirewallPolicy, Flow, HostRule, PacketRule, StatefulRule
from stackflight.model.ranges import Blocks, Ports
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass
from stackflight.trace.entries import EPHEMERAL


@dataclass(frozen=True, slots=True)
class Ruling:
    """`passes` is True, False or why it is not known; `by` is what says so, `why` in words."""

    passes: bool | Unknown
    why: str
    by: Address


def rule_on(policy: FirewallPolicy, flow: Flow) -> Ruling:
    """What becomes of a flow at a firewall."""
    there = _stateless(policy, flow.source, flow.destination, ((flow.port, flow.port),))
    back = _stateless(policy, flow.destination, flow.source, EPHEMERAL)
    for action, by in (there, back):
        if isinstance(action, Unknown):
            return Ruling(action, action.why, by)
        if action == "drop":
            way = "what goes there" if (action, by) == there else "the answers"
            return Ruling(False, f"the stateless rules of {policy.address} drop {way}", by)
    if there[0] == back[0] == "pass":
        return Ruling(True, f"the stateless rules of {policy.address} let it pass", policy.address)
    if there[0] != back[0]:
        mixed = Unknown(f"whether {policy.address} follows a connection of which it sees one direction")
        return Ruling(mixed, mixed.why, policy.address)
    met = [(rule, *_met(rule, flow)) for rule in policy.stateful]
    return (_in_strict_order if policy.strict else _in_action_order)(policy, flow, met)


def _stateless(
    policy: FirewallPolicy, source: Blocks | Unknown, to: Blocks | Unknown, ports: Ports
) -> tuple[str | Unknown, Address]:
    """The action for packets of a direction, and whose rule it is."""
    for rule in policy.stateless:
        if isinstance(rule, Unknown):
            return rule, policy.address
        speaks = _speaks(rule, source, to, ports)
        if isinstance(speaks, Unknown):
            return speaks, rule.owner
        if speaks:
            return rule.action, rule.owner
    return policy.otherwise, policy.address


def _speaks(rule: PacketRule, source: Blocks | Unknown, to: Blocks | Unknown, ports: Ports) -> bool | Unknown:
    """Whether a rule speaks of all packets of a direction, or of none of them."""
    answers = [_holds(rule.sources, source), _holds(rule.destinations, to), _holds_ports(rule.ports, ports)]
    if False in answers:
        return False
    doubt = next((item for item in (*answers, rule.only) if isinstance(item, Unknown)), None)
    return doubt if doubt is not None else True


def _holds(ends: Ends, blocks: Blocks | Unknown) -> bool | Unknown:
    if ends == ():
        return True
    if isinstance(ends, Unknown) or isinstance(blocks, Unknown):
        return ends if isinstance(ends, Unknown) else Unknown("addresses that a rule may speak of")
    if all(any(block.subnet_of(end) for end in ends) for block in blocks):
        return True
    partly = any(block.overlaps(end) for block in blocks for end in ends)
    return Unknown("a rule that speaks of part of the addresses") if partly else False


def _holds_ports(spans: Ports | Unknown, ports: Ports) -> bool | Unknown:
    if spans == () or isinstance(spans, Unknown):
        return True if spans == () else Unknown("the ports of a rule")
    low, high = ports[0]
    if any(start <= low and high <= end for start, end in spans):
        return True
    partly = any(start <= high and low <= end for start, end in spans)
    return Unknown("a rule that speaks of part of the ports") if partly else False


def _met(rule: StatefulRule, flow: Flow) -> tuple[str, bool | Unknown]:
    """What a stateful rule would do with a flow, and whether it does."""
    if isinstance(rule, Unknown):
        return "", rule
    if isinstance(rule, DomainRule):
        if not flow.local:
            return "", Unknown(f"whether the HOME_NET of {rule.owner} holds those that call")
        if flow.port not in rule.ports:
            other = flow.port not in {80, 443}
            return "drop", Unknown(f"which protocol is spoken on port {flow.port}") if other else False
        named = rule.names(flow.host)
        if rule.allows:
            return ("", named) if isinstance(named, Unknown) else ("pass" if named else "drop", True)
        return "drop", named
    if rule.action == "forward":
        return "", False
    if rule.home and not flow.local:
        return "", Unknown(f"whether the HOME_NET of {rule.owner} holds those that call")
    if isinstance(rule, HostRule):
        return rule.action, _calls(rule, flow)
    return rule.action, _speaks(rule, flow.source, flow.destination, ((flow.port, flow.port),))


def _calls(rule: HostRule, flow: Flow) -> bool | Unknown:
    """Whether a flow is one that a rule for hosts speaks of."""
    other = flow.port not in {80, 443}
    spoken = Unknown(f"which protocol is spoken on port {flow.port}") if other else flow.port == rule.spoken
    packets = PacketRule(rule.owner, rule.action, rule.sources, rule.destinations, rule.ports)
    answers = (
        spoken,
        _speaks(packets, flow.source, flow.destination, ((flow.port, flow.port),)),
        rule.names(flow.host),
    )
    if False in answers:
        return False
    return next((item for item in answers if isinstance(item, Unknown)), True)


_Met: TypeAlias = list[tuple[StatefulRule, str, bool | Unknown]]
"""Every rule, what it would do with a flow, and whether it does."""


def _cut_short(met: _Met) -> bool:
    """Whether a rule may drop a connection before its host is seen."""
    return any(
        speaks is not False and (isinstance(rule, Unknown) or (isinstance(rule, PacketRule) and action == "drop"))
        for rule, action, speaks in met
    )


def _in_action_order(policy: FirewallPolicy, flow: Flow, met: _Met) -> Ruling:
    passing = next((item for item in met if item[1] == "pass" and item[2] is True), None)
    if passing is not None and isinstance(passing[0], (DomainRule, HostRule)) and _cut_short(met):
        begins = Unknown(f"whether {policy.address} lets connections begin")
        return Ruling(begins, begins.why, policy.address)
    if passing is not None:
        return Ruling(True, f"{_owner(passing[0], policy)} passes it", _owner(passing[0], policy))
    doubt = next((item[2] for item in met if isinstance(item[2], Unknown)), None)
    dropping = next((item for item in met if item[1] == "drop" and item[2] is True), None)
    maybe_passes = any(isinstance(item[2], Unknown) and item[1] != "drop" for item in met)
    if dropping is not None and not maybe_passes:
        return Ruling(False, _dropped(dropping[0], flow), _owner(dropping[0], policy))
    if doubt is not None:
        return Ruling(doubt, doubt.why, policy.address)
    return Ruling(True, f"no rule of {policy.address} drops it", policy.address)


def _in_strict_order(policy: FirewallPolicy, flow: Flow, met: _Met) -> Ruling:
    """The first rule that speaks of it; a list of domains sees the host only once a connection stands."""
    for rule, action, speaks in met:
        if speaks is False:
            continue
        owner, hosted = _owner(rule, policy), isinstance(rule, (DomainRule, HostRule)) and action == "pass"
        unbegun = policy.at_last == "drop all" or (isinstance(rule, HostRule) and _cut_short(met))
        if speaks is not True or (hosted and unbegun):
            doubt = (
                speaks if isinstance(speaks, Unknown) else Unknown(f"whether {policy.address} lets connections begin")
            )
            return Ruling(doubt, doubt.why, owner)
        why = f"{owner} passes it" if action == "pass" else _dropped(rule, flow)
        return Ruling(action == "pass", why, owner)
    if policy.at_last != "pass":
        why = f"{policy.address} drops what none of its stateful rules passes"
        return Ruling(False, why, policy.address)
    return Ruling(True, f"no rule of {policy.address} drops it", policy.address)


def _owner(rule: StatefulRule, policy: FirewallPolicy) -> Address:
    return policy.address if isinstance(rule, Unknown) else rule.owner


def _dropped(rule: StatefulRule, flow: Flow) -> str:
    host = flow.host or "public addresses"
    if isinstance(rule, DomainRule) and rule.allows:
        more = " and others" if len(rule.domains) > 3 else ""
        return f"{rule.owner} lets {', '.join(rule.domains[:3])}{more} through and not {host}"
    if isinstance(rule, HostRule) and not rule.contents:
        host = "any host"
    return "" if isinstance(rule, Unknown) else f"a rule of {rule.owner} drops what goes to {host}"
