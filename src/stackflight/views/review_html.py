"""CheckReport and Rehearsal -> one HTML page that needs nothing else: what was read, who reaches what, findings, timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.estimate import Rehearsal
from stackflight.model.finding import Severity, Verdict
from stackflight.model.report import CheckReport
from stackflight.views.findings_html import FINDINGS_STYLE, count_severities, render_findings
from stackflight.views.names import read_names, retitle
from stackflight.views.page import card, render_page
from stackflight.views.paper import Paper, clock_text, count, escape
from stackflight.views.picture import PICTURE_SCRIPT, PICTURE_STYLE, render_picture
from stackflight.views.rehearsal_html import CHART_SCRIPT, CHART_STYLE, outcome_card, render_figures, render_sections
from stackflight.views.ways import Party, Way, find_parties

_PAPER = Paper()
_STYLE = """
td.who { width: 30%; } .ways { margin: 0; padding: 0; list-style: none; } .ways li { padding: 1px 0 1px 20px; text-indent: -20px; }
.ways li b { display: inline-block; width: 20px; text-indent: 0; font-weight: 700; } .ways .yes b { color: var(--good); }
.ways .trail { display: flex; flex-wrap: wrap; gap: 4px 0; margin: 2px 0 6px; padding: 0; list-style: none; font-size: 12px; }
.ways .trail li { text-indent: 0; padding: 1px 7px; border: 1px solid var(--line); border-radius: 6px; }
.ways .trail li + li { margin-left: 18px; position: relative; } .ways .trail li + li::before { content: "→"; position: absolute; left: -16px; color: var(--quiet); }
.ways .trail .hop-passes { border-color: var(--good); } .ways .trail .hop-blocks { border-color: var(--bad); color: var(--bad); }
.ways .trail .hop-unknown { border-style: dashed; }
.ways .no b, .ways .no i { color: var(--bad); } .ways .intermittent b { color: var(--path); } .ways i { color: var(--quiet); }
"""


def render_review(report: CheckReport, rehearsal: Rehearsal) -> str:
    """The page of a review."""
    rename = read_names(report.world)
    rehearsal = retitle(rehearsal, rename)
    parties = find_parties(report.reaches, rename)
    title = f"Review of {report.target}"
    body = [
        f"<h1>{escape(title)}</h1>",
        *_cards(report, rehearsal),
        *render_findings(report, rename),
        *_reaches(parties),
        *_read(report),
        "<h2>Rehearsal</h2>",
        *render_figures(rehearsal),
        *render_sections(rehearsal),
    ]
    style = FINDINGS_STYLE + PICTURE_STYLE + CHART_STYLE + _STYLE
    return render_page(title, "\n".join(body), style, PICTURE_SCRIPT * bool(report.reaches) + CHART_SCRIPT)


def _cards(report: CheckReport, rehearsal: Rehearsal) -> Iterator[str]:
    resources = count(len(report.world.resources), "resource")
    yield f'<p class="quiet">{count(len(report.world.stacks), "stack")}, {resources}. Nothing was deployed.</p>'
    yield '<div class="cards">'
    found = count_severities(report)
    blocking = found[Severity.BLOCKING]
    yield card(str(blocking) if blocking else "none", "blocking findings", "bad" if blocking else "good")
    for severity in (Severity.WARNING, Severity.NOTE):
        if found[severity]:
            yield card(str(found[severity]), f"{severity}s")
    reached = sum(reach.verdict is Verdict.YES for reach in report.reaches)
    if report.reaches:
        yield card(f"{reached} of {len(report.reaches)}", "needs are reached")
    if report.questions:
        yield card(str(len(report.questions)), "open questions")
    yield outcome_card(rehearsal, "rehearsed")
    yield card(clock_text(rehearsal.estimate.p90), "nine of ten deployments within")
    yield "</div>"


def _reaches(parties: Sequence[Party]) -> Iterator[str]:
    if not parties:
        return
    yield "<h2>Who must reach what, and how each goes</h2>"
    yield from render_picture(parties)
    yield "<table><tr><th>Workload</th><th>Way, and what is reached by it</th></tr>"
    for party in parties:
        members = "<br>".join(
            f"{escape(title)} <span class=quiet>{escape(kind)}</span>" for title, kind in party.members
        )
        ways = "".join(_way(way) for way in party.ways)
        yield f'<tr><td class="who">{members}</td><td><ul class="ways">{ways}</ul></td></tr>'
    yield "</table>"


def _way(way: Way) -> str:
    tip = f' data-tip="{escape(chr(10).join(way.stations))}"' if len(way.stations) > 1 else ""
    wishes = ", ".join(wish.text for wish in way.wishes)
    head = f"<b>{_PAPER.mark(way.verdict)}</b><i{tip}>{escape(way.text)}:</i> {escape(wishes)}"
    return f'<li class="{way.verdict}">{head}{_because(way)}{_trail(way)}</li>'


def _because(way: Way) -> str:
    """Why the targets are needed, beside them; four reasons are enough to see what kind they are of."""
    shown = [*way.because[:4], *([f"and {len(way.because) - 4} more"] if len(way.because) > 4 else [])]
    return f' <small class="quiet">because {escape("; ".join(shown))}</small>' if shown else ""


def _trail(way: Way) -> str:
    """The hops of the way as a row of boxes, joined by arrows; hovering tells why each passes or does not."""
    steps = "".join(
        f'<li class="hop-{step.verdict}" data-tip="{escape(step.why)}">{escape(step.at)}</li>' for step in way.trail
    )
    return f'<ol class="trail">{steps}</ol>' if len(way.trail) > 1 else ""


def _read(report: CheckReport) -> Iterator[str]:
    yield "<h2>What was read</h2><table><tr><th>Stack</th><th>File</th><th>Region</th><th>Resources</th></tr>"
    for stack in report.world.stacks:
        cells = (stack.name, stack.template.file, stack.environment.region or "any", str(len(stack.resources)))
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</table>"
