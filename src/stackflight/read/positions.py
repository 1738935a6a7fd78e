"""The path of a value in a template -> its path in the file, and the resource to which it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from stackflight.model.template import Path

Step: TypeAlias = str | int


def resource_at(path: Path) -> str:
    """The id of the resource that holds what stands at a path; empty where none does."""
    return str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""


def written(path: Path, origins: Mapping[str, str]) -> Path:
    """The path as it stands in the file: a resource that was made for another one stands where that does."""
    if len(path) > 1 and path[0] == "Resources" and path[1] in origins:
        origin = origins[str(path[1])]
        return ("Resources", origin) if origin else ("Resources",)
    return tuple(path)
