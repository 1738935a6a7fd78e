"""The ledger of this machine: nothing is lost, nothing is kept twice, nobody else may read it."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from stackflight.errors import StackflightError
from stackflight.local.ledger import VERSION, LocalLedger
from stackflight.model.event import Event
from stackflight.model.redaction import Redactor
from stackflight.model.run import Note, Run


def run_of(id: str, started: float = 1.0, stacks: tuple[str, ...] = ("app",), outcome: str = "") -> Run:
    return Run(id, "app.yaml", stacks, "maria", "desk", "simulated", "", started, outcome=outcome)


def event_of(id: str, reason: str = "") -> Event:
    return Event(1.0, "app", "Db", "AWS::RDS::DBInstance", "CREATE_FAILED", reason, id=id)


def test_what_is_recorded_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    ledger.save(run_of("r-1"))
    ledger.record("r-1", [event_of("a"), event_of("b")])
    ledger.note("r-1", Note(2.0, "evidence", {"tasks": [{"exit": 137}]}))
    again = LocalLedger(tmp_path)
    assert again.run("r-1") == run_of("r-1")
    assert again.events("r-1") == [event_of("a"), event_of("b")]
    assert again.notes("r-1") == [Note(2.0, "evidence", {"tasks": [{"exit": 137}]})]


def test_an_event_that_is_read_twice_is_kept_once(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    ledger.record("r-1", [event_of("a"), event_of("b")])
    ledger.record("r-1", [event_of("b"), event_of("c")])
    assert [event.id for event in ledger.events("r-1")] == ["a", "b", "c"]


def test_runs_are_listed_newest_first_and_by_stack(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    ledger.save(run_of("r-1", 1.0))
    ledger.save(run_of("r-2", 2.0, ("other",)))
    ledger.save(run_of("r-1", 1.0, outcome="CREATE_COMPLETE"))
    assert [run.id for run in ledger.runs()] == ["r-2", "r-1"]
    assert [(run.id, run.outcome) for run in ledger.runs("app")] == [("r-1", "CREATE_COMPLETE")]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    LocalLedger(folder).save(run_of("r-1"))
    assert stat.S_IMODE((folder / "ledger.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_secrets_are_taken_out_at_the_door(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path, Redactor(["hunter2-hunter2"]))
    ledger.save(
        Run("r-1", "app.yaml?password=swordfish1", ("app",), "maria", "desk", "1", "", 1.0, review="hunter2-hunter2")
    )
    ledger.record("r-1", [event_of("a", "cannot log in with hunter2-hunter2")])
    ledger.note("r-1", Note(1.0, "evidence", {"Environment": {"DB_PASSWORD": "swordfish1"}, "log": "token=swordfish1"}))
    kept = ledger.file.read_bytes()
    assert b"hunter2" not in kept
    assert b"swordfish" not in kept


def test_a_newer_form_is_refused_rather_than_misread(tmp_path: Path) -> None:
    LocalLedger(tmp_path).close()
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    with pytest.raises(StackflightError, match="written by a newer stackflight"):
        LocalLedger(tmp_path)


def test_a_file_that_is_no_ledger_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database, but it is long enough to be looked at " * 20)
    with pytest.raises(StackflightError, match="cannot be read") as caught:
        LocalLedger(tmp_path)
    assert "STACKFLIGHT_HOME" in caught.value.hint


def test_fields_of_a_later_version_are_left_out(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    ledger.save(run_of("r-1"))
    database = sqlite3.connect(ledger.file)
    body = json.loads(database.execute("SELECT body FROM runs").fetchone()[0])
    database.execute("UPDATE runs SET body = ?", (json.dumps({**body, "mood": "good"}),))
    database.commit()
    database.close()
    assert ledger.run("r-1") == run_of("r-1")
