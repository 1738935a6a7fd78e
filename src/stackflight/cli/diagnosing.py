"""The verb `diagnose`: what somebody has of a failed deployment in, the cause and the remedy on stdout."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from pathlib import Path

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.screen import read_paper
from stackflight.errors import UnreadableInput, WrongUsage
from stackflight.model.diagnosis import Diagnosis
from stackflight.ports import Clock

_TYPE = re.compile(r"[A-Za-z0-9]{2,64}::[A-Za-z0-9_@-]{2,64}(?:::[A-Za-z0-9_@-]{2,64})?(?:::MODULE)?")
_NOTHING = "paste what the deployment printed: pbpaste | stackflight diagnose -"


def _diagnose(asked: Namespace, clock: Clock) -> int:  # noqa: ARG001 -- every verb is called alike
    """Read, diagnose, show. An answer is a success, whatever it says."""
    from stackflight.operate.diagnose import diagnose_text

    if asked.type and not _TYPE.fullmatch(asked.type):
        raise WrongUsage(f"--type {asked.type} is no resource type", hint="write it as in --type AWS::Lambda::Function")
    text = _read(asked.subject)
    diagnosis = diagnose_text(text, "stdin" if asked.subject == "-" else asked.subject, asked.type or "")
    _show(diagnosis, asked)
    return 0


def _show(diagnosis: Diagnosis, asked: Namespace) -> None:
    if asked.format == "json":
        from stackflight.views import diagnosis_json

        text = diagnosis_json.render_diagnosis(diagnosis)
    else:
        from stackflight.views import diagnosis_text

        text = diagnosis_text.render_diagnosis(diagnosis, read_paper())
    sys.stdout.write(text + "\n")


def _read(subject: str) -> str:
    """The text of a file or of a pipe. Raises UnreadableInput."""
    if subject == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise WrongUsage("nothing is piped in", hint=_NOTHING)
        return sys.stdin.buffer.read().decode("utf-8", "replace")
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
                "there is no such file", file=subject, hint="diagnose takes a file, or - for what is piped in"
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
    "Reads the JSON of describe-stack-events and describe-events, progress output and logs of any tool, or one message. Exit code 0 "
    "where an answer was given, whatever it is.",
    Option("subject", "A file with events or a log, or - for what is piped in.", "FILE|-"),
    (
        Option("--format", "How the diagnosis is written.", "FORMAT", choices=("text", "json")),
        Option("--type", "The resource type that a bare message is about.", "TYPE"),
    ),
    _diagnose,
)  # fmt: skip
