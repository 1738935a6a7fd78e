"""Reasons that one error lists, newest first as AWS gives them -> messages, oldest first.

Terraform's provider printed them as `STATUS: ["…" "…"]` and prints each on a line of its own now, the first behind `stack status (STATUS): `.
"""

from __future__ import annotations

from stackflight.patterns import compile_later

_QUOTED = compile_later(r"[A-Z_]{8,60}(?:\))?: \[\"(?P<reasons>.{4,8000}?)(?:\"\]|\s*$)")
_LINES = compile_later(
    r"waiting for CloudFormation Stack \(.{1,400}?\) (?:create|update|delete): stack status \([A-Z_]{8,60}\): (?P<reason>.*)$"
)
_BETWEEN = compile_later(r"\" \"|\",\s?\"")
_BOX = " \t|│╷╵"
_MOST = 400


def read_listed(lines: list[str]) -> tuple[list[str], set[int]]:
    """Messages, and the numbers of the lines that they were read from."""
    messages: list[str] = []
    used: set[int] = set()
    for number, line in enumerate(lines):
        if number in used:
            continue
        if '["' in line and (quoted := _QUOTED.search(line)):
            messages += _BETWEEN.split(quoted["reasons"])[::-1]
            used.add(number)
        elif "stack status (" in line and (first := _LINES.search(line)):
            last = next(
                (at for at in range(number + 1, min(number + _MOST, len(lines))) if not lines[at].strip(_BOX)), None
            )
            last = min(number + _MOST, len(lines)) if last is None else last
            messages += [one.strip(_BOX) for one in reversed([first["reason"], *lines[number + 1 : last]])]
            used.update(range(number, last))
    return messages, used
