"""A policy statement -> the condition in it that no request fulfils: a pattern under an operator that compares exactly.

Source: IAM User Guide (condition operators: StringLike and the ARN operators take `*` and `?`, StringEquals does not).
"""

from __future__ import annotations

from stackflight.facts.load import read_table
from stackflight.model.value import Value, as_dict, as_list, known_text
from stackflight.records import dataclass


@dataclass(frozen=True)
class Unmet:
    """A condition that never holds: its operator, its key, and the pattern that stands there."""

    operator: str
    key: str
    pattern: str

    @property
    def told(self) -> str:
        return f"{self.key} equals {self.pattern} exactly ({self.operator} knows no wildcards), which it never does"

    @property
    def remedy(self) -> str:
        return f"write StringLike for {self.operator}, or {self.key} without wildcards"


def never_met(statement: dict[str, Value]) -> Unmet | None:
    """The first condition of a statement that never holds; None where each may."""
    for operator, keys in as_dict(statement.get("Condition")).items():
        if operator.rpartition(":")[2] not in {"StringEquals", "StringEqualsIgnoreCase"}:
            continue
        for key, given in as_dict(keys).items():
            texts = [known_text(item) for item in as_list(given)]
            if texts and _plain(key) and all(text is not None and set(text) & {"*", "?"} for text in texts):
                return Unmet(operator, key, str(texts[0]))
    return None


def _plain(key: str) -> bool:
    """Whether what requests carry under a key never holds a `*` or `?` itself."""
    name, table = key.lower(), read_table("condition_keys")
    return name in table["plain"] or name.endswith(tuple(table["plain_ends"]))
