"""The lock that machines share: one owner, no takeover from one who lives, and nobody ends what is another's."""

from __future__ import annotations

import json
from hashlib import md5
from io import BytesIO
from pathlib import Path
from threading import Barrier, RLock, Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from mortal import Died, Fate, Mortal
from stackflight.aws.lock import LEASE_SECONDS, SharedLock
from stackflight.errors import NetworkGone
from stackflight.local.ledger import LocalLedger
from stackflight.model.moment import Moment
from stackflight.model.run import Holder
from stackflight.operate.holding import hold
from stackflight.rehearse.clock import VirtualClock


class Bucket:
    """Objects with conditional writes and deletes, each call all or nothing, as S3 documents them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.turn = RLock()
        self.written = 0

    def put_object(self, Bucket: str, Key: str, Body: bytes, IfMatch: str = "", IfNoneMatch: str = "") -> Any:  # noqa: N803
        with self.turn:
            self._require(Key, IfMatch, IfNoneMatch)
            self.written += 1
            self.objects[Key] = Body
            return {"ETag": etag(Body), "Bucket": Bucket}

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        with self.turn:
            if Key not in self.objects:
                raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Bucket}}, "GetObject")
            return {"Body": BytesIO(self.objects[Key]), "ETag": etag(self.objects[Key])}

    def delete_object(self, Bucket: str, Key: str, IfMatch: str) -> Any:  # noqa: N803
        with self.turn:
            self._require(Key, IfMatch, "")
            return {"Bucket": Bucket, "Deleted": self.objects.pop(Key)}

    def _require(self, key: str, match: str, none_match: str) -> None:
        there = etag(self.objects[key]) if key in self.objects else ""
        if (match and there != match) or (none_match and there):
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "PutObject")


def etag(body: bytes) -> str:
    return md5(body, usedforsecurity=False).hexdigest()


class Watch:
    """A machine's own clock."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def lock_of(bucket: Bucket, watch: Watch | None = None) -> SharedLock:
    return SharedLock(lambda: bucket, "locks", "1/eu", watch or Watch(), beat_seconds=3600)


def holder(run: str) -> Holder:
    return Holder("app", run, "maria", "desk", 1.0)


def test_who_comes_second_reads_who_has_it() -> None:
    bucket = Bucket()
    first, second = lock_of(bucket), lock_of(bucket)
    assert first.take(holder("r-1")) is None
    assert second.take(holder("r-2")) == holder("r-1")
    assert second.holder("app") == holder("r-1")
    first.release(holder("r-1"))
    assert second.take(holder("r-2")) is None


def test_an_owner_who_gives_signs_of_life_is_never_taken_over() -> None:
    bucket, watch = Bucket(), Watch()
    owner, waiting = lock_of(bucket), lock_of(bucket, watch)
    assert owner.take(holder("r-1")) is None
    for _ in range(20):
        assert waiting.take(holder("r-2")) == holder("r-1")
        watch.time += LEASE_SECONDS * 0.9
        owner.beat()
    assert owner.is_ours(holder("r-1"))


def test_a_silent_owner_is_taken_over_after_a_whole_lease_and_cannot_undo_its_successors_work() -> None:
    bucket, watch = Bucket(), Watch()
    owner, waiting = lock_of(bucket), lock_of(bucket, watch)
    assert owner.take(holder("r-1")) is None
    assert waiting.take(holder("r-2")) == holder("r-1")
    watch.time = LEASE_SECONDS - 1
    assert waiting.take(holder("r-2")) == holder("r-1")
    watch.time = LEASE_SECONDS
    assert waiting.take(holder("r-2")) is None
    assert not owner.is_ours(holder("r-1"))
    owner.beat()
    owner.release(holder("r-1"))
    assert waiting.holder("app") == holder("r-2")
    assert waiting.is_ours(holder("r-2"))


def test_each_owner_has_a_higher_number_than_all_before() -> None:
    bucket = Bucket()
    locks = [lock_of(bucket) for _ in range(3)]
    for number, lock in enumerate(locks, start=1):
        assert lock.take(holder(f"r-{number}")) is None
        assert lock.fence("app") == number
        lock.release(holder(f"r-{number}"))
        assert lock.fence("app") == 0
        assert lock.holder("app") is None


