"""What a rule set kept by others says of a template."""

from __future__ import annotations

from dataclasses import dataclass

from stackflight.model.template import Path

NOT_JUDGED = "not-judged"
"""The rule under which a rule set says that it could not judge a template."""
CANNOT_JUDGE = "the standard rules cannot judge this template, so only our own checks did"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `level` is the rule set's own: "fatal", "error", "warn" or "info".

    `resource` is a logical id, empty where the rule speaks of another part of the template; `path` leads from the
    resource to the value, ("Properties", "Cpu"), as far as it can be told.
    """

    rule: str
    level: str
    message: str
    resource: str = ""
    path: Path = ()
    line: int | None = None
    remedy: str = ""
