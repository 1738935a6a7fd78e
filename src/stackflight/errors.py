"""The exception tree: what can be wrong with what a user hands over, and what to do about it.

StackflightError            message + hint; never caught but by the command line
├── WrongUsage              exit code 64: the command, an option or a setting does not exist or does not fit
├── UnreadableInput         exit code 66: a file is missing, broken or of another kind
├── AppFailed               exit code 66: the CDK app did not produce a cloud assembly
├── OperationRefused        exit code 1: CloudFormation does not accept the operation
│   └── NothingToDo         the stack is as the template wants it already; whoever deploys takes it as a success
├── StackHeld               exit code 2: another deployment holds the stack
├── StillRunning            exit code 3: it goes on without us; `watch` attaches again
├── Blocked                 exit code 10: findings, or data that would be lost, stop it before anything is done
└── CloudUnavailable        exit code 1: AWS cannot be asked; the three below pass by themselves or when somebody acts
    ├── CredentialsEnded    they are missing, have expired or are refused
    ├── NetworkGone         no answer comes
    └── Throttled           too many questions in too short a time
"""

from __future__ import annotations


class StackflightError(Exception):
    """Something the user can mend.

    `message` says what happened, `hint` what to do; `file`, `line` and `column` (both 1-based) say where.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str = "",
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.file = file
        self.line = line
        self.column = column

    @property
    def place(self) -> str:
        """`file:line:column` as far as it is known, else an empty string."""
        if not self.file or self.line is None:
            return self.file
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column is not None else "")


class WrongUsage(StackflightError):
    """The command, an option or a setting does not exist or does not fit."""

    exit_code = 64


class UnreadableInput(StackflightError):
    """A file is missing, broken or of another kind."""

    exit_code = 66


class AppFailed(StackflightError):
    """The CDK app did not produce a cloud assembly."""

    exit_code = 66


class OperationRefused(StackflightError):
    """CloudFormation does not accept the operation: the stack's status, its protection or the template forbids it."""


class NothingToDo(OperationRefused):
    """The stack is already as it is wanted."""


class StackHeld(StackflightError):
    """Another deployment holds the stack."""

    exit_code = 2


class StillRunning(StackflightError):
    """What was started goes on without us."""

    exit_code = 3


class Blocked(StackflightError):
    """Findings, or data that would be lost, stop it before anything is done."""

    exit_code = 10


class CloudUnavailable(StackflightError):
    """AWS cannot be asked."""


class CredentialsEnded(CloudUnavailable):
    """The credentials are missing, have expired or are refused."""


class NetworkGone(CloudUnavailable):
    """No answer comes."""


class Throttled(CloudUnavailable):
    """Too many questions in too short a time."""
