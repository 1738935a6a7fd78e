"""Names in a VPC: who answers for them beside Amazon's own servers, and what the DNS Firewall refuses.

A domain is lower case and without a dot at its end; the stack's own Region stands in it as `${AWS::Region}` where it is
not known, and as its name where it is.
"""

from __future__ import annotations

from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a private hosted zone; `endpoint` is the VPC endpoint that it leads to, where it is one."""

    name: str
    owner: Address
    type: str
    endpoint: Address | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Answerer:
    """What answers for a domain and all below it ("" for every name) instead of Amazon's public names.

    `kind` is "zone" (a private hosted zone, with its `records`, which are all where `complete`), "rule" (forwards),
    "system rule" (back to Amazon's names), "unseen rule", "profile", or "servers" (those of the DHCP options `source`).
    """

    domain: str
    owner: Address
    kind: str
    records: tuple[Record, ...] = ()
    complete: bool = False
    servers: tuple[str | Unknown, ...] = ()
    source: Address | None = None

    def covers(self, host: str) -> bool:
        """Whether a host lies in its domain."""
        return not self.domain or host == self.domain or host.endswith(f".{self.domain}")


@dataclass(frozen=True, slots=True)
class Filter:
    """One rule of the DNS Firewall: "ALLOW", "ALERT" or "BLOCK", and the domains that it is about, wildcards in front."""

    owner: Address
    action: str
    domains: tuple[str, ...] | Unknown
    link: Address
    trusts: bool | Unknown = False
    """Whether names that an allowed one redirects to are let through unseen."""

    def matches(self, host: str) -> bool | Unknown:
        """Whether a query for a host meets the rule."""
        if isinstance(self.domains, Unknown):
            return self.domains
        return any(
            domain in {"*", host} or (domain.startswith("*.") and host.endswith(domain[1:])) for domain in self.domains
        )

    def covers(self, domain: str) -> bool | Unknown:
        """Whether a query for some name below a domain meets the rule; which name it is is not known."""
        if isinstance(self.domains, Unknown):
            return self.domains
        if any(item == "*" or (item.startswith("*.") and f".{domain}".endswith(item[1:])) for item in self.domains):
            return True
        end = domain.replace("${AWS::Region}.", "")
        near = next((item for item in self.domains if item.endswith(end)), None)
        return Unknown(f"whether {near} is the name below {domain}") if near else False
