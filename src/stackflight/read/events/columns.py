"""Tables whose head names the columns -> rows. Cells that a narrow column broke over several lines are put together."""

from __future__ import annotations

from stackflight.patterns import compile_later
from stackflight.read.events.row import TYPE, Row, whole_status

_HEADS = {
    "resourcestatus": "status", "status": "status", "resourcetype": "type", "type": "type", "logicalresourceid": "resource",
    "logicalid": "resource", "resource": "resource", "resourcestatusreason": "reason", "statusreason": "reason", "reason": "reason",
    "timestamp": "when", "time": "when", "stackname": "stack", "stack": "stack", "physicalid": "physical_id", "physicalresourceid": "physical_id",
    "detailedstatus": "detailed_status",
}  # fmt: skip
_NAME = compile_later(
    r"Resource ?Status ?Reason|Status [Rr]eason|ResourceStatus|Detailed [Ss]tatus|ResourceType|Logical ?Resource ?I[dD]|Logical ID|Physical ?(?:Resource ?)?I[dD]"
    r"|Timestamp|Stack ?Name|\bStatus\b|\bType\b|\bReason\b|\bResource\b|\bTime\b"
)
_CELL = compile_later(r"\S(?:\S| (?=\S))*")
_RULE = frozenset("-=+─━| \t")


def read_columns(lines: list[str]) -> tuple[list[Row], set[int]]:
    """Rows, and the numbers of the lines that they were read from."""
    rows: list[Row] = []
    used: set[int] = set()
    number = 0
    while number < len(lines):
        heads, first = _heads(lines[number]), number + 1
        if heads is None:
            heads, first = _implied_heads(lines, number), number
        if heads is None:
            number += 1
            continue
        used.add(number)
        many = len(rows)
        end = _read_table(lines, first, heads, rows, used)
        for row in rows[many:]:
            row.place = number
        number = max(number + 1, end)
    return rows, used


def _heads(line: str) -> list[tuple[str, int]] | None:
    """Names of columns with where they begin; None where the line is no head."""
    if "tatus" not in line:
        return None
    found = [(_HEADS[match[0].lower().replace(" ", "")], match.start()) for match in _NAME.finditer(line)]
    names = [name for name, _ in found]
    rest = _NAME.sub("", line).strip(" |\t+-")
    if len(rest.replace(" ", "").replace("|", "")) > 60 or "status" not in names or len(set(names)) != len(names):
        return None
    return found if len(names) >= 3 or {"resource", "reason"} & set(names) else None


def _implied_heads(lines: list[str], number: int) -> list[tuple[str, int]] | None:
    """The columns of a table whose head was cut off: a status and a type in columns of their own, and cells that go on below."""
    line = lines[number]
    cells = [(match[0].strip(), match.start()) for match in _CELL.finditer(line)]
    if (
        len(cells) < 3
        or cells[0][1] != 0
        or whole_status(cells[0][0]) == ""
        or "::" not in cells[1][0]
        or " " in cells[1][0]
    ):
        return None
    following = next((one for one in lines[number + 1 : number + 4] if one.startswith(" " * 12) and one.strip()), None)
    if following is None:
        return None
    return [(name, start) for name, (_, start) in zip(("status", "type", "resource", "reason"), cells, strict=False)]


def _read_table(lines: list[str], number: int, heads: list[tuple[str, int]], rows: list[Row], used: set[int]) -> int:
    current: dict[str, str] = {}
    tight = "\t" in lines[number - 1] or "|" in lines[number - 1]
    if tight:
        heads = _with_unknown(lines[number - 1], heads)
    while number < len(lines):
        line = lines[number]
        if len(line.strip()) > 4 and _RULE.issuperset(line):
            _finish(current, rows)
            current = {}
        elif not line.strip():
            if current or not _next_belongs(lines, number, heads):
                break
        else:
            cells = _split(line, lines[number - 1], heads, tight)
            if cells is None:
                break
            if _begins(cells, current):
                _finish(current, rows)
                current = {}
            _join(current, cells)
        used.add(number)
        number += 1
    _finish(current, rows)
    return number


def _with_unknown(line: str, heads: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The columns between marks, also those that say nothing here, which go by no name."""
    names = [_HEADS.get(cell.lower().replace(" ", ""), "") for cell in _parts(line)]
    return [(name, 0) for name in names] if {name for name, _ in heads} <= set(names) else heads


def _parts(line: str) -> list[str]:
    mark = "\t" if "\t" in line else "|"
    return [part.strip() for part in line.strip().strip("|" if mark == "|" else "\n").split(mark)]


def _next_belongs(lines: list[str], number: int, heads: list[tuple[str, int]]) -> bool:
    following = next((line for line in lines[number + 1 : number + 3] if line.strip()), "")
    return (
        bool(following)
        and _split(following, "", heads, "|" in following) is not None
        and any(whole_status(part) for part in following.split())
    )


def _split(line: str, _above: str, heads: list[tuple[str, int]], tight: bool) -> dict[str, str] | None:
    """The cells by column name; None where the line is no line of this table."""
    if tight:
        parts = _parts(line)
        if len(parts) < max(2, len(heads)):
            return None
        return {name: part for (name, _), part in zip(heads, parts, strict=False) if name}
    ends = [start for _, start in heads[1:]] + [len(line)]
    for start in [start for _, start in heads[1:]]:
        if 0 < start < len(line) and line[start - 1] != " ":
            return None
    return {name: line[start:end].strip() for (name, start), end in zip(heads, ends, strict=True)}


def _begins(cells: dict[str, str], current: dict[str, str]) -> bool:
    status = cells.get("status", "")
    if not status or not current:
        return False
    joined = current.get("status", "") + status
    return not (current.get("status") and whole_status(joined) == joined)


def _join(current: dict[str, str], cells: dict[str, str]) -> None:
    for name, text in cells.items():
        if text and text != "-":
            gap = " " if name == "reason" and current.get(name) else ""
            current[name] = current.get(name, "") + gap + text


def _finish(current: dict[str, str], rows: list[Row]) -> None:
    status = whole_status(current.get("status", ""))
    if not status:
        return
    type_ = current.get("type", "")
    rows.append(Row(**{**current, "status": status, "type": type_ if TYPE.fullmatch(type_) else ""}))
