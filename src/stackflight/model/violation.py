"""What a rule set kept by others says of a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.model.template import Path
from stackflight.records import dataclass

NOT_JUDGED = "not-judged"
"""The rule under which a rule set says that it could not judge a template."""
CANNOT_JUDGE = "the standard rules cannot judge this template, so only our own checks did"


@dataclass(frozen=True)
class Handover:
    """A stack as rules that others keep can read it.

    `parameters` are the values that parameters have in it, `decided` the template without what its conditions leave out
    (empty where it has no condition), `resolved` the template with all values put in and loops written out, and `types`
    the resource types in it; empty where nobody asks for them.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    decided: str = ""
    resolved: str = ""
    types: tuple[str, ...] = ()


NOTHING = Handover()


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `level` is the rule set's own: "fatal", "error", "warn" or "info".

    `resource` is a logical id, empty where the rule speaks of another part of the template; `path` leads from the
    resource to the value, ("Properties", "Cpu"), as far as it can be told. `of` is the set that the rule belongs to;
    `place` leads from the template's root to what is no part of a resource. `types` are the resource types that it speaks of and `names` the properties that it may have looked at, where the set
    says so.
    """

    rule: str
    level: str
    message: str
    resource: str = ""
    path: Path = ()
    line: int | None = None
    remedy: str = ""
    of: str = "standard"
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    place: Path = ()
