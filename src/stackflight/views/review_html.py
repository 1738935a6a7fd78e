"""CheckReport, Rehearsal and Bill -> one HTML page that needs nothing else: verdict, network, findings, price, timeline, questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, Template
from markupsafe import Markup

from stackflight.model.bill import Bill
from stackflight.model.estimate import Rehearsal
from stackflight.model.finding import Phase, Severity, Verdict
from stackflight.model.report import CheckReport
from stackflight.records import dataclass
from stackflight.views.about_html import ABOUT_STYLE, Told, render_about
from stackflight.views.findings_html import (
    FINDINGS_STYLE,
    count_severities,
    render_findings,
    render_ignored,
    render_questions,
)
from stackflight.views.map_content import Line, Map, draw_map
from stackflight.views.map_crowds import gather_crowds
from stackflight.views.map_svg import MAP_STYLE, blocked_lines, least_width, render_svg
from stackflight.views.names import read_names, retitle
from stackflight.views.page import card, render_page
from stackflight.views.paper import Paper, breakable, clock_text, count, escape
from stackflight.views.price_html import PRICE_STYLE, render_price
from stackflight.views.price_text import money
from stackflight.views.rehearsal_html import CHART_SCRIPT, CHART_STYLE, outcome_card, render_figures, render_sections
from stackflight.views.ways import Party, Way, enumerate_names, find_parties

_PAPER = Paper()
_UNFOLDED = 12
"""So many rows of workloads without trouble are read; more of them are folded."""
_STYLE = """
td.who { width: 30%; } .ways { margin: 0; padding: 0; list-style: none; } .ways li { padding: 1px 0 1px 20px; text-indent: -20px; }
.ways li b { display: inline-block; width: 20px; text-indent: 0; font-weight: 700; } .ways .yes b { color: var(--good); }
.ways .trail { display: flex; flex-wrap: wrap; gap: 4px 0; margin: 2px 0 6px; padding: 0; list-style: none; font-size: 12px; }
.ways .trail li { text-indent: 0; padding: 1px 7px; border: 1px solid var(--line); border-radius: 6px; }
.ways .trail li + li { margin-left: 18px; position: relative; } .ways .trail li + li::before { content: "→"; position: absolute; left: -16px; color: var(--quiet); }
.ways .trail .hop-passes { border-color: var(--good); } .ways .trail .hop-blocks { border-color: var(--bad); color: var(--bad); }
.ways .trail .hop-unknown { border-style: dashed; }
.ways .no b, .ways .no i { color: var(--bad); } .ways .intermittent b { color: var(--warn); } .ways i { color: var(--quiet); }
.verdict { font-size: 17px; margin: 8px 0; padding: 10px 14px; border-left: 6px solid var(--good); background: var(--soft); border-radius: 6px; color: var(--ink); }
.verdict.bad { border-left-color: var(--bad); } .verdict.open { border-left-color: var(--path); }
nav ul { display: flex; flex-wrap: wrap; gap: 6px 18px; list-style: none; padding: 0; margin: 12px 0; } a { color: var(--link); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; padding: 10px; } .sideways, .touch { display: none; }
@media (hover: none) { .touch { display: inline; } .hover { display: none; } }
.scroll:focus-visible { outline: 2px solid var(--ink); } .blocked li { margin: 3px 0; }
section { scroll-margin-top: 8px; } article:target { outline: 3px solid var(--link); } h3 { font-size: 14px; margin: 18px 0 6px; }
@media print { .scroll { overflow: visible; border: 0; padding: 0; } .scroll .map { min-width: 0 !important; } .sideways, .hint { display: none !important; } nav { display: none; }
  .map .way { opacity: .6 !important; } .purpose::details-content, .well::details-content { content-visibility: visible; } }
