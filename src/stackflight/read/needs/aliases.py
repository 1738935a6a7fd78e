"""CNAME records of private hosted zones that lead to databases -> the needs of whoever holds such a name.

Sources: Amazon Route 53 Developer Guide, CNAME records; Amazon RDS, DocumentDB and Neptune User Guides, endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.model.aliases import AliasTarget
from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.need import Need, Workload
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, render
from stackflight.read.names import record_sets
from stackflight.read.needs.references import leads_from
from stackflight.read.needs.scene import Scene

_DOMAINS = {"RDS": "rds", "DocDB": "docdb", "Neptune": "neptune"}


def alias_needs(scene: Scene, workload: Workload, value: Value, place: str) -> Iterator[Need]:
    """Needs for the databases whose own names stand in a value."""
    text = render(value).lower() if scene.network.vpcs else ""
    for owner, given in record_sets(scene.world) if text else ():
        name = (known_text(given.get("Name")) or "").lower().rstrip(".")
        if not name or owner.exists is not True or known_text(given.get("Type")) != "CNAME":
            continue
        if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", text):
            continue
        zone = resource_named(scene.world, given.get("HostedZoneId"), "AWS::Route53::HostedZone")
        homes = (
            [to_address(scene.world, as_dict(item).get("VPCId")) for item in as_list(zone.get("VPCs"))] if zone else []
        )
        known = tuple(home for home in homes if isinstance(home, Address))
        for lead in leads_from(scene.links, given.get("ResourceRecords")) if known and len(known) == len(homes) else ():
            end, kind = lead.destination, scene.world.resources[lead.destination.address].type.split("::")[1]
            if kind not in _DOMAINS or lead.certainty is not Certainty.PROVED or end.address == workload.address:
                continue
            target = AliasTarget(
                end.address, end.port, end.placement, end.kind, end.transport, public=end.public, named_in=known,
                alias=name, domain=f"${{AWS::Region}}.{_DOMAINS[kind]}.amazonaws.com",
            )  # fmt: skip
            yield Need(workload, target, f"use the {end.kind} {end.address}", f"{place} holds {name}", phase=Phase.RUN)
