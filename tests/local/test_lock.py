"""One at a time on this machine, and no lock outlives its process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
