"""What services say of a failure -> kept with the run, free of secrets, raw answers too, and at hand for its diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.moment import Said
from stackflight.model.run import Note
from stackflight.operate.lookout import Lookout
from stackflight.ports import Witnesses

_WAITS = "CloudFormation waits up to an hour for one, then again on the way back"
"""Source: CloudFormation User Guide, custom resources, ServiceTimeout."""


@dataclass
class Testimony:
    """The evidence of one run. Without `witnesses` nobody is asked."""

    run: str
    lookout: Lookout
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

    def verify(self, stacks: Iterable[str]) -> bool:
        """Whether what runs is what was deployed, asked of stacks by their ARN; what differs is said and kept."""
        found = [text for stack in stacks for text in self.lookout.verify(stack)]
        for text in found:
            self.lookout.view.show(Said(text, "blocking"))
        if found:
            self._note("difference", {"found": found})
        return not found

    def _keep(self, evidence: Sequence[Evidence]) -> None:
        """On disk, and free of secrets, before anything else is made of it."""
        redactor = self.lookout.redactor
        clean = [replace(one, text=redactor.text(one.text)) for one in evidence]
        self.evidence += clean
        for one in clean:
            if one.kind is EvidenceKind.CUSTOM_RESOURCE:
                self.lookout.view.show(Said(f"{one.resource}: {one.text}; {_WAITS}", "blocking"))
        if clean:
            self._note("evidence", {"evidence": [{"kind": one.kind.value, "resource": one.resource, "where": one.where,
                                                  "text": one.text, "time": one.time} for one in clean]})  # fmt: skip
        for answer in self.witnesses.answers() if self.witnesses is not None else ():
            said = {"service": answer.service, "call": answer.call, "asked": answer.asked, "answer": answer.body}
            self._note("answer", redactor.data(said))

    def _note(self, kind: str, body: Mapping[str, object]) -> None:
        self.lookout.ledger.note(self.run, Note(self.lookout.clock.now(), kind, body))


def evidence_in(notes: Iterable[Note]) -> list[Evidence]:
    """What services said while a run was followed, as it was kept with it."""
    lists = [note.body.get("evidence") for note in notes if note.kind == "evidence"]
    kept = [one for given in lists if isinstance(given, list) for one in given]
    return [
        Evidence(EvidenceKind(one["kind"]), str(one["text"]), str(one["resource"]), str(one["where"]), one["time"])
        for one in kept
        if one.get("kind") in set(EvidenceKind)
    ]
