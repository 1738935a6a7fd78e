"""What services say of a failure -> kept with the run, free of secrets, raw answers too, and at hand for its diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.moment import Said
from stackflight.model.redaction import Redactor
from stackflight.model.run import Note
from stackflight.ports import Clock, Ledger, View, Witnesses

_WAITS = "CloudFormation waits up to an hour for one, then again on the way back"
"""Source: CloudFormation User Guide, custom resources, ServiceTimeout."""


@dataclass
class Testimony:
    """The evidence of one run. Without `witnesses` nobody is asked."""

    run: str
    ledger: Ledger
    view: View
    clock: Clock
    redactor: Redactor
    witnesses: Witnesses | None = None
    evidence: list[Evidence] = field(default_factory=list)

    def begin(self, event: Event) -> None:
        """Ask about a failed resource, beside everything else."""
        if self.witnesses is not None:
            self.witnesses.start(event)

    def heed(self, events: Sequence[Event]) -> None:
        """Take what is new, and keep what has come in."""
        if self.witnesses is not None:
            self.witnesses.heed(events)
            self._keep(self.witnesses.collect())

    def finish(self) -> None:
        """Keep what is still to come, for a short while."""
        if self.witnesses is not None:
            self._keep(self.witnesses.finish())

    def _keep(self, evidence: Sequence[Evidence]) -> None:
        """On disk, and free of secrets, before anything else is made of it."""
        clean = [replace(one, text=self.redactor.text(one.text)) for one in evidence]
        self.evidence += clean
        for one in clean:
            if one.kind is EvidenceKind.CUSTOM_RESOURCE:
                self.view.show(Said(f"{one.resource}: {one.text}; {_WAITS}", "blocking"))
        if clean:
            body = {"evidence": [{"kind": one.kind.value, "resource": one.resource, "where": one.where, "text": one.text,
                                  "time": one.time} for one in clean]}  # fmt: skip
            self.ledger.note(self.run, Note(self.clock.now(), "evidence", body))
        for answer in self.witnesses.answers() if self.witnesses is not None else ():
            said = {"service": answer.service, "call": answer.call, "asked": answer.asked, "answer": answer.body}
            self.ledger.note(self.run, Note(self.clock.now(), "answer", self.redactor.data(said)))


def evidence_in(notes: Iterable[Note]) -> list[Evidence]:
    """What services said while a run was followed, as it was kept with it."""
    lists = [note.body.get("evidence") for note in notes if note.kind == "evidence"]
    kept = [one for given in lists if isinstance(given, list) for one in given]
    return [
        Evidence(EvidenceKind(one["kind"]), str(one["text"]), str(one["resource"]), str(one["where"]), one["time"])
        for one in kept
        if one.get("kind") in set(EvidenceKind)
    ]


def verify_running(
    stacks: Iterable[str], verify: Callable[[str], Sequence[str]], run: str, ledger: Ledger, view: View, clock: Clock
) -> bool:
    """Whether what runs is what was deployed, asked of stacks by their ARN; what differs is said and kept."""
    found = [text for stack in stacks for text in verify(stack)]
    for text in found:
        view.show(Said(text, "blocking"))
    if found:
        ledger.note(run, Note(clock.now(), "difference", {"found": found}))
    return not found
