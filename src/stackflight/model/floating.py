"""A file system whose endpoint has an address outside every subnet, which routes alone lead to."""

from __future__ import annotations

from stackflight.model.need import ResourceTarget
from stackflight.model.ranges import Block
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class FloatingTarget(ResourceTarget):
    """`tables` are the route tables that get the routes, None for the VPC's main one; `block` is where the address lies."""

    tables: tuple[Address | Unknown, ...] | None = None
    block: Block | Unknown | None = None
