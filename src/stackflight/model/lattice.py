"""VPC Lattice: which services a service network holds, and which VPCs may call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class LatticeDoor:
    """How one VPC gets into a service network: by an association, or by an endpoint where `endpoint` is True."""

    address: Address
    vpc: Address | Unknown
    network: Address | Unknown
    groups: tuple[Address | Unknown, ...] = ()
    endpoint: bool = False
    exists: bool | Unknown = True


@dataclass(frozen=True)
class Lattice:
    """`members` holds the service networks of each service, Unknown ones among them."""

    members: Mapping[Address, tuple[Address | Unknown, ...]] = field(default_factory=dict)
    doors: tuple[LatticeDoor, ...] = ()
