"""What the AWS CLI prints with --output text -> rows: a line an event, its fields parted by tabs in the order of their names."""

from __future__ import annotations

from stackflight.patterns import compile_later
from stackflight.read.events.row import TYPE, Row, whole_status

_EVENT = compile_later(r"^(?:STACKEVENTS|OPERATIONEVENTS|STACKRESOURCES|STACKRESOURCESUMMARIES|STACKRESOURCEDETAIL)\t")
_NAME = compile_later(r"[A-Za-z0-9]{1,255}")


def read_tabbed(lines: list[str]) -> tuple[list[Row], set[int]]:
    """Rows, and the numbers of the lines that they were read from. Source: AWS CLI User Guide, text output format."""
    rows: list[Row] = []
    used: set[int] = set()
    for number, line in enumerate(lines):
        row = _row(line.split("\t")[1:]) if _EVENT.match(line) else None
        if row is not None:
            row.place = number
            rows.append(row)
            used.add(number)
    return rows, used


def _row(cells: list[str]) -> Row | None:
    """Names of fields are not printed: the status is the last before the type, and the id the first plain name."""
    place = next((at for at, cell in enumerate(cells) if TYPE.fullmatch(cell)), None)
    if place is None:
        return None
    above = next((at for at in range(place - 1, -1, -1) if whole_status(cells[at]) == cells[at]), None)
    if above is None:
        return None
    type_, behind = cells[place], [*cells[place + 1 :], "", "", ""]
    stack = type_ == "AWS::CloudFormation::Stack"
    resource = behind[1] if stack and behind[0] in cells[:above] else ""
    return Row(
        status=cells[above],
        resource=resource or next((cell for cell in cells[:above] if _NAME.fullmatch(cell)), ""),
        type=type_,
        reason=" ".join(cells[above + 1 : place]).strip(),
        when=behind[2],
        stack=behind[1],
        stack_id=behind[0],
    )