class Forgetful(Bucket):
    """A bucket whose answers to some writes are lost on the way."""

    def __init__(self, lost: set[int]) -> None:
        super().__init__()
        self.lost = lost

    def put_object(self, Bucket: str, Key: str, Body: bytes, IfMatch: str = "", IfNoneMatch: str = "") -> Any:  # noqa: N803
        answer = super().put_object(Bucket, Key, Body, IfMatch, IfNoneMatch)
        if self.written in self.lost:
            self.lost.discard(self.written)
            raise EndpointConnectionError(endpoint_url="https://s3")
        return answer


def test_a_lock_whose_answer_was_lost_is_ours_when_we_ask_again() -> None:
    lock = lock_of(Forgetful({1}))
    with pytest.raises(NetworkGone):
        lock.take(holder("r-1"))
    assert lock.take(holder("r-1")) is None
    assert lock.is_ours(holder("r-1"))


def test_a_sign_of_life_whose_answer_was_lost_loses_no_lock() -> None:
    lock = lock_of(Forgetful({2}))
    assert lock.take(holder("r-1")) is None
    for _ in range(3):
        lock.beat()
        assert lock.is_ours(holder("r-1"))
    lock.release(holder("r-1"))
    assert lock.holder("app") is None


def test_of_fifty_machines_at_once_exactly_one_has_it() -> None:
    bucket, start = Bucket(), Barrier(50)
    answers: list[Holder | None] = []

    def machine(number: int) -> None:
        lock = lock_of(bucket)
        start.wait()
        answers.append(lock.take(holder(f"r-{number}")))

    threads = [Thread(target=machine, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(None) == 1
    assert len({answer.run for answer in answers if answer is not None}) == 1
    assert bucket.written == 1


class Nobody:
    """Looks away."""

    def show(self, moment: Moment) -> None:
        """Say nothing of it."""


class Machine:
    """One that deploys two stacks, with a ledger and a watch that starts when it does."""

    def __init__(self, bucket: Any, folder: Path) -> None:
        self.clock = VirtualClock()
        self.ledger = LocalLedger(folder)
        self.lock = SharedLock(lambda: bucket, "locks", "1/eu", self.clock.now, beat_seconds=3600)

    def live(self, run: str, wait_seconds: float) -> list[int]:
        """Take both stacks, give a sign of life, and let them go; the numbers under which they were had."""
        both = [Holder(stack, run, "maria", "desk", 1.0) for stack in ("app", "network")]
        with hold(self.lock, self.ledger, self.clock, Nobody(), both, wait_seconds):
            self.lock.beat()
            assert all(self.lock.is_ours(one) for one in both)
            return [self.lock.fence(one.stack) for one in both]


@pytest.mark.parametrize("former", [False, True])
def test_an_owner_can_die_at_every_write_and_no_stack_is_stuck_for_longer_than_a_lease(
    tmp_path: Path, former: bool
) -> None:
    def begin(fate: Fate) -> tuple[Bucket, Machine]:
        bucket = Bucket()
        if former:  # somebody before us took one of the stacks, and was never heard of again
            assert lock_of(bucket).take(holder("r-0")) is None
        return bucket, Machine(Mortal(bucket, {"put_object"}, fate), tmp_path)

    whole = Fate()
    _, machine = begin(whole)
    numbers = machine.live("r-1", 200.0)
    assert numbers == [2 if former else 1, 1]
    assert len(whole.writes) >= 6
    for fate in whole.deaths():
        bucket, machine = begin(fate)
        with pytest.raises(Died):
            machine.live("r-1", 200.0)
        successor = Machine(bucket, tmp_path)
        later = successor.live("r-2", 200.0)
        assert successor.clock.now() <= LEASE_SECONDS + 5.0
        assert all(mine >= number for mine, number in zip(later, numbers, strict=True))
        taken = [json.loads(body) for body in bucket.objects.values()]
        assert [one.get("run") for one in taken] == [None, None]
        fate.met = False  # it was only asleep
        machine.lock.beat()
        assert [json.loads(body) for body in bucket.objects.values()] == taken
