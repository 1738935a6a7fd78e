"""The `Lock` port over files of this machine. The kernel lets a lock go when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from stackflight.errors import StackflightError
from stackflight.model.run import Holder


class LocalLock:
    """One file a stack. `account` and `region` tell stacks of one name apart."""

    reach = "this machine and the stack's status only"

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self._folder = folder / "locks"
        self._place = f"{account}/{region}"
        self._open: dict[str, int] = {}

    def take(self, holder: Holder) -> Holder | None:
        """Take a stack; None where it is ours now, else who has it. Raises StackflightError where no file can be made."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._file(holder.stack), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StackflightError(
                f"no lock can be taken in {self._folder}: {(error.strerror or str(error)).lower()}",
                hint="name another folder: STACKFLIGHT_HOME=DIR",
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            found = _read(file)
            os.close(file)
            return found or Holder(holder.stack, "", "somebody", "this machine", holder.since)
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(asdict(holder)).encode(), 0)
        self._open[holder.stack] = file
        return None

    def holder(self, stack: str) -> Holder | None:
        """Who has a stack now; None where nobody has."""
        if stack in self._open:
            return _read(self._open[stack])
        try:
            file = os.open(self._file(stack), os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(file) or Holder(stack, "", "somebody", "this machine", 0.0)
        finally:
            os.close(file)
        return None

    def listen(self, stack: str) -> None:
        """Nobody has to: the kernel hears who ends."""

    def fence(self, stack: str) -> int:  # noqa: ARG002
        """Nobody counts: the kernel ends what ends."""
        return 0

    def is_ours(self, holder: Holder) -> bool:
        """Whether a stack is ours: nobody takes it from a process that lives."""
        return holder.stack in self._open

    def release(self, holder: Holder) -> None:
        """Let it go."""
        file = self._open.pop(holder.stack, None)
        if file is not None:
            os.ftruncate(file, 0)
            os.close(file)

    def _file(self, stack: str) -> Path:
        return self._folder / (sha256(f"{self._place}/{stack}".encode()).hexdigest()[:24] + ".lock")


def _read(file: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(file, 4096, 0)))
    except (ValueError, TypeError):
        return None
