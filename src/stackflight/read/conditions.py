"""The Conditions section -> True, False or Unknown, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from stackflight.model.template import Path, Raw
from stackflight.model.value import Unknown, Value, known_text
from stackflight.read import intrinsics


class Conditions:
    """Conditions of one template. `value` evaluates what they compare, `missing` reports an undeclared one."""

    def __init__(
        self, rules: Mapping[str, Raw], value: Callable[[Raw, Path], Value], missing: Callable[[str, Path], None]
    ) -> None:
        self._rules = rules
        self._value = value
        self._missing = missing
        self._decided: dict[str, bool | Unknown] = {}

    @property
    def names(self) -> Iterable[str]:
        """The conditions that the template declares."""
        return self._rules.keys()

    def decide(self, name: str, path: Path) -> bool | Unknown:
        """A condition by name; `path` is where it is named. One that refers to itself is Unknown."""
        if name in self._decided:
            return self._decided[name]
        rule = self._rules.get(name)
        if rule is None:
            self._missing(name, path)
            return Unknown(f"condition {name} is not declared")
        self._decided[name] = Unknown(f"condition {name} refers to itself")
        decided = self._decide(rule, ("Conditions", name))
        if isinstance(decided, Unknown):
            decided = Unknown(f"condition {name} is undecided", decided.decided_by or (f"condition {name}",))
        self._decided[name] = decided
        return decided

    def _decide(self, rule: Raw, path: Path) -> bool | Unknown:
        if isinstance(rule, bool):
            return rule
        if not isinstance(rule, dict) or len(rule) != 1:
            text = known_text(rule) if isinstance(rule, str) else None
            return text.lower() == "true" if text else Unknown("a condition that cannot be read")
        [(name, given)] = rule.items()
        arguments = given if isinstance(given, list) else [given]
        if name == "Condition":
            return self.decide(str(given), path)
        if name in {"Fn::And", "Fn::Or"}:
            parts = [self._decide(part, (*path, name, index)) for index, part in enumerate(arguments)]
            return intrinsics.all_of(parts) if name == "Fn::And" else intrinsics.any_of(parts)
        if name == "Fn::Not" and arguments:
            return intrinsics.negate(self._decide(arguments[0], (*path, name, 0)))
        values = [self._value(part, (*path, name, index)) for index, part in enumerate(arguments)]
        if name == "Fn::Equals" and len(values) == 2:
            return intrinsics.equals(values[0], values[1])
        if name in {"Fn::Contains", "Fn::EachMemberIn"} and len(values) == 2 and isinstance(values[0], list):
            return intrinsics.any_of([intrinsics.equals(item, values[1]) for item in values[0]])
        return Unknown(f"{name} is not evaluated")
