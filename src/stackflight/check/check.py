"""What a check is: when it finds something, how far it may go, AWS's words and documents, and the function that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from stackflight.facts.words import words_for
from stackflight.model.finding import Finding, Severity
from stackflight.records import dataclass

BLOCKING, WARNING, NOTE = Severity.BLOCKING, Severity.WARNING, Severity.NOTE

_BY_CONDITION = "warning where a condition leaves open whether the resource is there"


@dataclass(frozen=True, slots=True)
class Check:
    """One check, whole. `id` says what is wrong; it stands at every finding, and names the page and the example.

    `found_when` completes "found when …"; `explains` says what happens and how it is proved; `may` are the severities of
    its findings, `weighed` what decides between them. `says` is how AWS puts it, `sources` the pages by which it
    was written, `replaces` the rules of cloudformation-validate that say less of the same; `example` names the case in
    tests/corpus that shows it, where that is not called like the check.
    """

    id: str
    found_when: str
    explains: str
    may: tuple[Severity, ...]
    weighed: str = ""
    says: str = ""
    sources: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    example: str = ""

    @property
    def words(self) -> list[str]:
        """How AWS puts it, with … where the names of a template stand; none where that is not on record."""
        return [self.says] if self.says else words_for(self.id)

    @property
    def about(self) -> tuple[str, ...]:
        """What it says of itself beside `found_when` and its severity, a paragraph each."""
        said = f"AWS says: {' / '.join(self.words)}" if self.words else ""
        return tuple(filter(None, (self.explains, said, " ".join(("Source:", *self.sources)) if self.sources else "")))

    @property
    def severity(self) -> str:
        """What its findings are and what decides it, as a sentence without its full stop."""
        if len(self.may) == 1:
            (only,) = self.may
            alone = "always blocking" if only is BLOCKING else f"always a {only}"
            return f"{only}: {self.weighed}" if self.weighed else alone
        told = self.weighed or "blocking"
        return told if "warning" in told else f"{told}; {_BY_CONDITION}"


@dataclass(frozen=True, slots=True)
class Finder:
    """A function and the checks that it may find. `asked` is false where a verb calls it with more than a case."""

    find: Callable[..., Iterable[Finding]]
    checks: tuple[Check, ...]
    asked: bool = True


_BY_MODULE: dict[str, list[Finder]] = {}

Find = TypeVar("Find", bound=Callable[..., Any])


def finds(*checks: Check, asked: bool = True) -> Callable[[Find], Find]:
    """Enters a function into the registry, with the checks that its findings may bear."""

    def enter(find: Find) -> Find:
        _BY_MODULE.setdefault(find.__module__, []).append(Finder(find, checks, asked))
        return find

    return enter


def finders_of(module: str) -> tuple[Finder, ...]:
    """The finders of a module in the order in which they stand in it."""
    return tuple(_BY_MODULE.get(module, ()))
