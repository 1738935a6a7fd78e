"""Network ACL entries for IPv6 against the traffic of a subnet with a block of IPv6 addresses -> hops where it is stopped.

An entry is for IPv4 or for IPv6, and the default entry denies both. Source: Amazon VPC User Guide, network ACLs.
"""

from __future__ import annotations

from ipaddress import IPv6Network

from stackflight.model.finding import Hop
from stackflight.model.network import AclEntry, Network, Subnet
from stackflight.model.ranges import Ports, overlap_ports, subtract_ports
from stackflight.model.value import Address, Unknown
from stackflight.trace.entries import EPHEMERAL, spans
from stackflight.trace.filters import Answer
from stackflight.trace.hops import filter_hop, undecided

_TCP = {"-1", "6", "tcp"}


def acls_for_six(network: Network, subnet: Subnet, port: int, block: IPv6Network) -> tuple[Hop, ...]:
    """The request out and the answer in, where the ACL of the subnet stops one of them or may do so."""
    if subnet.acl is None:
        return ()
    at = f"network ACL of {subnet.address}"
    if isinstance(subnet.acl, Unknown):
        return (undecided(at, subnet.acl),)
    entries = network.acls.get(subnet.acl)
    if entries is None:
        return (undecided(at, f"the entries of {subnet.acl} are not part of the template"),)
    hops = []
    for direction, ports, way in (("outbound", ((port, port),), "to"), ("inbound", EPHEMERAL, "from")):
        answer = _judge(subnet.acl, entries, direction, ports, block)
        if answer.allowed is not True:
            remedy = f"let {subnet.acl} allow {direction} tcp {spans(ports)} {way} ::/0"
            hops.append(filter_hop(at, answer, "SUBNET_ACL_RESTRICTION", remedy))
    return tuple(hops)


def _judge(acl: Address, entries: tuple[AclEntry, ...], direction: str, ports: Ports, block: IPv6Network) -> Answer:
    """Entries in the order of their numbers, each deciding for the ports that those before it have left."""
    mine = [entry for entry in entries if entry.block6 is not None]
    for entry in mine:
        values = (entry.number, entry.egress, entry.allow, entry.protocol, entry.block6, entry.ports, entry.exists)  # fmt: skip
        if doubt := next((value for value in values if isinstance(value, Unknown)), None):
            return Answer(None, f"it hangs on {doubt.why}", decided_by=doubt.decided_by)
    left, allowed = ports, False
    denial: AclEntry | None = None
    for entry in sorted(mine, key=lambda entry: entry.number if isinstance(entry.number, int) else 0):
        if entry.egress is not (direction == "outbound") or entry.protocol not in _TCP:
            continue
        assert isinstance(entry.ports, tuple) and isinstance(entry.block6, IPv6Network)
        if not entry.block6.overlaps(block) or not overlap_ports(left, entry.ports):
            continue
        if not block.subnet_of(entry.block6):
            verb = "allows" if entry.allow else "denies"
            return Answer(None, f"entry {entry.number} of {acl} {verb} it {direction} for part of the addresses")
        left, allowed = subtract_ports(left, entry.ports), allowed or entry.allow is True
        denial = denial if entry.allow else denial or entry
    if denial is not None:
        why = f"entry {denial.number} of {acl} denies it {direction}"
        return Answer(False, why, blame=(denial.address, acl), partly=allowed)
    if not left:
        return Answer(True, f"{acl} allows it")
    why = f"{acl} has no {direction} entry that allows tcp {spans(ports)} for IPv6"
    return Answer(False, why, blame=(acl,), partly=allowed)
