"""Moments -> short messages for people elsewhere, and the summary of a job on GitHub. Nothing is computed here."""

from __future__ import annotations

from stackflight.model.diagnosis import Diagnosis
from stackflight.model.moment import (
    Began,
    Ended,
    FirstFailure,
    Freed,
    Held,
    Late,
    Moment,
    Paused,
    Progress,
    Refused,
    Resumed,
)
from stackflight.model.run import RUNNING, Run
from stackflight.records import dataclass
from stackflight.views.diagnosis_text import headline
from stackflight.views.paper import clock_text
from stackflight.views.run_text import is_good
from stackflight.views.timeline_text import short_id


@dataclass(frozen=True)
class Notice:
    """One message. `kind` is "start", "progress", "late", "failure", "pause", "held", "freed", "end"."""

    kind: str
    title: str
    body: str


def render_notice(moment: Moment, run: Run | None) -> Notice | None:
    """The message of a moment that is worth one; `run` is the one that is being told of, once it has begun."""
    foot = _foot(run) if run is not None else ""
    match moment:
        case Began(begun, _):
            body = f"{begun.who} deploys {', '.join(begun.stacks)} from {begun.where}, usually {clock_text(begun.p50)}"
            return Notice("start", f"Deploying {begun.target}", body + _foot(begun))
        case Held(holder, waiting, progress, remaining, other):
            body = f"{holder.stack} is held by {holder.run} of {holder.who}: {progress or 'nothing known'}"
            body += f", about {clock_text(remaining)} left" if remaining is not None else ""
            title = f"Waiting for {holder.stack}" if waiting else f"Refused: {holder.stack} is held"
            return Notice("held", title, body + (_foot(other, holder.stack) if other is not None else ""))
        case Freed(text):
            return Notice("freed", "Our turn", text)
        case Refused(refused, why):
            return Notice("end", f"Not deployed: {refused.target}", why + _foot(refused))
        case Progress() if moment.working:
            working = ", ".join(f"{short_id(one.resource)} {clock_text(one.seconds)}" for one in moment.working[:3])
            left = f", about {clock_text(moment.left_p50)} left" if moment.left_p50 is not None else ""
            late = [short_id(one.resource) for one in moment.working if one.late and one.slow >= 1]
            slow = f"; slower than usual: {', '.join(late)}" if late else ""
            return Notice("progress", f"{moment.done} of {moment.steps} steps", f"working: {working}{left}{slow}{foot}")
        case Late(one, _):
            body = (
                f"{clock_text(one.seconds)} by now, usually {clock_text(one.usual)}, nine of ten {clock_text(one.slow)}"
            )
            return Notice("late", f"{short_id(one.resource)} is slower than usual", body + foot)
        case FirstFailure(event, seconds, diagnosis):
            text = f"{event.reason}\n{_cause(diagnosis)}".rstrip()
            foot = _foot(run, event.stack.split("/")[0]) if run is not None else ""
            return Notice("failure", f"{short_id(event.resource)} failed after {clock_text(seconds)}", text + foot)
        case Paused(why, hint):
            return Notice("pause", "Paused", f"{why}; what runs goes on. {hint}".rstrip() + foot)
        case Resumed(seconds):
            return Notice("pause", "Going on", f"after a pause of {clock_text(seconds)}{foot}")
        case Ended():
            if moment.run.outcome == RUNNING:
                text = f"nobody looks on here any more; attach again: stackflight watch {moment.run.id}"
                return Notice("end", f"Still running: {moment.run.target}", text + _foot(moment.run))
            word = "Deployed" if is_good(moment.run.outcome) else "Not deployed"
            text = f"{moment.run.outcome} after {clock_text(moment.seconds)}\n{_cause(moment.diagnosis)}".rstrip()
            return Notice("end", f"{word}: {moment.run.target}", text + _foot(moment.run))
        case _:
            return None


def render_summary(ended: Ended) -> str:
    """The end of a run as Markdown, for GITHUB_STEP_SUMMARY."""
    run, diagnosis = ended.run, ended.diagnosis
    lines = [f"### {run.target}: {run.outcome or 'IN_PROGRESS'} after {clock_text(ended.seconds)}", ""]
    if diagnosis is not None:
        lines += [f"**{headline(diagnosis)}**", "", diagnosis.explanation, ""]
        lines += [f"- {remedy}" for remedy in diagnosis.remedies]
        lines.append("")
    for stack, outputs in ended.outputs.items():
        lines += [f"| {stack} | |", "|---|---|", *(f"| {name} | {value} |" for name, value in outputs.items()), ""]
    return "\n".join([*lines, f"run `{run.id}`", ""])


def _cause(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None or diagnosis.cause is None:
        return ""
    remedy = f"\nFix: {diagnosis.remedies[0]}" if diagnosis.remedies else ""
    return f"{headline(diagnosis)}{remedy}"


def _foot(run: Run, stack: str = "") -> str:
    """The run and where its stack stands in the console: the one that is meant, else the one that was begun last."""
    if run.simulated:
        return f"\n{run.id} (simulated)"
    arn = run.arns.get(stack) or "".join(list(run.arns.values())[-1:])
    region = arn.split(":")[3] if arn else run.region
    place = f"/events?stackId={arn}" if arn else f"?filteringText={stack or run.stacks[0]}"
    return f"\n{run.id} https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/stacks{place}"
