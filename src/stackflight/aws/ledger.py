"""The `Ledger` port over a ledger of this machine and a bucket that everybody reads: what is kept here lies there too.

Each machine writes an object of its own for each run, whole every time and in one request, so that nobody overwrites anybody
and what could not be written is in the next one. It is made of what this machine's ledger has, which is free of secrets. The
bucket may be out of reach: then that is said once, and nothing is delayed or lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from stackflight.aws.refusals import translated
from stackflight.errors import StackflightError
from stackflight.model.event import Event
from stackflight.model.run import Note, Run
from stackflight.ports import Ledger

_LISTED = 50
"""So many runs of others are listed, the newest; each is a request."""


class SharedLedger:
    """`place` is account and Region, `writer` tells this machine's ledger from others, `complain` is told once what goes wrong."""

    def __init__(
        self, local: Ledger, client: Callable[[], Any], bucket: str, place: str, writer: str, complain: Callable[[str], None]
    ) -> None:  # fmt: skip
        self._local = local
        self._client = client
        self._bucket = bucket
        self._root = f"stackflight/runs/{place}/"
        self._writer = writer
        self._complain = complain
        self._complained = False

    def save(self, run: Run) -> None:
        """Enter a run, or what has changed of it."""
        self._local.save(run)
        self._send(run.id)

    def record(self, run: str, events: Sequence[Event]) -> None:
        """Append events to a run; those that it has already are kept once."""
        self._local.record(run, events)
        if events:
            self._send(run)

    def note(self, run: str, note: Note) -> None:
        """Keep something else with a run."""
        self._local.note(run, note)
        self._send(run)

    def runs(self, stack: str = "") -> Sequence[Run]:
        """All runs of this machine and the newest of others, or those of a stack, newest first."""
        found = {run.id: run for run in self._local.runs()}
        for id in sorted(self._ids() - found.keys(), reverse=True)[:_LISTED]:
            run = self.run(id)
            if run is not None:
                found[id] = run
        ordered = sorted(found.values(), key=lambda run: (run.started, run.id), reverse=True)
        return [run for run in ordered if not stack or stack in run.stacks]

    def run(self, id: str) -> Run | None:
        """One run. One that is not over may be over by now for whoever has it."""
        ours = self._local.run(id)
        if ours is not None and ours.over:
            return ours
        told = [read(Run, part["run"]) for part in self._parts(id) if part.get("run")]
        return next((run for run in told if run.over), told[0] if ours is None and told else ours)

    def events(self, run: str) -> Sequence[Event]:
        """The events of a run, those of others too, each once, in the order of their time."""
        found = {(event.stack, event.id): event for event in self._local.events(run)}
        if self._is_open(run):
            for part in self._parts(run):
                for event in (read(Event, body) for body in part.get("events", ())):
                    found.setdefault((event.stack, event.id), event)
        return sorted(found.values(), key=lambda event: event.time)

    def notes(self, run: str) -> Sequence[Note]:
        """What else is kept with a run, oldest first."""
        ours = list(self._local.notes(run))
        if ours or not self._is_open(run):
            return ours
        told = [read(Note, body) for part in self._parts(run) for body in part.get("notes", ())]
        return sorted(told, key=lambda note: note.time)

    def _is_open(self, run: str) -> bool:
        """Whether others may know more of it than this machine."""
        ours = self._local.run(run)
        return ours is None or not ours.over

    def _send(self, run: str) -> None:
        entry = self._local.run(run)
        body = {
            "run": asdict(entry) if entry is not None else None,
            "events": [asdict(event) for event in self._local.events(run)],
            "notes": [asdict(note) for note in self._local.notes(run)],
        }
        try:
            with translated():
                key = f"{self._root}{run}/{self._writer}.json"
                self._client().put_object(Bucket=self._bucket, Key=key, Body=json.dumps(body).encode())
        except StackflightError as error:
            self._tell(
                f"the ledger in s3://{self._bucket} cannot be written: {error.message}; it is kept on this machine"
            )

    def _parts(self, run: str) -> list[Mapping[str, Any]]:
        """What others have written of a run; nothing where the bucket is out of reach."""
        try:
            with translated():
                keys = [key for key in self._keys(f"{self._root}{run}/") if not key.endswith(f"/{self._writer}.json")]
                return [self._get(key) for key in keys]
        except (StackflightError, ValueError) as error:
            self._tell(f"the ledger in s3://{self._bucket} cannot be read: {error}")
            return []

    def _ids(self) -> set[str]:
        try:
            with translated():
                pages = self._client().get_paginator("list_objects_v2")
                found = pages.paginate(Bucket=self._bucket, Prefix=f"{self._root}r-", Delimiter="/")
                return {one["Prefix"].split("/")[-2] for page in found for one in page.get("CommonPrefixes", ())}
        except StackflightError as error:
            self._tell(f"the ledger in s3://{self._bucket} cannot be read: {error.message}")
            return set()

    def _keys(self, prefix: str) -> Iterator[str]:
        for page in self._client().get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (one["Key"] for one in page.get("Contents", ()))

    def _get(self, key: str) -> Mapping[str, Any]:
        body = json.loads(self._client().get_object(Bucket=self._bucket, Key=key)["Body"].read())
        return body if isinstance(body, dict) else {}

    def _tell(self, text: str) -> None:
        if not self._complained:
            self._complained = True
            self._complain(text)


def read(kind: Callable[..., Any], body: Mapping[str, Any]) -> Any:
    """The noun again; fields that this version does not know are left out."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    known = {name: value for name, value in body.items() if name in names}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()})
