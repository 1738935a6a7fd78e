"""CheckReport -> annotations that a GitHub workflow shows beside the lines of a pull request.

Source: GitHub documentation, "Workflow commands for GitHub Actions" (escapes included); actions/runner, ActionCommand: an
older form, `##[command]`, is obeyed anywhere in a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stackflight.errors import StackflightError
from stackflight.model.finding import Finding, Severity
from stackflight.model.moment import FirstFailure, Held, Late, Moment
from stackflight.model.report import CheckReport
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import printable

_COMMANDS = {Severity.BLOCKING: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_check(report: CheckReport, name_file: Callable[[str], str] = str) -> str:
    """One annotation per line, empty where nothing was found; `name_file` gives a file's name in its repository."""
    rename = read_names(report.world)
    return "\n".join(_annotation(finding, name_file, rename) for finding in report.findings)


def render_errors(errors: Sequence[StackflightError], name_file: Callable[[str], str] = str) -> str:
    """One annotation for every target that could not be judged."""
    return "\n".join(_refusal(error, name_file) for error in errors)


def render_moment(moment: Moment) -> str:
    """The annotation of what a run of a deployment comes to; empty where it is worth none."""
    match moment:
        case FirstFailure(event, _, diagnosis):
            said = [f"{event.stack}/{event.resource} ({event.type}): {event.reason}"]
            said += [diagnosis.explanation] if diagnosis is not None and diagnosis.cause is not None else []
            said += [f"fix: {remedy}" for remedy in (diagnosis.remedies[:1] if diagnosis is not None else ())]
            return _command("error", {"title": f"{event.resource} failed"}, said)
        case Late(one, _):
            return _command("warning", {"title": "slower than usual"}, [f"{one.stack}/{one.resource} ({one.type})"])
        case Held(holder, waiting, progress):
            title = "waits for another run" if waiting else "another run has the stack"
            return _command("warning", {"title": title}, [f"{holder.stack}: {holder.run} of {holder.who}, {progress}"])
        case _:
            return ""


def _annotation(finding: Finding, name_file: Callable[[str], str], rename: Rename) -> str:
    spot = finding.where.source or finding.where
    place = {"file": name_file(spot.file), "title": finding.check}
    if spot.line is not None:
        place["line"] = str(spot.line)
    message = [finding.message]
    message += [f"because: {reason}" for reason in finding.evidence]
    message += [f"{hop.verdict}: {hop.at}: {hop.why}" for hop in finding.path]
    message += [f"{label}: {remedy}" for label, remedy in finding.remedies]
    return _command(_COMMANDS[finding.severity], place, [rename(line) for line in message])


def _refusal(error: StackflightError, name_file: Callable[[str], str]) -> str:
    place = {"file": name_file(error.file)} if error.file else {}
    place["title"] = "not judged"
    if error.file and error.line is not None:
        place["line"] = str(error.line)
    return _command("error", place, [error.message, *([f"hint: {error.hint}"] if error.hint else [])])


def _command(name: str, place: Mapping[str, str], message: Sequence[str]) -> str:
    properties = ",".join(f"{key}={_escape_property(printable(value))}" for key, value in place.items())
    return f"::{name} {properties}::{_escape(chr(10).join(map(printable, message)))}"


def _escape(text: str) -> str:
    return text.replace("##[", "# #[").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
