"""Diagnosis -> Markdown, for an issue or a chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stackflight.model.diagnosis import Diagnosis, Failure, Outcome
from stackflight.views.commands import told_from_prose
from stackflight.views.diagnosis_text import headline

_CUT = 1200


def render_diagnosis(diagnosis: Diagnosis) -> str:
    """The whole diagnosis."""
    blocks = [
        f"### {_title(diagnosis)}",
        _facts(diagnosis),
        f"```text\n{_fenced(diagnosis.root.reason)}\n```" if diagnosis.root and diagnosis.root.reason else "",
        _plain(diagnosis.explanation),
        _list("What to do", diagnosis.remedies),
        _list("How to verify", diagnosis.verify),
        _list("The stack", diagnosis.advice),
        _list("What is missing", diagnosis.missing),
        _failures("Also failed", diagnosis.also_failed),
        _failures("Failed afterwards", diagnosis.later),
        f"Followed from it: {', '.join(map(_code, diagnosis.cascade[:30]))}" if diagnosis.cascade else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def _title(diagnosis: Diagnosis) -> str:
    word = {
        Outcome.FAILED: "Failed",
        Outcome.HEALTHY: "Healthy",
        Outcome.IN_PROGRESS: "In progress",
        Outcome.CANNOT_TELL: "Cannot tell",
    }[diagnosis.outcome]
    return _plain(f"{word}: {headline(diagnosis)}")


def _facts(diagnosis: Diagnosis) -> str:
    facts = [("stack", diagnosis.stack), ("status", diagnosis.status)]
    if diagnosis.root is not None:
        facts += [("time", diagnosis.root.time)]
    if diagnosis.cause is not None:
        facts += [
            ("cause", diagnosis.cause.id),
            ("family", diagnosis.cause.family),
            ("confidence", diagnosis.confidence.value),
        ]
    if diagnosis.outcome is Outcome.FAILED:
        facts += [("retry", diagnosis.retry.value)]
    return " · ".join(f"{name} {_code(value)}" for name, value in facts if value)


def _list(title: str, texts: Iterable[str]) -> str:
    lines = [f"* {_with_code(text)}" for text in texts]
    return f"**{title}**\n\n" + "\n".join(lines) if lines else ""


def _with_code(text: str) -> str:
    return "".join(
        _code(part) if is_command else _plain(part, ends=True)
        for part, is_command in told_from_prose(" ".join(text.split()))
    )


def _failures(title: str, failures: tuple[Failure, ...]) -> str:
    return _list(title, _told(failures))


def _told(failures: tuple[Failure, ...]) -> Iterator[str]:
    for one in failures[:20]:
        yield f"{one.resource}: {one.reason[:400] or one.status}{' [' + one.cause + ']' if one.cause else ''}"


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"


def _fenced(text: str) -> str:
    return text[:_CUT].replace("```", "'''")


def _plain(text: str, ends: bool = False) -> str:
    """The text on one line, so that nothing in it makes a heading, a mention or a link; with `ends` the blanks at its ends are kept."""
    text = text if ends else " ".join(text.split())
    for char in "\\<>*_#|[]":
        text = text.replace(char, "\\" + char)
    return text.replace("@", "@\u200b").replace("`", "'")
