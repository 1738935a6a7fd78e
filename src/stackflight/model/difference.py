"""What lies between two targets: resources, data, findings, ways in the network, rights, price and duration."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from stackflight.model.bill import Bill, BillChange
from stackflight.model.finding import Finding
from stackflight.records import dataclass


class Fate(StrEnum):
    """What becomes of a resource."""

    ADD = "add"
    CHANGE = "change"
    REPLACE = "replace"
    MAYBE = "perhaps replace"
    REMOVE = "remove"


class Data(StrEnum):
    """What becomes of the data that a resource holds; NONE where it holds none, or where nothing happens to it."""

    LOST = "lost"
    KEPT = "kept"
    SNAPSHOT = "snapshot"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ResourceDifference:
    """One resource that becomes another. `because` are the properties that differ, those that force a replacement where one does."""

    stack: str
    resource: str
    type: str
    fate: Fate
    because: tuple[str, ...] = ()
    data: Data = Data.NONE


@dataclass(frozen=True, slots=True)
class Way:
    """Who reaches whom, on what, and by what: "the internet", "Web", "tcp 22", "group WebGroup"."""

    source: str
    target: str
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class Right:
    """What a role, or whoever a policy names, may do that nobody let it do before. `why` is "new role", "added", …"""

    who: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Spans:
    """Seconds to create the old, to create the new, and to update the one to the other (None where that fails).

    `fails` says of the two creations whether each is rolled back after that time.
    """

    old: float
    new: float
    update: float | None
    fails: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Difference:
    """Everything that changes between two targets."""

    old: str
    new: str
    resources: tuple[ResourceDifference, ...]
    findings_new: tuple[Finding, ...]
    findings_gone: tuple[Finding, ...]
    ways_opened: tuple[Way, ...]
    ways_closed: tuple[Way, ...]
    rights: tuple[Right, ...]
    old_bill: Bill
    new_bill: Bill
    price_changes: tuple[BillChange, ...]
    spans: Spans

    @property
    def is_empty(self) -> bool:
        """Whether a deployment would change nothing."""
        return not (self.resources or self.findings_new or self.findings_gone)

    @property
    def monthly(self) -> Decimal:
        """How much more a month costs."""
        return self.new_bill.total - self.old_bill.total

    @property
    def lost(self) -> tuple[ResourceDifference, ...]:
        """The resources whose data would be gone."""
        return tuple(one for one in self.resources if one.data is Data.LOST)
