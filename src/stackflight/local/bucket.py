"""The `Bucket` port over a file: all processes of a machine take their reads of an account from it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from stackflight.model.allowance import Allowance

_LONGEST_SECONDS = 30.0
"""Reads that were promised to processes which are gone hold nobody up for longer."""


class SharedBucket:
    """One file an account and Region. Where it cannot be used at once, this process goes by what it knows itself."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self._file = folder / f"reads-{account}-{region}.json"
        self._known = Allowance()

    def take(self, now: float, per_second: float) -> float:
        """A token for one read; the seconds until it is there."""
        try:
            file = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return self._count(now, per_second)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._known = _read(file, now)
            seconds = self._count(now, per_second)
            os.ftruncate(file, 0)
            os.pwrite(file, json.dumps([self._known.left, self._known.filled]).encode(), 0)
        except OSError:
            return self._count(now, per_second)
        finally:
            os.close(file)
        return seconds

    def _count(self, now: float, per_second: float) -> float:
        self._known, seconds = self._known.take(now, per_second)
        return min(seconds, _LONGEST_SECONDS)


def _read(file: int, now: float) -> Allowance:
    """What the last one left; a full bucket where that cannot be read, or its clock was ahead of this one."""
    try:
        left, filled = json.loads(os.pread(file, 256, 0))
        found = Allowance(float(left), float(filled))
    except (ValueError, TypeError):
        return Allowance()
    return found if found.filled <= now else Allowance(filled=now)
