"""The verb `diagnose`: what somebody has of a failed deployment in, the cause and the remedy on stdout."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.aws_place import CREDENTIALS
from stackflight.cli.files import write_page, write_text
from stackflight.cli.judging import HTML, LEDGER, OUTPUT
from stackflight.cli.screen import read_paper, read_rows
from stackflight.cli.writers import deliver
from stackflight.errors import UnreadableInput, WrongUsage
from stackflight.model.diagnosis import Diagnosis
from stackflight.model.report import CheckReport
from stackflight.patterns import compile_later
from stackflight.ports import Clock

_TYPE = compile_later(r"[A-Za-z0-9]{2,64}::[A-Za-z0-9_@-]{2,64}(?:::[A-Za-z0-9_@-]{2,64})?(?:::MODULE)?")
_RUN = compile_later(r"r-\d{4,32}")
_NOTHING = "paste what the deployment printed: pbpaste | stackflight diagnose -"


def _diagnose(asked: Namespace, clock: Clock) -> int:
    """Read, diagnose, show. An answer is a success, whatever it says."""
    from stackflight.operate.diagnose import diagnose_text

    if asked.type and not _TYPE.fullmatch(asked.type):
        raise WrongUsage(f"--type {asked.type} is no resource type", hint="write it as in --type AWS::Lambda::Function")
    report = _judge(asked.template, clock) if asked.template else None
    text = ""
    if _is_told_by_others(asked.subject):
        from stackflight.cli.looking_back import diagnose_run, diagnose_stack

        told = _RUN.fullmatch(asked.subject)
        diagnosis = diagnose_run(asked.subject, asked, clock, report) if told else diagnose_stack(asked, clock, report)
    else:
        text = _read(asked.subject)
        diagnosis = diagnose_text(text, "stdin" if asked.subject == "-" else asked.subject, asked.type or "", report)
    if asked.report:
        from stackflight.operate.cases import render_case

        write_text("--report", asked.report, render_case(text, diagnosis))
    if asked.redact:
        from stackflight.diagnose.hide import hide

        diagnosis = hide(diagnosis)
    _show(diagnosis, asked)
    return 0


def _is_told_by_others(subject: str) -> bool:
    """Whether it is no file: a run of the ledger, or a stack that AWS is asked about."""
    from stackflight.cli.looking_back import STACK

    try:
        there = Path(subject).exists()
    except (OSError, ValueError):
        there = False
    return subject != "-" and not there and bool(_RUN.fullmatch(subject) or STACK.fullmatch(subject))


def _judge(template: str, clock: Clock) -> CheckReport:
    """The findings of the template that was deployed."""
    from stackflight.cli.inputs import Inputs
    from stackflight.cli.judging import judge
    from stackflight.cli.talk import say
    from stackflight.cli.targets import Targets

    with Targets(say, clock) as opener:
        return judge([opener.open(template)], Inputs(), None, clock)


def _show(diagnosis: Diagnosis, asked: Namespace) -> None:
    if asked.html:
        from stackflight.views import diagnosis_html

        write_page(asked.html, diagnosis_html.render_diagnosis(diagnosis), [Path(asked.subject)])
    deliver(asked.output, lambda: _render(diagnosis, asked.format), [Path(asked.subject)])


def _render(diagnosis: Diagnosis, format: str) -> str:
    if format == "json":
        from stackflight.views import diagnosis_json

        return diagnosis_json.render_diagnosis(diagnosis)
    if format == "markdown":
        from stackflight.views import diagnosis_markdown

        return diagnosis_markdown.render_diagnosis(diagnosis)
    from stackflight.views import diagnosis_text

    return diagnosis_text.render_diagnosis(diagnosis, read_paper(), read_rows())


def _read(subject: str) -> str:
    """The text of a file or of a pipe. Raises UnreadableInput."""
    if subject == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise WrongUsage("nothing is piped in", hint=_NOTHING)
        return _decode(sys.stdin.buffer.read())
    path = Path(subject)
    try:
        if path.is_dir():
            raise UnreadableInput(
                "this is a folder",
                file=subject,
                hint="give a file with events or a log; stackflight check judges a cdk.out",
            )
        if not path.exists():
            raise UnreadableInput(
                "there is no such file",
                file=subject,
                hint="diagnose takes a file, the id of a run, the name or ARN of a stack, or - for what is piped in",
            )
        return _decode(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it cannot be opened").lower()
        raise UnreadableInput(
            f"the file cannot be read: {reason}", file=subject, hint="check that it exists and that you may read it"
        ) from None


def _decode(content: bytes) -> str:
    """UTF-8, or UTF-16 as Windows' shells write it."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


DIAGNOSE = Verb(
    "diagnose",
    "Say which failure caused all others, why, whether trying again helps, and what to do.",
    "Reads the JSON of describe-stack-events and describe-events, progress output and logs of any tool, one message, a run of the ledger, or what AWS "
    "tells of a stack (read only). Exit code 0 where an answer was given, whatever it is.",
    Option("subject", "A file with events or a log, the id of a run, the name or ARN of a stack, or - for what is piped in.",
           "FILE|RUN|STACK|-"),
    (
        Option("--format", "How the diagnosis is written.", "FORMAT", choices=("text", "json", "markdown")),
        OUTPUT,
        Option("--type", "The resource type that a bare message is about.", "TYPE"),
        Option("--template", "What was deployed: findings about what failed confirm the cause.", "TARGET"),
        *CREDENTIALS[:2],
        Option("--redact", "Take out account ids, ARNs, addresses, ids, tokens and signed URLs."),
        Option("--report", "Write a case file without secrets and identities, to say what a diagnosis got wrong.", "FILE"),
        LEDGER,
        HTML,
    ),
    _diagnose,
)  # fmt: skip
