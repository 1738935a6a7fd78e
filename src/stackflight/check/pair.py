"""What is deployed and what it is to become, side by side: what every check on an update is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stackflight.model.change import Change, Replacement
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.check.case import Case
    from stackflight.model.template import Resource, Stack, World

NAMED = "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the stack again."
"""How CloudFormation refuses a replacement whose name is taken by its predecessor."""


@dataclass(frozen=True)
class Update:
    """A stack before and after. `changes` is what a change set would say, by logical id; `lost` the stores that end."""

    before: Stack
    after: Stack
    changes: Mapping[str, Change]
    lost: tuple[str, ...] = ()

    def kept(self, *types: str) -> Iterator[tuple[Resource, Resource]]:
        """Resources that are there on both sides with one type, old and new; of any type where none is given."""
        for id, new in self.after.resources.items():
            old = self.before.resources.get(id)
            if old is not None and old.type == new.type and (not types or new.type in types):
                yield old, new

    def replaced(self, id: str) -> bool:
        """Whether the change surely makes a new resource."""
        change = self.changes.get(id)
        return change is not None and change.replacement is Replacement.YES


@dataclass(frozen=True)
class UpdateCase:
    """Everything that is known of an update."""

    case: Case
    old: World
    updates: tuple[Update, ...]
