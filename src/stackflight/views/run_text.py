"""The end of a run -> text: how it ended, outputs, what failed first; and the history of runs as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from stackflight.model.event import Event
from stackflight.model.moment import Ended
from stackflight.model.run import DECLINED, LOST, NO_CHANGES, NOT_BEGUN, PLANNED, REVERTED, RUNNING, Note, Run
from stackflight.views.diagnosis_text import render_diagnosis
from stackflight.views.paper import Paper, clock_text, count, printable
from stackflight.views.timeline_text import short_id

_WORDS = {
    NO_CHANGES: "no changes: everything is as it is wanted",
    DECLINED: "nothing done",
    PLANNED: "planned; nothing was changed",
    RUNNING: "still running",
    NOT_BEGUN: "nothing was begun",
    REVERTED: "the stack is green, but what runs is not what was deployed",
    LOST: "nobody knows how it ended",
}
_HANDED_ON = "ExportsOutput"
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE", NO_CHANGES, PLANNED)


def is_good(outcome: str) -> bool:
    """Whether a run has reached what it was started for."""
    return outcome in _GOOD


def render_end(ended: Ended, paper: Paper) -> str:
    """The result of a run."""
    run = ended.run
    role = "good" if is_good(run.outcome) else "warning" if run.outcome in {RUNNING, DECLINED} else "blocking"
    head = _WORDS.get(run.outcome, run.outcome)
    spent = f" after {clock_text(ended.seconds)}" if run.outcome not in {DECLINED, PLANNED, NO_CHANGES} else ""
    lines = [f"{paper.paint(head, role)}{spent}  {printable(run.target)}  {paper.paint(run.id, 'quiet')}"]
    if ended.diagnosis is not None:
        lines += ["", render_diagnosis(ended.diagnosis, paper)]
    elif ended.failure is not None:
        lines += _failure(ended.failure, paper)
    if ended.command_code:
        lines.append(paper.paint(f"the command itself ended with exit code {ended.command_code}", "blocking"))
    if ended.left:
        lines += paper.wrap(f"not begun because of that: {', '.join(ended.left)}", 2)
    for stack, outputs in ended.outputs.items():
        lines += _outputs(stack, outputs, paper)
    return "\n".join(lines)


def _outputs(stack: str, outputs: Mapping[str, str], paper: Paper) -> Iterator[str]:
    """For people: what the CDK hands from stack to stack is counted only."""
    shown = {name: value for name, value in outputs.items() if not name.startswith(_HANDED_ON)}
    if not shown:
        return
    yield paper.paint(printable(stack), "title")
    width = min(max(map(len, shown)), 40)
    for name, value in shown.items():
        if len(name) > width:
            yield from paper.labelled(f"  {name}", "", indent=0)
            yield from paper.labelled("", value, indent=width + 4)
        else:
            yield from paper.labelled(f"  {name}", value, indent=width + 4)
    if len(shown) < len(outputs):
        yield paper.paint(f"  and {len(outputs) - len(shown)} for other stacks", "quiet")


def _failure(failure: Event, paper: Paper) -> Iterator[str]:
    who = f"{failure.stack}/{short_id(failure.resource)} ({failure.type})"
    yield from paper.labelled("first failure", who, indent=15, role="quiet", text_role="blocking")
    yield from paper.labelled("it said", failure.reason or "nothing", indent=15, role="quiet")


def render_runs(runs: Sequence[Run], moment: Callable[[float], str], paper: Paper) -> str:
    """A line for each run; `moment` writes a time."""
    if not runs:
        return "no runs"
    rows = [
        (run.id, moment(run.started), _word(run), _length(run), ", ".join(run.stacks) or run.target, run.who)
        for run in runs
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for run, row in zip(runs, rows, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        role = "good" if is_good(run.outcome) else "blocking" if run.over else "warning"
        cells[2] = paper.paint(cells[2], role)
        lines.append("  ".join([*cells, printable(row[4]), paper.paint(printable(row[5]), "quiet")]).rstrip())
    return "\n".join(lines)


def _word(run: Run) -> str:
    return run.outcome or RUNNING


def _length(run: Run) -> str:
    return clock_text(run.ended - run.started) if run.ended is not None else ""


def render_run(
    run: Run, events: Sequence[Event], notes: Sequence[Note], moment: Callable[[float], str], paper: Paper
) -> str:
    """Everything that is kept of one run but its events, which are counted."""
    facts = [
        ("run", run.id),
        ("target", run.target),
        ("stacks", ", ".join(run.stacks)),
        ("who", f"{run.who} on {run.where}"),
        ("account", f"{run.account}{paper.dot}{run.region}" if run.region else run.account),
        ("started", moment(run.started)),
        ("outcome", _word(run) + (f" after {_length(run)}" if run.ended is not None else "")),
        ("review", run.review),
        ("overrides", "; ".join(run.overrides)),
        ("rehearsed", f"{clock_text(run.p50)}, nine of ten within {clock_text(run.p90)}" if run.p90 else ""),
        ("events", str(len(events))),
        ("kept", ", ".join(_counted(notes))),
    ]
    lines = [line for label, text in facts if text for line in paper.labelled(label, text, indent=12, role="quiet")]
    return "\n".join(lines)


def _counted(notes: Sequence[Note]) -> Iterator[str]:
    kinds = [note.kind for note in notes]
    for kind in dict.fromkeys(kinds):
        yield count(kinds.count(kind), kind)
