"""Diagnosis -> text for people: the cause first, then what to do, what else failed, and the timeline. It fits one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stackflight.model.diagnosis import Diagnosis, Failure, Outcome
from stackflight.views.paper import Paper, count

_LABEL = 10
_LONGEST = 420
_ALSO = 4
_WORDS = {
    Outcome.FAILED: ("failed", "blocking"),
    Outcome.HEALTHY: ("healthy", "good"),
    Outcome.IN_PROGRESS: ("in progress", "note"),
    Outcome.CANNOT_TELL: ("cannot tell", "warning"),
}


def render_diagnosis(diagnosis: Diagnosis, paper: Paper) -> str:
    """One screen."""
    blocks = [
        list(_head(diagnosis, paper)),
        list(_why(diagnosis, paper)),
        list(_what_to_do(diagnosis, paper)),
        list(_others(diagnosis, paper)),
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


def _why(diagnosis: Diagnosis, paper: Paper) -> Iterator[str]:
    if diagnosis.root is not None and diagnosis.root.reason:
        yield from paper.labelled("says", _cut(diagnosis.root.reason), indent=_LABEL)
    if diagnosis.explanation:
        yield from paper.labelled("because" if diagnosis.cause else "so", diagnosis.explanation, indent=_LABEL)
    for one in diagnosis.evidence[1:3]:
        yield from paper.labelled("seen", f"{one.kind.value}: {_cut(one.text, 200)}", indent=_LABEL)
    if diagnosis.alternatives:
        yield from paper.labelled(
            "or",
            "; ".join(f"{one.title} ({one.id})" for one in diagnosis.alternatives[:2]),
            indent=_LABEL,
            text_role="quiet",
        )


def _what_to_do(diagnosis: Diagnosis, paper: Paper) -> Iterator[str]:
    yield from _list("fix", diagnosis.remedies[:4], paper)
    yield from _list("verify", diagnosis.verify[:2], paper)
    yield from _list("stack", diagnosis.advice[:3], paper)
    yield from _list("missing", diagnosis.missing[:3], paper)
    if diagnosis.outcome is Outcome.FAILED:
        why = f", {diagnosis.retry_why}" if diagnosis.retry_why else ""
        yield from paper.labelled("retry", f"{diagnosis.retry.value}{why}", indent=_LABEL)


def _list(label: str, texts: Iterable[str], paper: Paper) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield from paper.labelled(label if number == 0 else "", text, indent=_LABEL)


def _others(diagnosis: Diagnosis, paper: Paper) -> Iterator[str]:
    yield from _failures("also", diagnosis.also_failed, paper)
    yield from _failures("later", diagnosis.later, paper)
    if diagnosis.cascade:
        shown = ", ".join(diagnosis.cascade[:4]) + (
            f" and {len(diagnosis.cascade) - 4} more" if len(diagnosis.cascade) > 4 else ""
        )
        yield from paper.labelled(
            "followed", f"{count(len(diagnosis.cascade), 'resource')}: {shown}", indent=_LABEL, text_role="quiet"
        )
    for note in diagnosis.notes:
        yield from paper.labelled("note", note, indent=_LABEL, text_role="quiet")


def _failures(label: str, failures: tuple[Failure, ...], paper: Paper) -> Iterator[str]:
    for number, one in enumerate(failures[:_ALSO]):
        cause = f" [{one.cause}]" if one.cause else ""
        yield from paper.labelled(
            label if number == 0 else "", f"{one.resource}: {_cut(one.reason, 160) or one.status}{cause}", indent=_LABEL
        )
    if len(failures) > _ALSO:
        yield from paper.labelled("", f"and {len(failures) - _ALSO} more", indent=_LABEL, text_role="quiet")


def _cut(text: str, longest: int = _LONGEST) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
