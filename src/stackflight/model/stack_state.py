"""What each status of a stack means, which operations it takes, which one is safe, and what not to do.

The table is `facts/statuses`; every command that speaks of a stack's status speaks by it.
"""

from __future__ import annotations

from functools import cache

from stackflight.facts.load import read_rows
from stackflight.model.event import StackStatus
from stackflight.records import dataclass


@dataclass(frozen=True)
class StackState:
    """One status. `ours` and `aws` are commands with `{stack}` for the stack's name; `never` is empty where nothing is to be warned of.

    `recover` is what `deploy --recover` does to a stack in it: "delete", "roll back", "continue the rollback"; empty where there is nothing.
    """

    status: StackStatus
    meaning: str
    legal: tuple[str, ...]
    safe: str
    recover: str
    ours: str
    aws: tuple[str, ...]
    never: str
    source: str

    def advice(self, stack: str) -> tuple[str, ...]:
        """What it means, what is safe with its command, and what not to do."""
        name = stack or "STACK"
        lines = [self.meaning, f"{self.safe} {' or '.join(self.aws[:1])}".replace("{stack}", name).strip()]
        if len(self.aws) > 1 and self.status.endswith("FAILED"):
            lines.append(f"Else: {self.aws[1]}".replace("{stack}", name))
        return (*lines, *((self.never,) if self.never else ()))


@cache
def stack_states() -> dict[StackStatus, StackState]:
    """All statuses, in the order of `StackStatus`."""
    rows = {StackStatus(row["status"]): row for row in read_rows("statuses", "cloudformation")}
    return {
        status: StackState(
            status,
            rows[status]["meaning"],
            tuple(rows[status]["legal"]),
            rows[status]["safe"],
            rows[status]["recover"],
            rows[status]["ours"],
            tuple(rows[status]["aws"]),
            rows[status]["never"],
            rows[status]["source"],
        )
        for status in StackStatus
    }
