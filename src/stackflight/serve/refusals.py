"""What CloudFormation answers when it will not: error codes and texts as its clients know them.

Codes and HTTP statuses: the service model's error shapes. Texts: AWS's own, as the issue trackers of its clients quote
them; `ValidationError` is the common error for whatever is wrong with a request.
"""

from __future__ import annotations


class Refusal(Exception):
    """An answer that is an error: code, text and HTTP status."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.status = status


def invalid(text: str) -> Refusal:
    """The common ValidationError."""
    return Refusal("ValidationError", text)


def no_stack(name: str) -> Refusal:
    """No stack of this name, as reads and change sets say it."""
    return invalid(f"Stack with id {name} does not exist")


def no_stack_to_act_on(name: str) -> Refusal:
    """No stack of this name, as writes and DescribeStackEvents say it."""
    return invalid(f"Stack [{name}] does not exist")


def no_change_set(name: str) -> Refusal:
    """No change set of this name."""
    return Refusal("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def not_served(operation: str) -> Refusal:
    """The call is CloudFormation's, but this endpoint does not play it."""
    text = f"stackflight serve does not play {operation}; the calls that it plays are listed in docs/guides/serve.md"
    return Refusal("NotImplemented", text, 501)
