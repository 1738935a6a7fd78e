"""Prefix lists -> what they hold: those of the template by their entries, AWS's own by service and Region.

Source of the identifiers: prefix_lists.json, dated; Amazon VPC User Guide, customer-managed and AWS-managed prefix lists.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from ipaddress import IPv6Network

from stackflight.model.identify import resource_named, to_block, to_block6
from stackflight.model.network import ServiceList
from stackflight.model.ranges import Block
from stackflight.model.template import World
from stackflight.model.value import Unknown, Value, as_dict, as_list, known_text

Entry = Block | IPv6Network | ServiceList | Unknown


def entries_of(world: World, value: Value) -> list[Entry] | None:
    """The entries of a prefix list; None where it is not known which list it is, or what it holds."""
    listed = resource_named(world, value, "AWS::EC2::PrefixList")
    if listed is not None:
        given = listed.get("Entries")
        if isinstance(given, Unknown):
            return None
        blocks = [as_dict(item).get("Cidr") for item in as_list(given)]
        if known_text(listed.get("AddressFamily")) == "IPv6":
            return [to_block6(block) or Unknown(f"an entry of {listed.address}") for block in blocks]
        return [to_block(block) for block in blocks]
    found = _of_aws().get(known_text(value) or "")
    return [ServiceList(*found)] if found is not None else None


@cache
def _of_aws() -> dict[str, tuple[str, str]]:
    text = files("stackflight.read").joinpath("prefix_lists.json").read_text(encoding="utf-8")
    return {name: (service, region) for name, (service, region) in json.loads(text)["lists"].items()}
