"""A database that is called by a name of an own hosted zone, which redirects to the name that AWS gives it."""

from __future__ import annotations

from stackflight.model.need import ResourceTarget
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class AliasTarget(ResourceTarget):
    """`alias` is the name that is asked for, `domain` that below which the name lies to which it redirects."""

    alias: str = ""
    domain: str = ""