"""


@dataclass(frozen=True)
class _Section:
    id: str
    title: str
    body: Markup


@dataclass(frozen=True)
class _Verdict:
    role: str
    sentence: str


@cache
def _template() -> Template:
    text = files("stackflight.views").joinpath("templates", "review.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)


def render_review(
    report: CheckReport, rehearsal: Rehearsal, bill: Bill | None = None, known: Mapping[str, Told] | None = None
) -> str:
    """The page of a review; of `known`, the checks by their ids, it explains those that found something."""
    known = known or {}
    rename = read_names(report.world)
    rehearsal = retitle(rehearsal, rename)
    parties = find_parties(report.reaches, rename)
    map = gather_crowds(draw_map(report))
    sections = [
        _section("network", "Network", [*_drawing(map), *_reaches(parties)]),
        _section("findings", "Findings", render_findings(report, rename, known)),
        _section("price", "Price", render_price(bill, rename) if bill is not None else ()),
        _section("rehearsal", "Rehearsal", [*render_figures(rehearsal), *render_sections(rehearsal)]),
        _section("questions", "Open questions", render_questions(report, rename)),
        _section("ignored", "Ignored", render_ignored(report, rename)),
        _section("checks", "What the checks mean", render_about(report.findings, known)),
        _section("read", "What was read", _read(report)),
    ]
    body = _template().render(
        target=_shown(report.target),
        verdict=judge(report, rehearsal, bill),
        size=f"{count(len(report.world.stacks), 'stack')}, {count(len(report.world.resources), 'resource')}",
        cards=Markup("\n".join(_cards(report, rehearsal, bill))),
        sections=[section for section in sections if section is not None],
    )
    style = FINDINGS_STYLE + ABOUT_STYLE + MAP_STYLE + PRICE_STYLE + CHART_STYLE + _STYLE + _where_it_scrolls(map)
    return render_page(f"Review of {report.target}", body, style, CHART_SCRIPT)


def _shown(text: str) -> Markup:
    return Markup(escape(text))


def _section(id: str, title: str, lines: Iterable[str]) -> _Section | None:
    body = "\n".join(lines)
    return _Section(id, title, Markup(body)) if body else None


def judge(report: CheckReport, rehearsal: Rehearsal, bill: Bill | None) -> _Verdict:
    """The page in one sentence."""
    price = f", and a month costs {money(bill.total)} USD" if bill is not None else ""
    length = f"half of the simulated deployments end within {rehearsal.at_least}{clock_text(rehearsal.estimate.p50)}"
    blocking = len(report.blocking)
    if blocking:
        late = rehearsal.is_good and all(finding.phase is Phase.RUN for finding in report.blocking)
        verb = "keep" if blocking > 1 else "keeps"
        said = f"it would deploy, but {count(blocking, 'finding')} {verb} it from working"
        if not late:
            said = f"{count(blocking, 'finding')} {'stop' if blocking > 1 else 'stops'} this deployment"
        return _Verdict("bad", f"Not yet: {said}{price}.")
    if not rehearsal.is_good:
        return _Verdict("bad", f"Not yet: the rehearsed deployment fails{price}.")
    if report.questions:
        asked = (
            f"{count(len(report.questions), 'open question')} {'decide' if len(report.questions) > 1 else 'decides'}"
        )
        return _Verdict("open", f"Nothing is found that would stop it, but {asked}: {length}{price}.")
    return _Verdict("good", f"Nothing is found that would stop it: {length}{price}.")


def _cards(report: CheckReport, rehearsal: Rehearsal, bill: Bill | None) -> Iterator[str]:
    yield '<div class="cards">'
    found = count_severities(report)
    blocking = found[Severity.BLOCKING]
    yield card(str(blocking) if blocking else "none", "blocking findings", "bad" if blocking else "good")
    for severity in (Severity.WARNING, Severity.NOTE):
        if found[severity]:
            yield card(*count(found[severity], severity).split(" "))
    reached = sum(reach.verdict is Verdict.YES for reach in report.reaches)
    if report.reaches:
        yield card(f"{reached} of {len(report.reaches)}", "needs are reached")
    if report.questions:
        yield card(*count(len(report.questions), "open question").split(" ", 1))
    if bill is not None:
        yield card(f"{money(bill.total)} USD", "a month")
    yield outcome_card(rehearsal, "rehearsed")
    yield card(clock_text(rehearsal.estimate.p90), "nine of ten deployments within")
    yield "</div>"


def _drawing(map: Map) -> Iterator[str]:
    if map.is_empty:
        return
    yield '<div class="scroll" tabindex="0" role="region" aria-label="The network, drawn">'
    yield render_svg(map, alone=False)
    yield "</div>"
    yield '<p class="quiet sideways">The drawing is wider than the screen: move it sideways.</p>'
    yield '<p class="quiet hint"><span class="hover">Hover over a workload, or go to it with the tab key,</span>'
    yield '<span class="touch">Touch a workload</span> to see its ways alone.</p>'
    stopped = blocked_lines(map)
    if stopped:
        yield '<h3>What does not get through</h3><ul class="blocked">'
        alike: dict[tuple[str, str, str], list[tuple[int, Line]]] = {}
        for number, line in stopped:
            alike.setdefault((line.start, line.why, line.anchor), []).append((number, line))
        yield from (_blocked(map, *key, lines) for key, lines in alike.items())
        yield "</ul>"


def _where_it_scrolls(map: Map) -> str:
    """Screens that are narrower than the drawing, with what is beside it, are told so."""
    return f"@media (max-width: {least_width(map) + 2 * 24}px) {{ .sideways {{ display: block; }} }}\n"


def _blocked(map: Map, start: str, why: str, anchor: str, lines: Sequence[tuple[int, Line]]) -> str:
    """The lines of a workload that one thing stops: their numbers on the drawing, where they lead, and the reason."""
    numbers = ", ".join(str(number) for number, _ in lines)
    ends = enumerate_names(list(dict.fromkeys(line.what for _, line in lines)))
    said = f"{numbers}: {map.nodes[start].title} to {ends}: {why}"
    link = (
        f' <a href="#{anchor}" aria-label="the finding on {escape(map.nodes[start].title)}">the finding</a>'
        if anchor
        else ""
    )
    return f'<li class="bad">{escape(said)}{link}</li>'


def _reaches(parties: Sequence[Party]) -> Iterator[str]:
    if not parties:
        return
    yield "<h3>Who must reach what, and how each goes</h3>"
    well = [party for party in parties if all(way.verdict is Verdict.YES for way in party.ways)]
    if len(well) <= _UNFOLDED:
        yield from _party_table(parties)
        return
    yield from _party_table([party for party in parties if party not in well])
    members = sum(len(party.members) for party in well)
    folded = f"{count(members, 'workload')} that reach everything"
    yield f'<details class="well"><summary>{folded}</summary>'
    yield from _party_table(well)
    yield "</details>"


def _party_table(parties: Sequence[Party]) -> Iterator[str]:
    if not parties:
        return
    yield '<table><tr><th scope="col">Workload</th><th scope="col">Way, and what is reached by it</th></tr>'
    for party in parties:
        members = "<br>".join(
            f"{breakable(name)} <span class=quiet>{escape(kind)}</span>" for (_, kind), name in party.named.items()
        )
        ways = "".join(_way(way) for way in party.ways)
        yield f'<tr><td class="who">{members}</td><td><ul class="ways">{ways}</ul></td></tr>'
    yield "</table>"


def _way(way: Way) -> str:
    tip = f' data-tip="{escape(chr(10).join(way.stations))}"' if len(way.stations) > 1 else ""
    wishes = ", ".join(wish.text for wish in way.wishes)
    head = f"<b>{_PAPER.mark(way.verdict)}</b><i{tip}>{breakable(way.text)}:</i> {breakable(wishes)}"
    return f'<li class="{way.verdict}">{head}{_because(way)}{_trail(way)}</li>'


def _because(way: Way) -> str:
    """Why the targets are needed, beside them; four reasons are enough to see what kind they are of."""
    shown = [*way.because[:4], *([f"and {len(way.because) - 4} more"] if len(way.because) > 4 else [])]
    return f' <small class="quiet">because {breakable("; ".join(shown))}</small>' if shown else ""


def _trail(way: Way) -> str:
    """The hops of the way as a row of boxes, joined by arrows; hovering tells why each passes or does not."""
    steps = "".join(
        f'<li class="hop-{step.verdict}" data-tip="{escape(step.why)}">{breakable(step.at)}</li>' for step in way.trail
    )
    return f'<ol class="trail">{steps}</ol>' if len(way.trail) > 1 else ""


def _read(report: CheckReport) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Stack", "File", "Region", "Resources"))
    yield f"<table><tr>{heads}</tr>"
    for stack in report.world.stacks:
        cells = (stack.name, stack.template.file, stack.environment.region or "any", str(len(stack.resources)))
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</table>"
