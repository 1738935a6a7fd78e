"""Moments -> lines for people, one after the other; also where there is no terminal and a silent job would be ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Set

from stackflight.model.change import Action, Change, Replacement
from stackflight.model.event import Event
from stackflight.model.moment import (
    Began,
    FirstFailure,
    Happened,
    Held,
    Late,
    Moment,
    Paused,
    Planned,
    Progress,
    Resumed,
    Said,
    Unchanged,
    Working,
)
from stackflight.model.plan import ChangeSet
from stackflight.views.diagnosis_text import headline
from stackflight.views.paper import Paper, clock_text, count, cut_middle, printable
from stackflight.views.timeline_text import short_id

_CLOCK = 9
_EVERY_SECONDS = 60.0
_ADDED = 12
_WIDENED = 12
_REACHED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


class LiveText:
    """A view that writes lines. `quiet_seconds` is the longest silence while something works, in seconds of the run."""

    def __init__(self, write: Callable[[str], None], paper: Paper, quiet_seconds: float = _EVERY_SECONDS) -> None:
        self._write = write
        self._paper = paper
        self._quiet_seconds = quiet_seconds
        self._said = 0.0

    def show(self, moment: Moment) -> None:
        """Write what there is to say."""
        if isinstance(moment, Progress):
            if not moment.working or moment.seconds - self._said < self._quiet_seconds:
                return
            self._said = moment.seconds
        elif isinstance(moment, Held) and not moment.waiting:
            return  # the refusal says it
        elif isinstance(moment, Happened):
            self._said = max(self._said, moment.seconds)
        for line in render_moment(moment, self._paper):
            self._write(line)


def render_moment(moment: Moment, paper: Paper) -> Iterator[str]:
    """The lines of one moment; the end of a run is left to the result."""
    match moment:
        case Began():
            yield from _began(moment, paper)
        case Planned():
            yield from render_plan(moment, paper)
        case Unchanged(stack):
            yield f"{paper.paint(printable(stack), 'title')}: no changes"
        case Happened(event, seconds):
            yield from _event(event, seconds, paper)
        case Progress():
            yield from _progress(moment, paper)
        case Late(one, seconds):
            usual = f"nine of ten are through after {clock_text(one.slow)}"
            yield from _timed(seconds, f"{short_id(one.resource)} is slower than usual: {usual}", paper, "warning")
        case FirstFailure(event, seconds, diagnosis):
            said = headline(diagnosis) if diagnosis is not None and diagnosis.cause is not None else event.resource
            yield from _timed(seconds, f"the first failure: {said}", paper, "blocking")
        case Held() | Paused() | Resumed() | Said():
            yield from _talk(moment, paper)


def _talk(moment: Held | Paused | Resumed | Said, paper: Paper) -> Iterator[str]:
    match moment:
        case Held():
            text, role = _held(moment), "warning"
        case Paused(why, _):
            text, role = f"paused: {why}; what runs goes on", "warning"
        case Resumed(seconds):
            text, role = f"going on after a pause of {clock_text(seconds)}", "good"
        case Said(text, role):
            pass
    for line in paper.wrap(text, 0):
        yield paper.paint(line, role)
    if isinstance(moment, Paused) and moment.hint:
        yield from paper.wrap(f"hint: {moment.hint}", 0)


def _began(moment: Began, paper: Paper) -> Iterator[str]:
    run = moment.run
    where = f"{run.account}, {run.region}" if run.region else run.account
    yield from paper.fill([paper.paint(run.id, "title"), f"deploys {printable(run.target)}", f"({where})"], hang=2)
    for sentence in moment.said:
        yield from paper.wrap(f"  {sentence}", 2)


def _held(moment: Held) -> str:
    one = moment.holder
    facts = [
        f"{printable(one.stack)} is held by {one.run or 'a run'} of {printable(one.who)} on {printable(one.where)}"
    ]
    if moment.progress:
        facts.append(moment.progress)
    if moment.remaining is not None:
        facts.append(f"about {clock_text(moment.remaining)} left")
    return ", ".join(facts) + ("; waiting for its end" if moment.waiting else "")


def render_plan(planned: Planned, paper: Paper) -> Iterator[str]:
    """What one change set does: what is replaced, removed and changed line by line, what is added by type."""
    kind = "created" if planned.before is None else "updated"
    lost = {(loss.stack, loss.resource) for loss in planned.losses}
    yield from _changes(planned.change_set, kind, lost, paper)
    for one in planned.widened[:_WIDENED]:
        text = f"{short_id(one.resource)}  {one.text}"
        yield from paper.labelled("  widens", text, indent=10, role="warning", text_role="warning")
    if len(planned.widened) > _WIDENED:
        yield f"          and {len(planned.widened) - _WIDENED} more, kept with the run"


def _changes(made: ChangeSet, kind: str, lost: Set[tuple[str, str]], paper: Paper) -> Iterator[str]:
    counts = Counter(_verb(change) for change in made.changes)
    total = ", ".join(f"{number} {verb}" for verb, number in counts.items())
    yield f"{paper.paint(printable(made.stack), 'title')} is {kind}: {total or 'nothing to do'}"
    added = [change for change in made.changes if change.action is Action.ADD]
    for change in made.changes:
        if change.action is not Action.ADD or len(added) <= _ADDED:
            yield from _change(change, (made.stack, change.resource) in lost, paper)
        if change.action is Action.REMOVE:
            inside = f"{made.stack}/{change.resource}/"
            for stack, resource in sorted(one for one in lost if f"{one[0]}/".startswith(inside)):
                text = f"{short_id(resource)} in {stack}{paper.dot}ITS DATA IS LOST"
                yield from paper.labelled("    !", text, indent=6, role="blocking", text_role="blocking")
    if len(added) > _ADDED:
        kinds = Counter(change.type.removeprefix("AWS::") for change in added)
        units = [f"{number} {kind}," for kind, number in kinds.most_common()]
        yield from paper.fill(["  +", *units[:-1], units[-1].rstrip(",")], hang=4)
    for one in made.nested:
        yield from _changes(one, "created" if one.kind == "CREATE" else "updated", lost, paper)


def _verb(change: Change) -> str:
    if change.action is Action.ADD:
        return "added"
    if change.action is Action.REMOVE:
        return "removed"
    words = {Replacement.NO: "changed", Replacement.YES: "replaced", Replacement.CONDITIONAL: "perhaps replaced"}
    return words[change.replacement]


def _change(change: Change, lost: bool, paper: Paper) -> Iterator[str]:
    verb = _verb(change)
    sign = {"added": "+", "removed": "-", "changed": "~"}.get(verb, "!")
    facts = [] if verb == "added" else [verb]
    if change.properties:
        facts.append("because of " + ", ".join(change.properties))
    if change.policy:
        facts.append(change.policy)
    if lost:
        facts.append("ITS DATA IS LOST")
    text = f"{short_id(change.resource)}  {change.type.removeprefix('AWS::')}"
    text += f"  {paper.dot.join(facts)}" if facts else ""
    role = "blocking" if lost else "warning" if sign in "!-" else ""
    yield from paper.labelled(f"  {sign}", text, indent=4, role=role, text_role=role)


def _event(event: Event, seconds: float, paper: Paper) -> Iterator[str]:
    """What ends, and what the stack itself says; what only begins stands in the lines about the progress."""
    if not event.of_stack and event.status.endswith("_IN_PROGRESS"):
        return
    status = event.status
    name = event.stack if event.of_stack else f"{event.stack}/{short_id(event.resource)}"
    if "FAILED" in status or (event.of_stack and "ROLLBACK" in status):
        text, role = f"{name} {status}" + (f": {event.reason}" if event.reason else ""), "blocking"
    else:
        room = max(paper.width - _CLOCK - len(status) - 1, 12)  # the whole name is in the ledger
        text, role = f"{cut_middle(name, room, paper)} {status}", "good" if status in _REACHED else "quiet"
    yield from _timed(seconds, text, paper, role)


def _progress(moment: Progress, paper: Paper) -> Iterator[str]:
    longest = sorted(moment.working, key=lambda one: -one.seconds)
    shown = [_working(one) for one in longest[:3]]
    if len(longest) > 3:
        shown.append(f"{len(longest) - 3} more")
    done = f"{moment.done} of {count(moment.steps, 'step')}" if moment.steps else count(moment.done, "step")
    text = f"{done} done; working: {', '.join(shown)}"
    if moment.back:
        text += f"; {', '.join(moment.back)} goes back"
    if moment.left_p50 is not None and moment.left_p90 is not None:
        text += f"; about {clock_text(moment.left_p50)} left, {clock_text(moment.left_p90)} if slow"
    yield from _timed(moment.seconds, text, paper, "")


def _working(one: Working) -> str:
    usual = f" of usually {clock_text(one.usual)}" if one.usual >= 1 else ""
    late = ", slower than usual" if one.late and one.slow >= 1 else ""
    return f"{short_id(one.resource)} {clock_text(one.seconds)}{usual}{late}"


def _timed(seconds: float, text: str, paper: Paper, role: str) -> Iterator[str]:
    clock = f"{clock_text(max(seconds, 0.0)):>{_CLOCK - 2}}"
    yield from paper.labelled(clock, text, indent=_CLOCK, role="quiet", text_role=role)
