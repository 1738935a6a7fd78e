"""CheckReport -> text for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from stackflight.model.finding import Certainty, Finding, Hop, Question, Severity
from stackflight.model.report import CheckReport
from stackflight.model.template import Where
from stackflight.views.causes import Cause, group_findings, shorten
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import Paper, count, one_line

WHEN = {"create": "on create", "update": "on update", "delete": "on delete", "run": "at run time"}
_INDENT = 10
_MOST_TYPES = 3
_REASONS = 4


def render_check(report: CheckReport, paper: Paper) -> str:
    """The findings of one target, the questions and a summary line."""
    rename = read_names(report.world)
    blocks = [*render_findings(report.findings, rename, paper), *render_questions(report.questions, rename, paper)]
    last = "\n".join([summary(report, paper), *_unruled(report, paper)])
    return "\n\n".join(["\n".join(block) for block in blocks] + [last])


def _unruled(report: CheckReport, paper: Paper) -> Iterator[str]:
    """One line where nothing was found, and not for want of faults alone: types that no rule of ours knows."""
    if report.unruled and not any(finding.severity is not Severity.NOTE for finding in report.findings):
        named = ", ".join(report.unruled[:_MOST_TYPES])
        more = f" and {len(report.unruled) - _MOST_TYPES} more" if len(report.unruled) > _MOST_TYPES else ""
        yield paper.paint(f"no rule of ours knows {named}{more}: only the references were judged", "quiet")


def render_total(targets: int, blocked: int, paper: Paper) -> str:
    """The last line over several targets."""
    verdict = paper.paint(f"{blocked} blocked", "blocking") if blocked else paper.paint("none blocked", "good")
    return f"{count(targets, 'target')}, {verdict}"


def render_findings(findings: tuple[Finding, ...], rename: Rename, paper: Paper) -> Iterator[list[str]]:
    """One block of lines for each cause, the blocking ones first."""
    for cause in group_findings(findings, rename):
        yield list(_cause(cause, rename, paper))


def _cause(cause: Cause, rename: Rename, paper: Paper) -> Iterator[str]:
    finding = cause.first
    yield from paper.labelled(
        finding.severity, rename(finding.message), indent=_INDENT, role=finding.severity, text_role="title"
    )
    yield from _line("at", place(finding.where, paper), paper)
    if cause.alike:
        yield from _line("also", shorten(cause.named(rename)), paper)
    for other in cause.others:
        yield from _line("also", f"{rename(other.message)} ({place(other.where, paper)})", paper)
    yield from _evidence(finding, rename, paper)
    yield from _path(finding.path, rename, paper)
    if finding.says and finding.says not in finding.message:
        yield from _line("AWS", rename(finding.says), paper)
    for label, remedy in finding.remedies:
        yield from _line(label, rename(remedy), paper)
    doubt = "" if finding.certainty is Certainty.PROVED else f"{paper.dot}possible, not proved"
    facts = f"{finding.check}{paper.dot}{WHEN[finding.phase]}{doubt}"
    yield from paper.labelled("  check", facts, indent=_INDENT, role="quiet", text_role="quiet")


def _line(label: str, text: str, paper: Paper) -> Iterator[str]:
    yield from paper.labelled(f"  {label}", text, indent=_INDENT, role="quiet")


def place(where: Where, paper: Paper) -> str:
    """`file:line` and the construct path where there is one; first the line of the CDK app, where that is known."""
    spot = where.file if where.line is None else f"{where.file}:{where.line}"
    source = f"{where.source.file}:{where.source.line}" if where.source else ""
    return (
        paper.dot.join(part for part in (source, where.construct, spot) if part)
        if source
        else (f"{spot}{paper.dot}{where.construct}" if where.construct else spot)
    )


def _evidence(finding: Finding, rename: Rename, paper: Paper) -> Iterator[str]:
    """Why somebody needs it, on a line each."""
    shown = finding.evidence[:_REASONS]
    for number, reason in enumerate(shown):
        yield from _line("because" if number == 0 else "", rename(reason), paper)
    if len(finding.evidence) > len(shown):
        yield from _line("", f"and {len(finding.evidence) - len(shown)} more (--format json names all)", paper)


def _path(path: tuple[Hop, ...], rename: Rename, paper: Paper) -> Iterator[str]:
    for number, hop in enumerate(path):
        label = "  path" if number == 0 else ""
        code = f" ({hop.code})" if hop.code else ""
        first, *rest = paper.wrap(f"{rename(hop.at)}: {rename(hop.why)}{code}", _INDENT + 2)
        yield f"{paper.paint(label, 'quiet')}{' ' * (_INDENT - len(label))}{paper.mark(hop.verdict)} {first}"
        for line in rest:
            yield " " * (_INDENT + 2) + line


def render_questions(questions: tuple[Question, ...], rename: Rename, paper: Paper) -> Iterator[list[str]]:
    """One block for each set of inputs that would decide something."""
    ordered = sorted(questions, key=lambda question: question.decided_by)
    for decided_by, group in groupby(ordered, key=lambda question: question.decided_by):
        yield list(_questions(decided_by, list(group), rename, paper))


def _questions(decided_by: tuple[str, ...], questions: list[Question], rename: Rename, paper: Paper) -> Iterator[str]:
    shown = list(dict.fromkeys(question.question for question in questions))
    for number, question in enumerate(shown[:3]):
        label = "open" if number == 0 else ""
        yield from paper.labelled(label, rename(question), indent=_INDENT, role="open")
    if len(shown) > 3:
        yield " " * _INDENT + f"and {len(shown) - 3} more (--format json names all)"
    if decided_by:
        yield from _line("decided", "by " + ", ".join(decided_by), paper)
    if questions[0].hint:
        yield from _line("answer", questions[0].hint, paper)


def summary(report: CheckReport, paper: Paper) -> str:
    """One line, or more on a narrow screen: the target, what was found, how much was looked at."""
    size = f"({count(len(report.world.resources), 'resource')}, {count(len(report.reaches), 'need')})"
    told = list(_counts(report, paper)) or [paper.paint("nothing found that would stop it", "good")]
    told += [count(len(report.questions), "open question")] if report.questions else []
    told += [f"{len(report.ignored)} ignored"] if report.ignored else []
    told += [f"{len(report.known)} known from the baseline"] if report.known else []
    stage = f"{one_line(report.stage)}{paper.dot}" if report.stage else ""
    units = [
        f"{stage}{one_line(report.target)}:",
        *(f"{one}," for one in told[:-1]),
        told[-1],
        paper.paint(size, "quiet"),
    ]
    return "\n".join(paper.fill(units, hang=2))


def _counts(report: CheckReport, paper: Paper) -> Iterator[str]:
    for severity in Severity:
        number = sum(finding.severity is severity for finding in report.findings)
        if number:
            words = f"{number} {severity}" if severity is Severity.BLOCKING else count(number, severity)
            yield paper.paint(words, severity)
