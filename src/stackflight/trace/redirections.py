"""A name that redirects to another, and the DNS Firewall of the VPC -> the hop where one of both names is refused.

A rule inspects the whole chain unless it trusts redirections, so that each name of it has to be let through by itself. Source:
Amazon Route 53 Developer Guide, rule settings in DNS Firewall (redirection of domains).
"""

from __future__ import annotations

from stackflight.model.aliases import AliasTarget
from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.names import Filter
from stackflight.model.network import Network
from stackflight.model.value import Unknown
from stackflight.trace.hops import undecided
from stackflight.trace.paths import Source


def redirection_hops(network: Network, source: Source, target: AliasTarget) -> tuple[Hop, ...]:
    """No hop where nothing filters names."""
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    rules = vpc.filters if vpc is not None else ()
    first = next((rule for rule in rules if rule.matches(target.alias) is not False), None)
    matches = first.matches(target.alias) if first is not None else False
    if first is not None and isinstance(matches, Unknown):
        return (undecided(f"DNS Firewall {first.owner}", matches),)
    if first is not None and first.action == "BLOCK":
        return (_refusal(first, target.alias),)
    return () if first is not None and first.trusts is True else _redirected(rules, target, first)


def _redirected(rules: tuple[Filter, ...], target: AliasTarget, first: Filter | None) -> tuple[Hop, ...]:
    for rule in rules:
        matches = rule.covers(target.domain)
        if isinstance(matches, Unknown):
            return (undecided(f"DNS Firewall {rule.owner}", matches),)
        if matches and (rule.trusts is not False or (first is not None and first.trusts is not False)):
            return (undecided(f"DNS Firewall {rule.owner}", "whether a redirection is inspected"),)
        if matches:
            named = f"*.{target.domain}, to which {target.alias} redirects"
            return (_refusal(rule, named),) if rule.action == "BLOCK" else ()
    return ()


def _refusal(rule: Filter, what: str) -> Hop:
    return Hop(
        f"DNS Firewall {rule.owner}", BLOCKS, f"{rule.owner} blocks queries for {what}", code="DNS_FIREWALL_BLOCKS",
        blame=(rule.owner, rule.link), remedy=f"let a rule of {rule.owner} trust redirections (TRUST_REDIRECTION_DOMAIN), or allow "
        f"{what.partition(',')[0]} before the one that blocks it",
    )  # fmt: skip
