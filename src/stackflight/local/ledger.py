"""The `Ledger` port over one SQLite file: runs, their events and notes, kept for good on this machine.

Every call is a transaction of its own that is on disk when the call returns. The file is readable by its owner alone
and carries the version of its form: a newer one is refused rather than misread.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from stackflight.errors import StackflightError
from stackflight.model.event import Event
from stackflight.model.redaction import Redactor
from stackflight.model.run import Note, Run

VERSION = 1
_PATIENCE_SECONDS = 60.0
_FORM = """
CREATE TABLE runs (id TEXT PRIMARY KEY, started REAL NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, stack TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (run, stack, id)
);
CREATE TABLE notes (number INTEGER PRIMARY KEY, run TEXT NOT NULL, time REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX notes_of_run ON notes (run);
"""


def read_form(folder: Path) -> int | None:
    """The version of the form of the ledger in a folder; None where there is none. Nothing is made or changed.

    Raises StackflightError where it cannot be read, or was written by a newer version.
    """
    file = folder / "ledger.sqlite"
    if not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            form = int(database.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise _unusable(file, error) from None
    _require_known(file, form)
    return form


def _require_known(file: Path, form: int) -> None:
    if form > VERSION:
        raise StackflightError(
            f"{file} was written by a newer stackflight: its form is {form}, this one knows {VERSION}",
            hint="update stackflight, or keep another ledger: STACKFLIGHT_HOME=DIR",
        )


def _unusable(file: Path, error: Exception) -> StackflightError:
    return StackflightError(
        f"the ledger {file} cannot be read: {error}",
        hint="move it away to begin a new one, or keep another: STACKFLIGHT_HOME=DIR",
    )


class LocalLedger:
    """One file. `redact` cleans everything at the door; `newest_first` is how runs are listed."""

    def __init__(self, folder: Path, redactor: Redactor | None = None) -> None:
        self.file = folder / "ledger.sqlite"
        self.redactor = redactor or Redactor()
        try:
            self._open(folder)
        except sqlite3.DatabaseError as error:
            raise _unusable(self.file, error) from None

    def save(self, run: Run) -> None:
        """Enter a run, or what has changed of it."""
        body = json.dumps(self.redactor.data(asdict(run)))
        with self._transaction() as database:
            database.execute(
                "INSERT INTO runs (id, started, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (run.id, run.started, body),
            )

    def record(self, run: str, events: Sequence[Event]) -> None:
        """Append events to a run; those that it has already are kept once."""
        rows = [(run, one.stack, one.id, json.dumps(asdict(self.redactor.event(one)))) for one in events]
        with self._transaction() as database:
            database.executemany("INSERT OR IGNORE INTO events (run, stack, id, body) VALUES (?, ?, ?, ?)", rows)

    def note(self, run: str, note: Note) -> None:
        """Keep something else with a run."""
        body = json.dumps(self.redactor.data(note.body))
        with self._transaction() as database:
            row = (run, note.time, note.kind, body)
            database.execute("INSERT INTO notes (run, time, kind, body) VALUES (?, ?, ?, ?)", row)

    def runs(self, stack: str = "") -> Sequence[Run]:
        """All runs, or those of a stack, newest first."""
        rows = self._read("SELECT body FROM runs ORDER BY started DESC, id DESC")
        found = [_of(Run, json.loads(body)) for (body,) in rows]
        return [run for run in found if not stack or stack in run.stacks]

    def run(self, id: str) -> Run | None:
        """One run."""
        rows = self._read("SELECT body FROM runs WHERE id = ?", id)
        return _of(Run, json.loads(rows[0][0])) if rows else None

    def events(self, run: str) -> Sequence[Event]:
        """The events of a run in the order in which they were recorded."""
        rows = self._read("SELECT body FROM events WHERE run = ? ORDER BY number", run)
        return [_of(Event, json.loads(body)) for (body,) in rows]

    def notes(self, run: str) -> Sequence[Note]:
        """What else is kept with a run, oldest first."""
        rows = self._read("SELECT time, kind, body FROM notes WHERE run = ? ORDER BY number", run)
        return [Note(time, kind, json.loads(body)) for time, kind, body in rows]

    def close(self) -> None:
        """Nothing more is asked of it."""
        self._database.close()

    def _open(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made with its final rights before SQLite writes to it; its journals get the same.
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(self.file, timeout=_PATIENCE_SECONDS, isolation_level=None)
        self._database.execute("PRAGMA synchronous = FULL")
        with self._transaction() as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            _require_known(self.file, version)
            if version == 0:
                for statement in _FORM.split(";"):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one writer at a time. Raises OSError where the disk will not have it."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from error

    def _read(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _unusable(self.file, error) from None


def _of(kind: Callable[..., Any], body: dict[str, Any]) -> Any:
    """The noun again; fields that this version does not know are left out."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in body.items() if name in names}
    )
