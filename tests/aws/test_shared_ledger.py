"""Runs in a bucket: what one machine keeps, another reads; out of reach it is said once and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from mortal import Died, Fate, Mortal
from stackflight.aws.ledger import SharedLedger
from stackflight.local.ledger import LocalLedger
from stackflight.model.event import Event
from stackflight.model.redaction import Redactor
from stackflight.model.run import Note, Run

RUN = Run("r-1", "app.yaml", ("app",), "maria", "desk", "1", "eu", 100.0)


class Bucket:
    """Objects by key; `gone` is whether nobody answers."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.gone = False
        self.writes = 0

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803, ARG002
        self._answer()
        self.writes += 1
        self.objects[Key] = Body

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803, ARG002
        self._answer()
        return {"Body": BytesIO(self.objects[Key])}

    def get_paginator(self, _: str) -> Bucket:
        return self

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str = "") -> Any:  # noqa: N803, ARG002
        self._answer()
        keys = sorted(key for key in self.objects if key.startswith(Prefix))
        if not Delimiter:
            return [{"Contents": [{"Key": key} for key in keys]}]
        folders = dict.fromkeys(
            Prefix.rpartition("/")[0] + "/" + key.removeprefix(Prefix.rpartition("/")[0] + "/").split("/")[0] + "/"
            for key in keys
        )
        return [{"CommonPrefixes": [{"Prefix": folder} for folder in folders]}]

    def _answer(self) -> None:
        if self.gone:
            raise EndpointConnectionError(endpoint_url="https://s3")


def machine(bucket: Bucket, folder: Path, said: list[str] | None = None) -> SharedLedger:
    complaints = said if said is not None else []
    return SharedLedger(
        LocalLedger(folder, Redactor(["swordfish99"])), lambda: bucket, "b", "1/eu", folder.name, complaints.append
    )


def event(number: int) -> Event:
    return Event(float(number), "app", "Queue", "AWS::SQS::Queue", "CREATE_COMPLETE", id=str(number))


def test_what_one_machine_keeps_another_reads(tmp_path: Path) -> None:
    bucket = Bucket()
    one, other = machine(bucket, tmp_path / "one"), machine(bucket, tmp_path / "other")
    one.save(RUN)
    one.record("r-1", [event(1), event(2)])
    one.note("r-1", Note(3.0, "diagnosis", {"reason": "no"}))
    assert other.run("r-1") == RUN
    assert [found.id for found in other.events("r-1")] == ["1", "2"]
    assert other.notes("r-1") == [Note(3.0, "diagnosis", {"reason": "no"})]
    assert other.runs("app") == [RUN]
    assert other.runs("else") == []


def test_a_run_that_two_machines_follow_has_each_event_once(tmp_path: Path) -> None:
    bucket = Bucket()
    one, other = machine(bucket, tmp_path / "one"), machine(bucket, tmp_path / "other")
    one.save(RUN)
    one.record("r-1", [event(1), event(2)])
    other.save(RUN)
    other.record("r-1", [event(2), event(3)])
    assert [found.id for found in one.events("r-1")] == ["1", "2", "3"]
    other.save(replace(RUN, outcome="CREATE_COMPLETE", ended=9.0))
    found = one.run("r-1")
    assert found is not None
    assert found.outcome == "CREATE_COMPLETE"


def test_without_the_bucket_it_is_said_once_and_sent_whole_when_it_is_back(tmp_path: Path) -> None:
    bucket, said = Bucket(), list[str]()
    one = machine(bucket, tmp_path / "one", said)
    one.save(RUN)
    bucket.gone = True
    one.record("r-1", [event(1)])
    one.record("r-1", [event(2)])
    assert [found.id for found in one.events("r-1")] == ["1", "2"]
    assert len(said) == 1
    bucket.gone = False
    one.record("r-1", [event(3)])
    assert [found.id for found in machine(bucket, tmp_path / "other").events("r-1")] == ["1", "2", "3"]


def test_no_secret_reaches_the_bucket(tmp_path: Path) -> None:
    bucket = Bucket()
    one = machine(bucket, tmp_path / "one")
    one.save(replace(RUN, target="app swordfish99"))
    one.record("r-1", [replace(event(1), reason="password swordfish99")])
    one.note("r-1", Note(1.0, "evidence", {"text": "swordfish99"}))
    assert bucket.writes == 3
    assert b"swordfish99" not in b"".join(bucket.objects.values())


def test_a_look_that_brings_nothing_costs_no_request(tmp_path: Path) -> None:
    bucket = Bucket()
    machine(bucket, tmp_path / "one").record("r-1", [])
    assert bucket.writes == 0


def test_a_machine_can_die_at_every_write_and_others_miss_nothing_once_it_is_watched_to_its_end(tmp_path: Path) -> None:
    def live(bucket: Any, folder: Path, fate: Fate) -> None:
        local = Mortal(LocalLedger(folder), {"save", "record", "note"}, fate)
        seen = Mortal(bucket, {"put_object"}, fate)
        ledger = SharedLedger(local, lambda: seen, "b", "1/eu", folder.name, lambda _: None)  # type: ignore[arg-type]
        ledger.save(RUN)
        ledger.record("r-1", [event(1)])
        ledger.record("r-1", [event(2), event(3)])
        ledger.note("r-1", Note(3.0, "diagnosis", {"reason": "no"}))
        ledger.save(replace(RUN, outcome="CREATE_COMPLETE", ended=9.0))

    whole = Fate()
    live(Bucket(), tmp_path / "whole", whole)
    assert len(whole.writes) == 10
    for number, fate in enumerate(whole.deaths()):
        bucket, folder = Bucket(), tmp_path / str(number)
        with pytest.raises(Died):
            live(bucket, folder / "one", fate)
        other = machine(bucket, folder / "other")
        seen = [found.id for found in other.events("r-1")]
        assert seen == ["1", "2", "3"][: len(seen)]
        again = machine(bucket, folder / "one")
        again.save(replace(again.run("r-1") or RUN, outcome="CREATE_COMPLETE", ended=9.0))
        again.record("r-1", [event(number) for number in (1, 2, 3)])
        assert [found.id for found in other.events("r-1")] == ["1", "2", "3"]
        assert [run.outcome for run in other.runs("app")] == ["CREATE_COMPLETE"]
