"""What a verb hands to a view."""

from __future__ import annotations

from stackflight.model.finding import Finding, Question, Severity
from stackflight.model.ignore import IgnoredFinding
from stackflight.model.need import Reach
from stackflight.model.network import Network
from stackflight.model.template import World
from stackflight.records import dataclass


@dataclass(frozen=True)
class CheckReport:
    """The verdict over one target. `seconds` is engine time, start-up of the process excluded.

    `ignored` are the findings that the templates' authors leave out, `known` those of an earlier check that
    a baseline names; they do not count. `unruled` are the resource types that no rule of ours knows. `stage` is the stage
    of the project that was judged, where it is one of several.
    """

    target: str
    world: World
    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    reaches: tuple[Reach, ...]
    seconds: float
    ignored: tuple[IgnoredFinding, ...] = ()
    known: tuple[Finding, ...] = ()
    unruled: tuple[str, ...] = ()
    stage: str = ""
    network: Network | None = None
    """The network that was asked, for whoever draws it."""

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that stop a deployment."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.BLOCKING)
