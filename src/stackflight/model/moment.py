"""What happens in a run, for whoever looks on: screens, machine-readable lines, notifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import Event, StackStatus
from stackflight.model.plan import ChangeSet
from stackflight.model.run import Holder, Run
from stackflight.records import dataclass


@dataclass(frozen=True)
class Loss:
    """Data that a change set would end. `how` is "deleted", "replaced" or "perhaps replaced"."""

    stack: str
    resource: str
    type: str
    how: str


@dataclass(frozen=True)
class Widening:
    """A right or a way in that a change set gives where there was less; `text` says which, for people."""

    stack: str
    resource: str
    type: str
    text: str


@dataclass(frozen=True)
class Began:
    """A run is about to begin; `said` are sentences about who, where and how it is locked."""

    run: Run
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attached:
    """A run that was begun elsewhere, or left, is followed from here on."""

    run: Run


@dataclass(frozen=True)
class Held:
    """Another run holds the stack; `remaining` is its estimated rest in seconds, where it can be told.

    `other` is that run, where this ledger knows it.
    """

    holder: Holder
    waiting: bool
    progress: str = ""
    remaining: float | None = None
    other: Run | None = None


@dataclass(frozen=True)
class Refused:
    """A run that was waiting, or had begun to prepare itself, comes to nothing; nothing of it runs."""

    run: Run
    why: str


@dataclass(frozen=True)
class Planned:
    """A change set is computed. `before` is the stack's status, None where it is new."""

    change_set: ChangeSet
    losses: tuple[Loss, ...]
    before: StackStatus | None
    widened: tuple[Widening, ...] = ()


@dataclass(frozen=True)
class Unchanged:
    """A stack is already as it is wanted."""

    stack: str


@dataclass(frozen=True)
class Happened:
    """An event, new and for the first time. `seconds` is its distance from the start of what is followed."""

    event: Event
    seconds: float


@dataclass(frozen=True)
class Working:
    """A resource at work. `seconds` is for how long; `usual` and `slow` are what half and nine of ten take.

    `settling` is whether it is configured and only has to come to rest.
    """

    stack: str
    resource: str
    type: str
    operation: str
    seconds: float
    usual: float
    slow: float
    settling: bool = False

    @property
    def late(self) -> bool:
        """Whether nine of ten would be through."""
        return self.seconds > self.slow


@dataclass(frozen=True)
class Progress:
    """A look at the whole: `done` of `steps`, what works, and the seconds left (None while it is rolled back, or unknown).

    `steps` is 0 where nobody knows what is to be done. `stacks` gives done and steps by stack; `back` are root stacks on
    their way back.
    """

    seconds: float
    done: int
    steps: int
    working: tuple[Working, ...]
    left_p50: float | None = None
    left_p90: float | None = None
    stacks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    back: tuple[str, ...] = ()


@dataclass(frozen=True)
class Late:
    """A resource takes longer than nine of ten, for the first time; told of what takes a minute and more."""

    working: Working
    seconds: float


@dataclass(frozen=True)
class FirstFailure:
    """The first resource failed; the way back begins or will. The diagnosis is what can be said of it so far."""

    event: Event
    seconds: float
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class Paused:
    """AWS cannot be asked for now: credentials, network, throttling. What runs goes on."""

    why: str
    hint: str = ""


@dataclass(frozen=True)
class Resumed:
    """It can be asked again, after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Said:
    """A sentence; `role` is one of the roles of `Paper`."""

    text: str
    role: str = ""


@dataclass(frozen=True)
class Freed(Said):
    """The run in front has let go of the stack; the sentence says how it ended."""


@dataclass(frozen=True)
class Ended:
    """The end of a run, or of looking on. `outputs` are by stack; `failure` is the first failure.

    `left` are stacks that were not begun because of it; `command_code` is the exit code of a command that was followed.
    """

    run: Run
    seconds: float
    outputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    failure: Event | None = None
    diagnosis: Diagnosis | None = None
    left: tuple[str, ...] = ()
    command_code: int | None = None


Moment: TypeAlias = (
    Began
    | Attached
    | Held
    | Refused
    | Planned
    | Unchanged
    | Happened
    | Progress
    | Late
    | FirstFailure
    | Paused
    | Resumed
    | Said
    | Ended
)
