"""Properties that name subnets and groups -> where the interfaces of a managed service lie."""

from __future__ import annotations

from stackflight.model.identify import to_addresses
from stackflight.model.need import Placement
from stackflight.model.network import Network
from stackflight.model.value import Address, Unknown, Value
from stackflight.read.needs.scene import Scene


def placed(scene: Scene, subnets: Value, groups: Value, public: bool | Unknown = False) -> Placement:
    """Interfaces in these subnets, under these groups."""
    return Placement(to_addresses(scene.world, subnets), to_addresses(scene.world, groups), public)


def mapped_alike(network: Network, subnets: tuple[Address | Unknown, ...]) -> bool | Unknown:
    """Whether subnets give public addresses to what is launched in them, where all do alike."""
    found = [network.subnets.get(item) if isinstance(item, Address) else None for item in subnets]
    flags = {subnet.map_public_ip if subnet is not None else None for subnet in found}
    only = next(iter(flags)) if len(flags) == 1 else None
    return only if isinstance(only, bool) else Unknown("whether its subnets give public addresses")
