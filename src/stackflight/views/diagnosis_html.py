"""Diagnosis -> one HTML page: the cause, what to do, what else failed, and the events that matter."""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.model.diagnosis import Diagnosis, Failure, Outcome
from stackflight.model.event import Event
from stackflight.views.commands import told_from_prose
from stackflight.views.diagnosis_text import headline
from stackflight.views.page import card, render_page
from stackflight.views.paper import escape, printable

_EVENTS = 400
_ROLES = {Outcome.FAILED: "bad", Outcome.HEALTHY: "good", Outcome.IN_PROGRESS: "", Outcome.CANNOT_TELL: ""}


def render_diagnosis(diagnosis: Diagnosis) -> str:
    """The page."""
    title = headline(diagnosis) or "Diagnosis"
    body = [
        f"<h1>{_text(title)}</h1>",
        f'<p class="quiet">{_text(" · ".join(part for part in (diagnosis.stack, diagnosis.status, diagnosis.source) if part))}</p>',
        f'<div class="cards">{"".join(_cards(diagnosis))}</div>',
        _trouble(diagnosis),
        _list("What to do", diagnosis.remedies),
        _list("How to verify", diagnosis.verify),
        _list("The stack", diagnosis.advice),
        _list("What is missing, and where it can be read", diagnosis.missing),
        _failures("Also failed", diagnosis.also_failed),
        _failures("Failed afterwards", diagnosis.later),
        f"<h2>Followed from it</h2><p>{_text(', '.join(diagnosis.cascade))}</p>" if diagnosis.cascade else "",
        _timeline(diagnosis.timeline),
    ]
    return render_page(title, "\n".join(("<main>", *(part for part in body if part), "</main>")))


def _cards(diagnosis: Diagnosis) -> Iterable[str]:
    yield card(diagnosis.outcome.value.replace("_", " "), "outcome", _ROLES[diagnosis.outcome])
    if diagnosis.cause is not None:
        yield card(diagnosis.cause.family, "family")
        yield card(diagnosis.confidence.value, "confidence")
    if diagnosis.outcome is Outcome.FAILED:
        yield card(diagnosis.retry.value, "does a retry help?")


def _trouble(diagnosis: Diagnosis) -> str:
    root = diagnosis.root
    said = f"<p><code>{_text(root.reason)}</code></p>" if root is not None and root.reason else ""
    evidence = "".join(
        f'<p class="quiet">{_text(one.kind.value)}: <code>{_text(one.text)}</code></p>'
        for one in diagnosis.evidence[1:6]
    )
    where = f"<p><b>{_text(root.resource)}</b> {_text(root.type)} {_text(root.time)}</p>" if root is not None else ""
    return f'<div class="trouble">{where}{said}<p>{_text(diagnosis.explanation)}</p>{evidence}</div>'


def _list(title: str, texts: Iterable[str]) -> str:
    rows = "".join(f"<li>{_with_code(text)}</li>" for text in texts)
    return f"<h2>{escape(title)}</h2><ul>{rows}</ul>" if rows else ""


def _with_code(text: str) -> str:
    return "".join(
        f"<code>{_text(part)}</code>" if is_command else _text(part) for part, is_command in told_from_prose(text)
    )


def _failures(title: str, failures: tuple[Failure, ...]) -> str:
    rows = "".join(
        f"<tr><td>{_text(one.resource)}</td><td>{_text(one.type)}</td><td><code>{_text(one.reason or one.status)}</code></td>"
        f"<td>{_text(one.cause)}</td></tr>"
        for one in failures
    )
    return f"<h2>{escape(title)}</h2><table>{rows}</table>" if rows else ""


def _timeline(events: tuple[Event, ...]) -> str:
    rows = "".join(
        f'<tr><td class="status">{_text(one.status)}</td><td>{_text(one.resource)}</td><td>{_text(one.type)}</td><td>{_text(one.reason)}</td></tr>'
        for one in events[:_EVENTS]
    )
    return f"<details><summary>The events</summary><table>{rows}</table></details>" if rows else ""


def _text(text: str) -> str:
    return escape(printable(text))
