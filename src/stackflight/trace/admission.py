"""Who is let in to a public endpoint by source address -> the hop where a workload's own address is not among them.

What leaves over a NAT gateway comes from its Elastic IP, what leaves over an internet gateway from an address of Amazon's
pool. Neither is known before it is allocated, so no narrow block that is written down can be meant for it. Sources: Amazon
EKS User Guide, cluster API server endpoint (public access sources); Amazon VPC User Guide, NAT gateways, Elastic IPs.
"""

from __future__ import annotations

import ipaddress

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.need import Admission
from stackflight.model.network import Network, Subnet
from stackflight.model.value import Address, Unknown, Value, known_text, references_in, render
from stackflight.trace.default_routes import default_route
from stackflight.trace.hops import undecided
from stackflight.trace.paths import Source

_NARROW = 20
"""Blocks of this length or longer are too small to be meant for any address that Amazon may give."""


def admission_hops(network: Network, source: Source, admission: Admission | None) -> tuple[Hop, ...]:
    """No hop where everybody is let in."""
    if admission is None or any(known_text(item) == "0.0.0.0/0" for item in admission.entries):
        return ()
    at, sender = f"allowed sources of {admission.owner}", _sender(network, source)
    if isinstance(sender, Unknown):
        return (undecided(at, sender),)
    answers = [_lets_in(item, sender) for item in admission.entries]
    if any(answer is True for answer in answers):
        return (Hop(at, PASSES, f"the address of {sender} is among them", relies_on=(admission.owner,)),)
    doubt = next((answer for answer in answers if isinstance(answer, Unknown)), None)
    if doubt is not None:
        return (undecided(at, doubt),)
    who = f"the Elastic IP {sender}" if sender is not None else "a public address that Amazon gives"
    shown = ", ".join(render(item) for item in admission.entries[:3])
    return (
        Hop(
            at, BLOCKS, f"{admission.setting} of {admission.owner} lets {shown} in, and {source.workload} comes from {who}",
            code="SOURCE_ADDRESS_NOT_ALLOWED", blame=(admission.owner,), remedy=admission.remedy,
        ),
    )  # fmt: skip


def _sender(network: Network, source: Source) -> Address | Unknown | None:
    """The Elastic IP under which a source is seen on the internet; None for an address of Amazon's pool."""
    unknown = Unknown(f"from which address {source.workload} comes")
    found = default_route(network, source.subnet) if isinstance(source.subnet, Subnet) else unknown
    if isinstance(found, (Hop, Unknown)) or not isinstance(found.target, Address):
        return unknown
    if found.kind == "nat-gateway" and found.target in network.nats:
        return network.nats[found.target].elastic
    given = source.placement.address_after is None and source.placement.address_by is None
    return None if found.kind == "internet-gateway" and given and source.kind != "EC2 instance" else unknown


def _lets_in(entry: Value, sender: Address | None) -> bool | Unknown:
    named = {reference.address for reference in references_in(entry)}
    if named:
        return True if named == {sender} else Unknown(f"which address {render(entry)} is") if sender is None else False
    text = known_text(entry)
    if text is None:
        return entry if isinstance(entry, Unknown) else Unknown(f"which addresses {render(entry)} are")
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return Unknown(f"which addresses {text} are")
    narrow = block.version == 6 or block.is_private or block.prefixlen >= _NARROW
    return False if narrow else Unknown(f"whether {text} holds the address that Amazon gives")
