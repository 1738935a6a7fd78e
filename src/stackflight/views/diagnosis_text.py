"""Diagnosis -> text for people: the cause first, then what to do, what else failed, and the timeline. It fits one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stackflight.model.diagnosis import Diagnosis, Failure, Outcome
from stackflight.records import dataclass
from stackflight.views.paper import Paper, count

_LABEL = 10


@dataclass(frozen=True)
class _Room:
    """How much is shown of each part: letters of the reason, entries of each list, letters of the explanation and of each
    text in a list."""

    reason: int = 420
    remedies: int = 4
    verify: int = 2
    advice: int = 4
    missing: int = 3
    also: int = 4
    seen: int = 2
    quiet: bool = True
    why: int = 2000
    told: int = 2000


# From all there is to what fits the smallest screen; the cause and what to do are never left out.
_ROOMS = (
    _Room(),
    _Room(320, 4, 1, 3, 2, 3, 2),
    _Room(260, 3, 1, 2, 1, 2, 1),
    _Room(200, 2, 1, 2, 1, 1, 1, quiet=False),
    _Room(160, 2, 0, 1, 1, 1, 0, quiet=False),
    _Room(120, 1, 0, 1, 1, 1, 0, quiet=False, why=260, told=160),
    _Room(80, 1, 0, 0, 1, 0, 0, quiet=False, why=140, told=140),
)
_WORDS = {
    Outcome.FAILED: ("failed", "blocking"),
    Outcome.HEALTHY: ("healthy", "good"),
    Outcome.IN_PROGRESS: ("in progress", "note"),
    Outcome.CANNOT_TELL: ("cannot tell", "warning"),
}


def render_diagnosis(diagnosis: Diagnosis, paper: Paper, rows: int | None = None) -> str:
    """One screen of so many rows, where it is known how many there are: then the least is left out that has to be."""
    for room in _ROOMS:
        text = _rendered(diagnosis, paper, room)
        if rows is None or text.count("\n") + 1 < rows:
            break
    return text


def _rendered(diagnosis: Diagnosis, paper: Paper, room: _Room) -> str:
    blocks = [
        list(_head(diagnosis, paper)),
        list(_why(diagnosis, paper, room)),
        list(_what_to_do(diagnosis, paper, room)),
        list(_others(diagnosis, paper, room)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def headline(diagnosis: Diagnosis) -> str:
    """What failed and why, in a few words."""
    root, cause = diagnosis.root, diagnosis.cause
    name = (
        (f"{root.resource} ({root.type.removeprefix('AWS::')})" if root.type else root.resource)
        if root and root.resource
        else ""
    )
    if cause is not None:
        return f"{name}: {cause.title}" if name else cause.title
    return name or diagnosis.stack or diagnosis.source


def _head(diagnosis: Diagnosis, paper: Paper) -> Iterator[str]:
    word, role = _WORDS[diagnosis.outcome]
    yield from paper.labelled(
        word, headline(diagnosis), indent=max(_LABEL, len(word) + 2), role=role, text_role="title"
    )
    facts = [diagnosis.stack, diagnosis.status]
    if diagnosis.root is not None and diagnosis.root.time:
        facts.append(diagnosis.root.time)
    if diagnosis.cause is not None:
        facts += [f"{diagnosis.cause.id} ({diagnosis.cause.family})", f"confidence {diagnosis.confidence.value}"]
    yield from (
        paper.labelled("", paper.dot.join(fact for fact in facts if fact), indent=_LABEL, text_role="quiet")
        if any(facts)
        else ()
    )


def _why(diagnosis: Diagnosis, paper: Paper, room: _Room) -> Iterator[str]:
    if diagnosis.root is not None and diagnosis.root.reason:
        yield from paper.labelled("says", _cut(diagnosis.root.reason, room.reason), indent=_LABEL)
    if diagnosis.explanation:
        yield from paper.labelled(
            "because" if diagnosis.cause else "so", _cut(diagnosis.explanation, room.why), indent=_LABEL
        )
    for one in diagnosis.evidence[1 : 1 + room.seen]:
        yield from paper.labelled("seen", f"{one.kind.value}: {_cut(one.text, min(200, room.reason))}", indent=_LABEL)
    if diagnosis.alternatives and room.quiet:
        yield from paper.labelled(
            "or",
            "; ".join(f"{one.title} ({one.id})" for one in diagnosis.alternatives[:2]),
            indent=_LABEL,
            text_role="quiet",
        )


def _what_to_do(diagnosis: Diagnosis, paper: Paper, room: _Room) -> Iterator[str]:
    yield from _list("fix", diagnosis.remedies[: room.remedies], paper, room)
    yield from _list("verify", diagnosis.verify[: room.verify], paper, room)
    yield from _list("stack", diagnosis.advice[: room.advice], paper, room)
    yield from _list("missing", diagnosis.missing[: room.missing], paper, room)
    if diagnosis.outcome is Outcome.FAILED:
        why = f", {diagnosis.retry_why}" if diagnosis.retry_why else ""
        yield from paper.labelled("retry", f"{diagnosis.retry.value}{why}", indent=_LABEL)


def _list(label: str, texts: Iterable[str], paper: Paper, room: _Room) -> Iterator[str]:
    for number, text in enumerate(texts):
        shown = text if len(text) <= room.told else _cut(text, room.told)
        yield from paper.labelled(label if number == 0 else "", shown, indent=_LABEL)


def _others(diagnosis: Diagnosis, paper: Paper, room: _Room) -> Iterator[str]:
    yield from _failures("also", diagnosis.also_failed, paper, room)
    yield from _failures("later", diagnosis.later, paper, room)
    if not room.quiet:
        return
    if diagnosis.cascade:
        shown = ", ".join(diagnosis.cascade[:4]) + (
            f" and {len(diagnosis.cascade) - 4} more" if len(diagnosis.cascade) > 4 else ""
        )
        yield from paper.labelled(
            "followed", f"{count(len(diagnosis.cascade), 'resource')}: {shown}", indent=_LABEL, text_role="quiet"
        )
    for note in diagnosis.notes:
        yield from paper.labelled("note", note, indent=_LABEL, text_role="quiet")


def _failures(label: str, failures: tuple[Failure, ...], paper: Paper, room: _Room) -> Iterator[str]:
    most = room.also
    for number, one in enumerate(failures[:most]):
        cause = f" [{one.cause}]" if one.cause else ""
        told = _cut(one.reason, min(160, room.told)) or one.status
        yield from paper.labelled(label if number == 0 else "", f"{one.resource}: {told}{cause}", indent=_LABEL)
    if len(failures) > most:
        more = f"and {len(failures) - most} more" if most else count(len(failures), "other resource")
        yield from paper.labelled("" if most else label, more, indent=_LABEL, text_role="quiet")


def _cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
