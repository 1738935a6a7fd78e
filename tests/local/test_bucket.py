"""All processes of a machine share the reads of an account; none of them ever waits for another to let go."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from stackflight.local.bucket import SharedBucket


def bucket(folder: Path, account: str = "111122223333") -> SharedBucket:
    """As another process opens it."""
    return SharedBucket(folder, account, "eu-central-1")


def test_what_one_process_takes_is_missing_for_the_next_and_other_accounts_have_their_own(tmp_path: Path) -> None:
    waits = [bucket(tmp_path).take(100.0, 5.0) for _ in range(30)]
    assert waits[:20] == [0.0] * 20
    assert waits[20:] == pytest.approx([number / 5 for number in range(1, 11)])
    assert bucket(tmp_path, "444455556666").take(100.0, 5.0) == 0.0
    assert bucket(tmp_path).take(102.2, 5.0) == 0.0


def test_nobody_waits_longer_than_half_a_minute_for_what_was_promised_to_the_dead(tmp_path: Path) -> None:
    for _ in range(300):
        bucket(tmp_path).take(100.0, 5.0)
    assert bucket(tmp_path).take(100.0, 5.0) == 30.0


@pytest.mark.parametrize("left", ["", "nonsense", "[1]", '{"a": 2}', "[-900, 99999999999.0]"])
def test_a_file_that_cannot_be_read_or_comes_from_the_future_is_a_full_bucket(tmp_path: Path, left: str) -> None:
    (tmp_path / "reads-111122223333-eu-central-1.json").write_text(left)
    assert [bucket(tmp_path).take(100.0, 5.0) for _ in range(20)] == [0.0] * 20


def test_a_file_that_another_one_has_or_that_cannot_be_made_stops_nobody(tmp_path: Path) -> None:
    bucket(tmp_path).take(100.0, 5.0)
    file = os.open(tmp_path / "reads-111122223333-eu-central-1.json", os.O_RDWR)
    fcntl.flock(file, fcntl.LOCK_EX)
    for folder in (tmp_path, tmp_path / "nowhere"):
        mine = bucket(folder)
        assert [mine.take(100.0, 5.0) for _ in range(21)] == [0.0] * 20 + [pytest.approx(0.2)]
    os.close(file)
