"""What a route may send packets through: the endpoints of a firewall or of appliances, and what becomes of a flow there.

A policy is that of AWS Network Firewall: stateless rules in the order of their numbers, then stateful ones. Source: AWS
Network Firewall Developer Guide (how it filters traffic, evaluation order, domain lists).
"""

from __future__ import annotations

import re
from typing import TypeAlias

from stackflight.model.ranges import Blocks, Ports
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass

Ends: TypeAlias = Blocks | Unknown
"""Addresses that a rule speaks of; none at all means every address."""


@dataclass(frozen=True, slots=True)
class Flow:
    """TCP connections from addresses to a port of others; `host` is the name that is called, empty where none is known."""

    source: Blocks | Unknown
    destination: Blocks | Unknown
    port: int
    host: str = ""
    local: bool = True
    """Whether it comes from the VPC that the firewall stands in."""


@dataclass(frozen=True, slots=True)
class PacketRule:
    """A rule that speaks of addresses and ports; `action` is "pass", "drop" or "forward" (to the stateful rules).

    `only` is why it may not speak of every packet of a connection that it seems to mean, `home` says that it speaks of the
    firewall's own VPC by a name.
    """

    owner: Address
    action: str
    sources: Ends
    destinations: Ends
    ports: Ports | Unknown
    only: Unknown | None = None
    home: bool = False


@dataclass(frozen=True, slots=True)
class DomainRule:
    """A list of domains: those that it allows (then everything else of its protocols is dropped), or those that it denies."""

    owner: Address
    allows: bool
    domains: tuple[str, ...]
    ports: frozenset[int]

    def names(self, host: str) -> bool | Unknown:
        """Whether a host is one of them, or below one that begins with a dot; a part of either may be unknown.

        Source: AWS CloudFormation Template Reference, AWS::NetworkFirewall::RuleGroup RulesSourceList.
        """
        if any(
            host == item.removeprefix(".") or (item.startswith(".") and host.endswith(item)) for item in self.domains
        ):
            return True
        open_ = (item for item in self.domains if "${" in item + host and _may_be_alike(item, host))
        near = next(iter(self.domains), None) if "." not in host else next(open_, None)
        return Unknown(f"whether {near} names {host or 'the host'}") if near is not None else False


def _may_be_alike(domain: str, host: str) -> bool:
    """Whether one may lie in the other: their labels agree from the end on, those aside that are not known."""
    pairs = zip(reversed(domain.removeprefix(".").split(".")), reversed(host.split(".")), strict=False)
    return all(one == other or "${" in one or "${" in other for one, other in pairs)


@dataclass(frozen=True, slots=True)
class Content:
    """A text that a host has to hold, begin with, end with, or all be; where `dotted`, the host with a dot before it."""

    text: str
    starts: bool = False
    ends: bool = False
    dotted: bool = False

    def stands_in(self, host: str) -> bool | None:
        """Whether it does; None where a part of the host that is not known decides it."""
        name = re.sub(r"\$\{[^}]*\}", _UNKNOWN, f".{host}" if self.dotted else host)
        begins, ends = name.startswith(self.text), name.endswith(self.text)
        sure = self.text in name and (begins or not self.starts) and (ends or not self.ends)
        if self.starts and self.ends:
            sure = name == self.text
        if sure or _UNKNOWN not in name:
            return sure
        head, tail = name.partition(_UNKNOWN)[0], name.rpartition(_UNKNOWN)[2]
        may = (not self.starts or _alike(head, self.text)) and (not self.ends or _alike(tail[::-1], self.text[::-1]))
        return None if may else False


_UNKNOWN = "\0"


def _alike(known: str, text: str) -> bool:
    """Whether a text may go on as a name of which the beginning is known."""
    return known.startswith(text) or text.startswith(known)


@dataclass(frozen=True, slots=True)
class HostRule:
    """A rule for what is called by a host that holds all `contents`, over TLS (443) or HTTP (80) as `spoken` says."""

    owner: Address
    action: str
    spoken: int
    sources: Ends
    destinations: Ends
    ports: Ports | Unknown
    contents: tuple[Content, ...] = ()
    home: bool = False

    def names(self, host: str) -> bool | Unknown:
        """Whether it speaks of a host, a part of which may be unknown."""
        answers = [item.stands_in(host) if host else None for item in self.contents]
        if False not in answers and None in answers:
            return Unknown(f"whether {self.owner} names {host or 'the host'}")
        return False not in answers


StatefulRule: TypeAlias = PacketRule | DomainRule | HostRule | Unknown


@dataclass(frozen=True, slots=True)
class FirewallPolicy:
    """`otherwise` is what becomes of packets that no stateless rule speaks of, `strict` that stateful rules are asked in
    their order, `at_last` what is done then with what none of them speaks of: "pass", "drop all", or "drop established",
    which lets connections begin."""

    address: Address
    stateless: tuple[PacketRule | Unknown, ...]
    otherwise: str | Unknown
    stateful: tuple[StatefulRule, ...] = ()
    strict: bool = False
    at_last: str = "pass"


@dataclass(frozen=True, slots=True)
class Middlebox:
    """Endpoints in subnets, one for each zone, of which a route names one."""

    address: Address
    subnets: tuple[Address | Unknown, ...]
    policy: FirewallPolicy | Unknown
