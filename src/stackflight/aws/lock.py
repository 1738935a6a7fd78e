"""The `Lock` port over objects in a bucket, for everybody who uses it: written only where nothing, or what was read, is there.

No two machines' clocks are compared. An owner writes a new version every half minute; whoever waits takes over only where he has
seen the very same version for a whole lease on his own clock. Release and takeover go against the version that was read, so
that nobody ends what is somebody else's by now. Source: S3 user guide, conditional writes and conditional deletes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from threading import Event as Signal
from threading import RLock, Thread
from typing import Any

from botocore.exceptions import ClientError

from stackflight.aws.refusals import code_of, translated
from stackflight.errors import StackflightError
from stackflight.model.run import Holder

LEASE_SECONDS = 90.0
BEAT_SECONDS = 30.0
_OTHERS = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class SharedLock:
    """One object a stack. `monotonic` is a clock of this machine that never goes back."""

    def __init__(
        self,
        client: Callable[[], Any],
        bucket: str,
        place: str,
        monotonic: Callable[[], float],
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self.reach = f"everybody who uses s3://{bucket}"
        self._client = client
        self._bucket = bucket
        self._place = place
        self._monotonic = monotonic
        self._beat_seconds = beat_seconds
        self._ours: dict[str, tuple[Holder, str, int]] = {}  # holder, version, number of the beat
        self._fences: dict[str, int] = {}
        self._seen: dict[str, tuple[str, float]] = {}
        self._turn = RLock()
        self._stop = Signal()
        self._thread: Thread | None = None

    def take(self, holder: Holder) -> Holder | None:
        """Take a stack; None where it is ours now, else who has it."""
        with translated(), self._turn:
            self._fences[holder.stack] = 1
            version = self._write(holder, 0, {"IfNoneMatch": "*"})
            if not version:
                found = self._read(holder.stack)
                if found is None:  # it was removed between the two
                    return self.take(holder)
                other, there, fence = found
                if other == holder:  # it was written, and the answer was lost
                    version, self._fences[holder.stack] = there, fence
                elif other is not None and not self._is_silent(holder.stack, there):
                    return other
                else:
                    self._fences[holder.stack] = fence + 1
                    version = self._write(holder, 0, {"IfMatch": there})
                    if not version:
                        return other or self.take(holder)
            self._ours[holder.stack] = (holder, version, 0)
            self._seen.pop(holder.stack, None)
            self._start()
        return None

    def holder(self, stack: str) -> Holder | None:
        """Who has a stack now; None where nobody has."""
        with translated():
            found = self._read(stack)
        return found[0] if found is not None else None

    def listen(self, stack: str) -> None:
        """Count from now on for how long whoever has a stack is silent."""
        with translated(), self._turn:
            found = self._read(stack)
            if found is not None:
                self._is_silent(stack, found[1])

    def fence(self, stack: str) -> int:
        """Which of all who ever took the stack we are: a later one has a higher number. 0 where we have not taken it."""
        with self._turn:
            return self._fences.get(stack, 0) if stack in self._ours else 0

    def is_ours(self, holder: Holder) -> bool:
        """Whether a stack is still ours: somebody may have taken it over while this machine slept."""
        with translated(), self._turn:
            found = self._read(holder.stack)
            return holder.stack in self._ours and found is not None and found[0] == holder

    def release(self, holder: Holder) -> None:
        """Let it go, unless it is somebody else's by now: the number stays. What cannot be let go ends with the lease."""
        with self._turn:
            kept = self._ours.pop(holder.stack, None)
            if not self._ours:
                self._stop.set()
            if kept is None:
                return
            try:
                with translated():
                    self._write(None, 0, {"IfMatch": kept[1]}, holder.stack)
            except StackflightError:
                return

    def beat(self) -> None:
        """Write a new version of everything that is ours; what is no longer ours is forgotten."""
        with self._turn:
            for stack, (holder, version, number) in list(self._ours.items()):
                try:
                    with translated():
                        written = self._write(holder, number + 1, {"IfMatch": version})
                        found = None if written else self._read(stack)
                except StackflightError:
                    continue  # the network may come back before the lease is over
                if found is not None and found[0] == holder:  # an earlier one was written, and its answer was lost
                    written = found[1]
                if written:
                    self._ours[stack] = (holder, written, number + 1)
                else:
                    del self._ours[stack]

    def _is_silent(self, stack: str, version: str) -> bool:
        known, since = self._seen.get(stack, ("", 0.0))
        if known != version:
            self._seen[stack] = (version, self._monotonic())
            return False
        return self._monotonic() - since >= LEASE_SECONDS

    def _write(self, holder: Holder | None, number: int, condition: dict[str, str], stack: str = "") -> str:
        """The new version; empty where the condition does not hold. Nobody's lock holds the number alone."""
        stack = holder.stack if holder is not None else stack
        who = asdict(holder) if holder is not None else {}
        body = json.dumps({**who, "beat": number, "fence": self._fences.get(stack, 0)}).encode()
        try:
            answer = self._client().put_object(Bucket=self._bucket, Key=self._key(stack), Body=body, **condition)
        except ClientError as error:
            if code_of(error) in _OTHERS or (code_of(error) == "NoSuchKey" and "IfMatch" in condition):
                return ""
            raise
        return str(answer["ETag"])

    def _read(self, stack: str) -> tuple[Holder | None, str, int] | None:
        """Who has it, the version and the number; None where nothing was ever written."""
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=self._key(stack))
        except ClientError as error:
            if code_of(error) in {"NoSuchKey", "404"}:
                return None
            raise
        body = json.loads(answer["Body"].read())
        body.pop("beat", None)
        fence = int(body.pop("fence", 0))
        return (Holder(**body) if body else None), str(answer["ETag"]), fence

    def _key(self, stack: str) -> str:
        return f"stackflight/locks/{self._place}/{stack}.json"

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._stop = Signal()
            self._thread = Thread(target=self._work, args=(self._stop,), daemon=True)
            self._thread.start()

    def _work(self, stop: Signal) -> None:
        while not stop.wait(self._beat_seconds):
            self.beat()
