"""Rehearsal -> one HTML page that needs nothing else: a Gantt chart to hover over, the failure, what stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.estimate import Leftover, Rehearsal, Span
from stackflight.views.page import card, render_page
from stackflight.views.paper import Paper, clock_text, escape
from stackflight.views.terminal import place

_PAPER = Paper()
_MANY = 60
_TOLD = 4
_MARKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)

CHART_STYLE = """
.chart { border: 1px solid var(--line); border-radius: 8px; padding: 6px 12px 12px; }
.row, .axis { display: grid; grid-template-columns: minmax(150px, 300px) 1fr; gap: 10px; align-items: center; }
.row { height: 21px; border-radius: 4px; } .row:hover, .row:focus-within { background: var(--soft); }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 12px;
  direction: rtl; text-align: left; } /* the end of a name tells more than its beginning */
.path .name { font-weight: 700; }
.lane { position: relative; height: 21px; }
.bar { position: absolute; top: 4px; height: 13px; min-width: 3px; border: 0; border-radius: 3px; background: var(--create);
  padding: 0; overflow: hidden; cursor: default; }
.bar i { position: absolute; top: 0; bottom: 0; right: 0; background: var(--wait); }
.bar:focus-visible { outline: 2px solid var(--ink); }
.update .bar { background: var(--update); } .delete .bar { background: var(--delete); }
.failed .bar, .cancelled .bar { background: var(--bad); } .cancelled .bar { opacity: .45; }
.failed .bar i, .cancelled .bar i { display: none; }
.path .bar { box-shadow: 0 0 0 2px var(--path); }
.axis { color: var(--quiet); font-size: 11px; height: 20px; position: sticky; top: 0; background: var(--paper); z-index: 1; }
.axis .lane span { position: absolute; transform: translateX(-50%); } .axis .lane span:first-child { transform: none; }
.grid { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 16px; font-size: 12px; color: var(--quiet); margin: 8px 0; }
.legend i { display: inline-block; width: 18px; height: 10px; border-radius: 3px; margin-right: 6px; }
.stack { font-size: 12px; color: var(--quiet); padding: 8px 0 2px; } .few .short { display: none; }
label.all { font-size: 12px; color: var(--quiet); display: inline-flex; gap: 6px; align-items: center; }
@media (max-width: 720px) { .row, .axis { grid-template-columns: 34% 1fr; gap: 6px; }
  .axis .lane span:nth-child(even) { display: none; } }
