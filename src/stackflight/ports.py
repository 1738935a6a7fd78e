"""What the core asks of the world. Adapters in `aws` and `local` answer; tests bring their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from stackflight.model.deployed import Deployed, Owned
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.evidence import Answer, Evidence
from stackflight.model.moment import Moment
from stackflight.model.plan import ChangeSet, Operation
from stackflight.model.publication import Publication
from stackflight.model.run import Caller, Holder, Note, Run
from stackflight.model.violation import NOTHING, Handover, Violation


class Folder(Protocol):
    """Read-only files below one folder, named by relative path with forward slashes."""

    def read(self, name: str) -> str | None:
        """The text of a file, None where there is none. Raises UnreadableInput where it is not text."""
        ...

    def names(self, below: str) -> list[str]:
        """Relative paths of all files below a folder, sorted; empty where there is none."""
        ...

    def show(self, name: str) -> str:
        """The path to print for a file."""
        ...


class StandardRules(Protocol):
    """The rule sets that others keep: schemas, limits, versions, combinations."""

    @property
    def resolved(self) -> bool:
        """Whether there is a set that judges the template with its values put in."""
        ...

    def judge(
        self, text: str, region: str | None, without: Collection[str] = (), handed: Handover = NOTHING
    ) -> Sequence[Violation]:
        """Every rule but those `without` that a template's text breaks, in one Region or, where that is None, in any."""
        ...


class Clock(Protocol):
    """Time, real or virtual."""

    def now(self) -> float:
        """Seconds: since the epoch for a real clock, since its start for a virtual one."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Cloud(Protocol):
    """CloudFormation as an operation needs it. `stack` is the name of a root stack, or `ROOT/ID` for a nested one."""

    def start(self, operation: Operation) -> str:
        """Begin an operation and return its OperationId at once. Raises OperationRefused where it is not legal."""
        ...

    def status(self, stack: str) -> StackStatus | None:
        """The stack's status now; None where no such stack exists or it is gone."""
        ...

    def describe(self, stack: str) -> Deployed | None:
        """The stack as it stands; None where no such stack exists or it is gone."""
        ...

    def owned(self, stack: str) -> Sequence[Owned]:
        """The resources of a stack and of those nested in it; none where no such stack exists or it is gone."""
        ...

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        """A change set as computed so far; None where there is none of this name."""
        ...

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        """The events of a stack and of those nested in it, oldest first, from a cursor on."""
        ...

    def latest(self, stack: str) -> Cursor:
        """The cursor behind everything that the stack has to tell so far; START where there is no such stack."""
        ...

    def before_operation(self, stack: str) -> Cursor:
        """The cursor before the first event of what was last begun on the stack; START where that is its first."""
        ...

    def finished(self, stack: str) -> bool:
        """Whether nothing is in progress for the stack."""
        ...


class Identity(Protocol):
    """Whose credentials are used."""

    def caller(self) -> Caller:
        """Who asks, and where. Raises CloudUnavailable where there are no credentials or they have ended."""
        ...


class Gatekeeper(Identity, Protocol):
    """Tells how far whoever asks may come; nothing is changed. All raise CloudUnavailable, OperationRefused."""

    def has_credentials(self) -> bool:
        """Whether there are any, that work or not."""
        ...

    def time(self) -> float | None:
        """AWS's own time, seconds since the epoch; None where it does not tell."""
        ...

    def bootstrap(self, publication: Publication, caller: Caller) -> int | None:
        """The version of the CDK's bootstrap stack in the caller's account and Region; None where there is none."""
        ...

    def refusal(self, role: str, caller: Caller) -> str:
        """Why the caller cannot take a role; empty where it can."""
        ...


class Ledger(Protocol):
    """What happened, kept for good. Whatever it is given is written when the call returns, and free of secrets."""

    def save(self, run: Run) -> None:
        """Enter a run, or what has changed of it."""
        ...

    def record(self, run: str, events: Sequence[Event]) -> None:
        """Append events to a run; those that it has already are kept once."""
        ...

    def note(self, run: str, note: Note) -> None:
        """Keep something else with a run."""
        ...

    def runs(self, stack: str = "") -> Sequence[Run]:
        """All runs, or those of a stack, newest first."""
        ...

    def run(self, id: str) -> Run | None:
        """One run."""
        ...

    def events(self, run: str) -> Sequence[Event]:
        """The events of a run in the order in which they were recorded."""
        ...

    def notes(self, run: str) -> Sequence[Note]:
        """What else is kept with a run, oldest first."""
        ...


class Lock(Protocol):
    """Keeps two runs from one stack."""

    reach: str
    """Whom it keeps out, in words for people."""

    def take(self, holder: Holder) -> Holder | None:
        """Take a stack; None where it is ours now, else who has it."""
        ...

    def holder(self, stack: str) -> Holder | None:
        """Who has a stack now; None where nobody has."""
        ...

    def listen(self, stack: str) -> None:
        """Hear from now on whether whoever has a stack gives signs of life."""
        ...

    def fence(self, stack: str) -> int:
        """Which of all who ever took the stack we are; a later one has a higher number. 0 where nobody counts."""
        ...

    def is_ours(self, holder: Holder) -> bool:
        """Whether a stack that was taken is still ours; asked before what cannot be undone."""
        ...

    def release(self, holder: Holder) -> None:
        """Let it go. Nothing happens where it is somebody else's by now."""
        ...


class Bucket(Protocol):
    """Where reads of an account are taken from."""

    def take(self, now: float, per_second: float) -> float:
        """A token for one read, of so many that come in a second; the seconds until it is there. Returns at once."""
        ...


class View(Protocol):
    """Looks on. It may fail; no operation ever does because of one."""

    def show(self, moment: Moment) -> None:
        """Something happened."""
        ...


class Witnesses(Protocol):
    """Reads what services say of a failure before the way back destroys it, beside everything else."""

    def start(self, event: Event) -> None:
        """Begin to ask about a failed resource; returns at once."""
        ...

    def heed(self, events: Sequence[Event]) -> None:
        """Take what is new, and look after what waits or cannot be deleted; returns at once."""
        ...

    def collect(self) -> Sequence[Evidence]:
        """What has come in since the last time."""
        ...

    def finish(self) -> Sequence[Evidence]:
        """What is still to come, for a short while."""
        ...

    def answers(self) -> Sequence[Answer]:
        """What services answered since the last time, whole and as they said it: free of nothing yet."""
        ...
