"""The verbs `checks` and `explain`: what is checked, and the page of one check in the terminal."""

from __future__ import annotations

from argparse import Namespace
from importlib.resources import files
from pathlib import Path

import stackflight
from stackflight.check.check import Check
from stackflight.cli.arguments import Option, Verb, near
from stackflight.cli.judging import FORMAT, OUTPUT
from stackflight.cli.screen import read_paper
from stackflight.cli.writers import deliver
from stackflight.errors import WrongUsage
from stackflight.ports import Clock

_STANDARD = ("standard/", "preflight/")


def _checks(asked: Namespace, clock: Clock) -> int:  # noqa: ARG001 -- every verb is called alike
    """List all checks, or those that speak of a word, family by family. Raises WrongUsage where none does."""
    from stackflight.check.registry import family_of
    from stackflight.operate.known_checks import known_checks
    from stackflight.views import checks as view

    word = asked.word.lower()
    rows = [
        (id, family_of(check), check.found_when, check.severity)
        for id, check in known_checks().items()
        if word in " ".join((id, family_of(check), check.found_when, *check.about)).lower()
    ]
    if not rows:
        raise WrongUsage(f"no check speaks of {asked.word}", hint="stackflight checks lists all of them")
    families = list(dict.fromkeys(row[1] for row in rows))
    rows.sort(key=lambda row: families.index(row[1]))
    as_json = asked.format == "json"
    deliver(asked.output, lambda: view.render_list_json(rows) if as_json else view.render_list(rows, read_paper()))
    return 0


def _explain(asked: Namespace, clock: Clock) -> int:  # noqa: ARG001 -- every verb is called alike
    """Show the page of one check."""
    from stackflight.views import checks as view

    page = _read_page(asked.check)
    as_json = asked.format == "json"
    deliver(
        asked.output,
        lambda: view.render_page_json(asked.check, page) if as_json else view.render_page(page, read_paper()),
    )
    return 0


_GUIDES = {"account": "guides"}
"""Pages that are about no check, and their folders below docs."""


def _read_page(id: str) -> str:
    if id in _GUIDES and (guide := _stored(id, _GUIDES[id])) is not None:
        return guide
    if id.startswith(_STANDARD):
        from stackflight.check.foreign import tell_rule

        told = "\n".join(f"* {sentence}" for sentence in tell_rule(id))
        return f"# {id}\n\n{told}\n\n{_stored('standard') or ''}"
    from stackflight.operate.known_checks import known_checks

    known = known_checks()
    if id not in known:
        raise WrongUsage(f"there is no check {id}", hint=near(id, list(known), "stackflight checks lists them"))
    return _stored(id) or _plain(known[id])


def _stored(name: str, folder: str = "reference/checks") -> str | None:
    """A page that came with the package, or that of the clone in which the package lies."""
    inside = files("stackflight").joinpath("pages", f"{name}.md")
    if inside.is_file():
        return inside.read_text(encoding="utf-8")
    beside = Path(stackflight.__file__).parents[2] / "docs" / folder / f"{name}.md"
    return beside.read_text(encoding="utf-8") if beside.is_file() else None


def _plain(check: Check) -> str:
    """What a check says of itself, where its page is not at hand."""
    blocks = [f"# {check.id}", f"Found when {check.found_when}.", *check.about, f"**Severity:** {check.severity}."]
    return "\n\n".join(blocks)


CHECKS = Verb(
    "checks",
    "List all checks with their families and severities.",
    "The rules of cloudformation-validate stand beside them as standard/RULE.",
    Option("word", "Only the checks that speak of it, for example cognito.", "WORD", optional=True),
    (FORMAT, OUTPUT),
    _checks,
)
EXPLAIN = Verb(
    "explain",
    "Explain a check: when it is found, how it is proved, an example and its cure.",
    "'explain account' says how to take a snapshot of a network that exists already.",
    Option("check", "The id that stands at a finding, for example database-unreachable.", "CHECK"),
    (FORMAT, OUTPUT),
    _explain,
)
