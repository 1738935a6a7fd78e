"""Processes that end just before or just after one of their writes, as a fault-injecting adapter has it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any


class Died(BaseException):
    """The process is gone: nobody catches this, and nothing is tidied up."""


@dataclass
class Fate:
    """At which write a process ends, counted from 1 over all that it writes to, and on which side of it; 0 is never."""

    at: int = 0
    after: bool = False
    writes: list[str] = field(default_factory=list)
    met: bool = False

    def deaths(self) -> Iterator[Fate]:
        """Every way to end within a life that was lived to its end."""
        assert self.writes
        assert not self.met
        for at in range(1, len(self.writes) + 1):
            yield Fate(at)
            yield Fate(at, after=True)

    def meet(self, name: str, write: Callable[[], Any]) -> Any:
        """Carry out a write, or end. Who is dead writes nothing more."""
        if self.met:
            raise Died
        self.writes.append(name)
        last = len(self.writes) == self.at
        if last and not self.after:
            self.met = True
            raise Died
        try:
            return write()
        finally:
            if last:  # also where the write was refused
                self.met = True
                raise Died


class Mortal:
    """An adapter of which the methods called `writes` are what a process can end at."""

    def __init__(self, inner: object, writes: Collection[str], fate: Fate, tell: Callable[..., str] = lambda *_: "") -> None:  # fmt: skip
        self._inner = inner
        self._writes = writes
        self._fate = fate
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._writes:
            return found

        def write(*arguments: Any, **named: Any) -> Any:
            told = f"{name} {self._tell(name, *arguments)}".strip()
            return self._fate.meet(told, lambda: found(*arguments, **named))

        return write
