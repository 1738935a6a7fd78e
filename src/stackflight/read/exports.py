"""What stacks and the account export: one name may stand for a value in each account and Region."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stackflight.model.template import Environment
from stackflight.model.value import Value


class Exports:
    """Values by the name of their export and by where that holds.

    Source: CloudFormation User Guide (Outputs: names are unique within an account and Region, and are imported there).
    """

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[Environment, Value]]] = {}

    def add(self, exports: Mapping[str, Value], home: Environment) -> None:
        """Note what is exported in an environment."""
        for name, value in exports.items():
            self._found.setdefault(name, []).append((home, value))

    def seen_from(self, environment: Environment) -> Callable[[str], Value]:
        """What `Fn::ImportValue` gives in an environment: None where nobody exports the name there.

        The same account and Region come first, then those that may be the same; the last to export counts.
        """

        def look_up(name: str) -> Value:
            found = self._found.get(name, [])[::-1]
            same = (value for home, value in found if home == environment)
            return next(same, next((value for home, value in found if _may_be_one(home, environment)), None))

        return look_up


def _may_be_one(one: Environment, other: Environment) -> bool:
    """Whether nothing that is known tells two environments apart."""
    accounts, regions = (one.account, other.account), (one.region, other.region)
    return all(left == right or None in (left, right) for left, right in (accounts, regions))
