"""VPC Lattice: which services a service network holds, and which VPCs may call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.model.value import Address, Unknown, Value
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


@dataclass(frozen=True, slots=True)
class LatticeAuth:
    """A service or service network that lets in by AWS IAM: `policies` are those attached to it, Unknown ones among them."""

    address: Address
    policies: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Lattice:
    """`members` holds the service networks of each service and resource, Unknown ones among them.

    `loose` is why a network may hold something that is not told. `auth` holds the services and networks that ask who calls; Unknown where it is not known whether they do.
    """

    members: Mapping[Address, tuple[Address | Unknown, ...]] = field(default_factory=dict)
    doors: tuple[LatticeDoor, ...] = ()
    auth: Mapping[Address, LatticeAuth | Unknown] = field(default_factory=dict)
    loose: Unknown | None = None
