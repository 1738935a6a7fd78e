"""What differs between the stages of a project."""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.model.finding import Finding, Severity
from stackflight.records import dataclass


@dataclass(frozen=True)
class Difference:
    """A finding that only some stages have. `severities` are what it is in those; `example` is the gravest."""

    example: Finding
    severities: Mapping[str, Severity]


@dataclass(frozen=True)
class Comparison:
    """`blocked` are the stages that a finding stops; the `differences` are sorted, the gravest first."""

    stages: tuple[str, ...]
    blocked: frozenset[str]
    differences: tuple[Difference, ...]
