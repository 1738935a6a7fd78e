"""Checks that found something -> what each means, on the page itself, with links to the documents of AWS behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from stackflight.model.finding import Finding
from stackflight.views.paper import escape

ABOUT_STYLE = """
.about { margin: 14px 0; overflow-wrap: anywhere; } .about h3 { margin: 0 0 4px; } .about p { margin: 4px 0; }
.about:target { outline: 3px solid var(--link); }
"""


class Told(Protocol):
    """What a check says of itself: `found_when` completes "found when …", `sources` are addresses of pages."""

    @property
    def found_when(self) -> str: ...
    @property
    def explains(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def sources(self) -> Sequence[str]: ...


def anchor(check: str) -> str:
    """Where the page speaks of a check."""
    return f"check-{check}"


def render_about(findings: Sequence[Finding], known: Mapping[str, Told]) -> Iterator[str]:
    """The checks of the findings in their order; rules that others keep say all that they say in their findings."""
    for id in dict.fromkeys(finding.check for finding in findings):
        if id in known:
            yield from _about(id, known[id])


def _about(id: str, check: Told) -> Iterator[str]:
    yield f'<article class="about" id="{anchor(id)}"><h3>{escape(id)}</h3>'
    yield f"<p>Found when {escape(check.found_when)}. {escape(check.explains)}</p>"
    links = ", ".join(f'<a href="{escape(address)}">{escape(_page(address))}</a>' for address in check.sources)
    said = f" By {links}." if links else ""
    yield f'<p class="quiet">Severity: {escape(check.severity)}.{said}</p></article>'


def _page(address: str) -> str:
    """The last two parts of an address without its scheme: as much as tells one page from another."""
    host, *parts = address.removeprefix("https://").rstrip("/").split("/")
    return "/".join(parts[-2:]).removesuffix(".html") or host
