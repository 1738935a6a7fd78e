"""One at a time on this machine, and no lock outlives its process."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mortal import Died, Fate, Mortal
from stackflight.local.lock import LocalLock
from stackflight.model.run import Holder


def holder_of(run: str, stack: str = "app") -> Holder:
    return Holder(stack, run, "maria", "desk", 1.0)


def test_a_stack_that_is_held_names_who_has_it(tmp_path: Path) -> None:
    first, second = LocalLock(tmp_path, "1", "eu-central-1"), LocalLock(tmp_path, "1", "eu-central-1")
    assert first.take(holder_of("r-1")) is None
    assert second.take(holder_of("r-2")) == holder_of("r-1")
    first.release(holder_of("r-1"))
    assert second.take(holder_of("r-2")) is None


def test_stacks_of_one_name_in_two_places_are_two(tmp_path: Path) -> None:
    first, second = LocalLock(tmp_path, "1", "eu-central-1"), LocalLock(tmp_path, "1", "us-east-1")
    assert first.take(holder_of("r-1")) is None
    assert second.take(holder_of("r-2")) is None


_HOLD = """
import sys
from pathlib import Path
from stackflight.local.lock import LocalLock
from stackflight.model.run import Holder
lock = LocalLock(Path(sys.argv[1]), "1", "x")
print(lock.take(Holder("app", "r-1", "maria", "desk", 1.0)), flush=True)
sys.stdin.read()
"""


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "None\n"
        lock = LocalLock(tmp_path, "1", "x")
        assert lock.take(holder_of("r-2")) == holder_of("r-1")
        process.kill()
        process.wait()
        assert lock.take(holder_of("r-2")) is None


class Process:
    """The kernel's side of one: which files it has open, closed by its end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fate: Fate) -> None:
        self.files: set[int] = set()
        files = self.files

        class System:
            def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
                file = os.open(path, flags, mode)
                files.add(file)
                return file

            def close(self, file: int) -> None:
                os.close(file)
                files.discard(file)

            def __getattr__(self, name: str) -> object:
                return getattr(os, name)

        writes = {"open", "ftruncate", "pwrite", "close"}
        monkeypatch.setattr("stackflight.local.lock.os", Mortal(System(), writes, fate))
        monkeypatch.setattr("stackflight.local.lock.fcntl", Mortal(fcntl, {"flock"}, fate))

    def end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        for file in self.files:
            os.close(file)


def test_a_process_can_die_at_every_write_to_its_lock_and_nobody_is_locked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live(folder: Path) -> None:
        lock = LocalLock(folder, "1", "x")
        assert lock.take(holder_of("r-1")) is None
        lock.release(holder_of("r-1"))

    whole = Fate()
    process = Process(monkeypatch, whole)
    live(tmp_path / "whole")
    process.end(monkeypatch)
    assert whole.writes == ["open", "flock", "ftruncate", "pwrite", "ftruncate", "close"]
    for number, fate in enumerate(whole.deaths()):
        process = Process(monkeypatch, fate)
        with pytest.raises(Died):
            live(tmp_path / str(number))
        monkeypatch.undo()
        other = LocalLock(tmp_path / str(number), "1", "x")
        seen = other.holder("app")  # as long as the kernel has not yet closed its files
        assert seen is None or seen.run in {"r-1", ""}
        process.end(monkeypatch)
        assert other.holder("app") is None
        assert other.take(holder_of("r-2")) is None
        assert other.holder("app") == holder_of("r-2")
        other.release(holder_of("r-2"))