"""

CHART_SCRIPT = """
const all = document.getElementById('all'), chart = document.querySelector('.chart');
if (all) all.addEventListener('change', () => chart.classList.toggle('few', !all.checked));
"""


def render_rehearsal(rehearsal: Rehearsal) -> str:
    """The page of a rehearsal."""
    title = f"Rehearsal of {rehearsal.target}" if rehearsal.target else "Rehearsal"
    head = [f"<h1>{escape(title)}</h1>", *render_figures(rehearsal)]
    body = [*head, *_trouble(rehearsal), *_open(rehearsal), *_course(rehearsal), *_also_blocking(rehearsal)]
    return render_page(title, "\n".join(("<main>", *body, "</main>")), CHART_STYLE, CHART_SCRIPT)


def render_sections(rehearsal: Rehearsal) -> Iterator[str]:
    """What a page says of a rehearsal below the figures; it needs `CHART_STYLE` and `CHART_SCRIPT`."""
    yield from _trouble(rehearsal)
    yield from _course(rehearsal)


def _course(rehearsal: Rehearsal) -> Iterator[str]:
    yield from _chart(rehearsal)
    yield from _leftovers(rehearsal.leftovers)
    yield from _savings(rehearsal)
    yield from _recoveries(rehearsal)
    yield from _events(rehearsal)


def render_figures(rehearsal: Rehearsal) -> Iterator[str]:
    """Outcome and durations."""
    estimate = rehearsal.estimate
    pace = f", {rehearsal.pace}" if rehearsal.pace else ""
    yield f'<p class="quiet">Simulated {estimate.runs} times{pace}, nothing was deployed. Seed {rehearsal.seed}.</p>'
    yield '<div class="cards">'
    yield outcome_card(rehearsal, "outcome")
    yield card(rehearsal.at_least + clock_text(estimate.p50), "half of the runs within")
    yield card(rehearsal.at_least + clock_text(estimate.p90), "nine of ten within")
    if rehearsal.unseen:
        yield card(str(len(rehearsal.unseen)), "of unknown length: " + ", ".join(rehearsal.unseen[:4]))
    if rehearsal.around and rehearsal.is_good:
        bound = "at least " if rehearsal.whole_is_open else ""
        parts = ", ".join(one.what for one in rehearsal.around if not one.once)
        yield card(bound + clock_text(rehearsal.whole.p50), f"with what is around: {parts}")
    if rehearsal.rollback_seconds is not None:
        yield card(clock_text(rehearsal.rollback_seconds), "way back")
    budget = rehearsal.budget
    if budget is not None:
        role = "good" if budget.p90 <= budget.seconds and not rehearsal.whole_is_open else "bad"
        yield card(f"{budget.share_within:.0%}", f"of the runs within {clock_text(budget.seconds)}", role)
    yield "</div>"


def outcome_card(rehearsal: Rehearsal, label: str) -> str:
    """How it ends: grey where that hangs on open questions."""
    role = "bad" if not rehearsal.is_good else "quiet" if rehearsal.proviso else "good"
    return card(rehearsal.outcome, f"{label}, {rehearsal.proviso}" if rehearsal.proviso else label, role)


def _trouble(rehearsal: Rehearsal) -> Iterator[str]:
    cause = rehearsal.cause
    if cause is None:
        return
    yield '<div class="trouble">'
    yield f'<p><b class="bad">{escape(cause.resource)}</b> ({escape(cause.type)}) fails at {clock_text(cause.time)}</p>'
    yield f"<p><code>{escape(cause.reason)}</code></p>"
    if cause.finding is not None:
        spot = place(cause.finding.where, _PAPER)
        yield f"<p>{escape(cause.finding.message)}</p>"
        if cause.finding.remedy:
            yield f"<p><b>Fix</b> {escape(cause.finding.remedy)}</p>"
        yield f'<p class="quiet">{escape(cause.finding.check)}, {escape(spot)}</p>'
    yield "</div>"


def _also_blocking(rehearsal: Rehearsal) -> Iterator[str]:
    if rehearsal.also_blocking:
        yield "<h2>Also blocking</h2><table><tr><th>When</th><th>What</th><th>Fix</th></tr>"
        for finding in rehearsal.also_blocking:
            yield (
                f"<tr><td>{escape(finding.phase)}</td><td>{escape(finding.message)}</td>"
                f"<td>{escape(finding.remedy)}</td></tr>"
            )
        yield "</table>"


def _open(rehearsal: Rehearsal) -> Iterator[str]:
    if rehearsal.questions:
        yield "<h2>Open questions</h2><table><tr><th>Question</th><th>Decided by</th></tr>"
        for question in rehearsal.questions:
            decided = ", ".join(question.decided_by)
            yield f"<tr><td>{escape(question.question)}</td><td>{escape(decided)}</td></tr>"
        yield "</table>"


def _chart(rehearsal: Rehearsal) -> Iterator[str]:
    whole = rehearsal.seconds
    if whole <= 0:
        return
    critical = set(map(id, rehearsal.critical_path))
    held_back = _followers(rehearsal.spans)
    yield "<h2>Timeline</h2>"
    yield from _legend()
    short = {id(span) for span in rehearsal.spans if _is_short(span, whole) and id(span) not in critical}
    folded = len(rehearsal.spans) > _MANY and bool(short)
    if folded:
        shown = len(rehearsal.spans) - len(short)
        yield f'<label class="all"><input type="checkbox" id="all"> show all steps, not only {shown}</label>'
    yield f'<div class="chart{" few" if folded else ""}">'
    ticks = list(_ticks(whole))
    marks = "".join(f'<span style="left:{tick / whole:.4%}">{clock_text(tick)}</span>' for tick in ticks)
    yield f'<div class="axis"><div>{len(rehearsal.spans)} steps</div><div class="lane">{marks}</div></div>'
    grid = "".join(f'<div class="grid" style="left:{tick / whole:.4%}"></div>' for tick in ticks)
    roots = {span.stack.split("/")[0] for span in rehearsal.spans}
    root = ""
    for span in _stack_by_stack(rehearsal.spans):
        if len(roots) > 1 and span.stack.split("/")[0] != root:
            root = span.stack.split("/")[0]
            seen = any(id(other) not in short for other in rehearsal.spans if other.stack.split("/")[0] == root)
            yield f'<div class="stack{"" if seen else " short"}">{escape(root)}</div>'
        classes = (["path"] if id(span) in critical else []) + (["short"] if id(span) in short else [])
        key = (span.stack, span.resource)
        said = _tip(span, id(span) in critical, rehearsal.needs.get(key, ()), held_back.get(key, []))
        yield _row(span, whole, classes, said, grid)
    yield "</div>"


def _stack_by_stack(spans: Sequence[Span]) -> list[Span]:
    """The spans of one root stack after those of another, in the order in which the stacks begin."""
    order = {root: number for number, root in enumerate(dict.fromkeys(span.stack.split("/")[0] for span in spans))}
    return sorted(spans, key=lambda span: order[span.stack.split("/")[0]])


def _is_short(span: Span, whole: float) -> bool:
    """Too short to be worth a line among hundreds."""
    return span.outcome == "done" and span.seconds < whole * 0.01


def _followers(spans: tuple[Span, ...]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for span in spans:
        if span.cause and span.operation != "delete":
            found.setdefault((span.stack, span.cause), []).append(span.resource)
    return found


def _legend() -> Iterator[str]:
    shown = (
        ("--create", "being created"),
        ("--wait", "dependents may start already"),
        ("--update", "being updated"),
        ("--delete", "being deleted"),
        ("--bad", "failed or cancelled"),
        ("--path", "critical path (outlined)"),
    )
    items = "".join(f'<span><i style="background:var({name})"></i>{escape(text)}</span>' for name, text in shown)
    yield f'<div class="legend">{items}</div>'


def _ticks(whole: float) -> Iterator[float]:
    step = next((mark for mark in _MARKS if whole / mark <= 9), _MARKS[-1])
    tick = 0.0
    while tick <= whole * 0.98:
        yield tick
        tick += step


def _row(span: Span, whole: float, marks: list[str], said: str, grid: str) -> str:
    classes = " ".join(["row", span.operation, span.outcome, *marks])
    nested = span.stack.split("/", 1)[1] + "/" if "/" in span.stack else ""
    verb = "" if span.operation == "create" else f"{span.operation} "
    waiting = ""
    if span.released is not None and span.end > span.start:
        waiting = f'<i style="width:{(span.end - span.released) / span.seconds:.2%}"></i>'
    bar = (
        f'<button class="bar" style="left:{span.start / whole:.4%};width:{span.seconds / whole:.4%}" '
        f'data-tip="{escape(said)}" aria-label="{escape(span.resource)}">{waiting}</button>'
    )
    full = verb + nested + span.resource
    name = f'<div class="name" title="{escape(f"{full} ({span.type})")}"><bdi>{escape(full)}</bdi></div>'
    return f'<div class="{classes}">{name}<div class="lane">{grid}{bar}</div></div>'


def _tip(span: Span, critical: bool, needs: Sequence[str], followers: Sequence[str]) -> str:
    said = [
        f"{span.resource} ({span.type})",
        f"{span.operation}: {clock_text(span.start)} to {clock_text(span.end)}, {clock_text(span.seconds)}",
    ]
    if span.released is not None:
        said.append(f"dependents may start at {clock_text(span.released)}")
    said.append(f"started when {span.cause} let go" if span.cause else "waited for nothing in its stack")
    if needs:
        said.append(f"needs {_listed(needs)}")
    if followers:
        said.append(f"held back {_listed(followers)}")
    if critical:
        said.append("on the critical path")
    if span.reason:
        said.append(f"{span.outcome}: {span.reason}")
    return "\n".join(said)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more


def _leftovers(leftovers: tuple[Leftover, ...]) -> Iterator[str]:
    if leftovers:
        blocks = any(left.blocks for left in leftovers)
        yield f"<h2>Left behind</h2><table><tr><th>Resource</th><th>Why</th>{'<th>Next attempt</th>' if blocks else ''}</tr>"
        alike: dict[tuple[str, str], list[str]] = {}
        for left in leftovers:
            alike.setdefault((left.why, left.blocks), []).append(left.resource)
        for (why, next_one), resources in alike.items():
            last = f"<td>{escape(next_one)}</td>" if blocks else ""
            yield f"<tr><td>{escape(', '.join(resources))}</td><td>{escape(why)}</td>{last}</tr>"
        yield "</table>"


def _savings(rehearsal: Rehearsal) -> Iterator[str]:
    if rehearsal.savings:
        yield "<h2>What would shorten it</h2><table>"
        for one in rehearsal.savings:
            yield f'<tr><td class="time">{clock_text(one.seconds)}</td><td>{escape(one.advice)}</td></tr>'
        yield "</table>"


def _recoveries(rehearsal: Rehearsal) -> Iterator[str]:
    if not rehearsal.recoveries:
        return
    yield f"<h2>If one resource fails ({len(rehearsal.recoveries)} tried, the worst first)</h2><table>"
    yield "<tr><th>Resource</th><th>Outcome</th><th>Fails at</th><th>Way back</th><th>Stays</th></tr>"
    for one in rehearsal.recoveries[:20]:
        told = [f"{left.resource}: {left.blocks or left.why}" for left in one.leftovers]
        more = [f"and {len(told) - _TOLD} more"] if len(told) > _TOLD else []
        stays = "; ".join([*told[:_TOLD], *more])
        yield (
            f'<tr><td>{escape(one.resource)}</td><td class="status">{escape(one.outcome)}</td>'
            f'<td class="time">{clock_text(one.failed_at)}</td><td class="time">{clock_text(one.rollback_seconds)}</td>'
            f"<td>{escape(stays)}</td></tr>"
        )
    yield "</table>"


def _events(rehearsal: Rehearsal) -> Iterator[str]:
    if not rehearsal.events:
        return
    yield f"<details><summary>{len(rehearsal.events)} events</summary><table>"
    yield "<tr><th>Time</th><th>Stack</th><th>Resource</th><th>Status</th><th>Reason</th></tr>"
    for event in rehearsal.events:
        bad = ' class="bad"' if event.status.endswith("FAILED") else ""
        yield (
            f'<tr><td class="time">{clock_text(event.time)}</td><td>{escape(event.stack)}</td>'
            f"<td>{escape(event.resource)}</td><td{bad}>{escape(event.status)}</td>"
            f"<td><code>{escape(event.reason)}</code></td></tr>"
        )
    yield "</table></details>"
