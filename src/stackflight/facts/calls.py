"""Operations of an API, as code names them -> the IAM actions that they ask for, and on which part of a resource."""

from __future__ import annotations

from stackflight.facts.load import Row, known_actions, read_table


def row_of(prefix: str) -> Row:
    """What is known of the calls of a service, by the prefix of its actions; empty where nothing is."""
    found: Row = read_table("calls")["services"].get(prefix, {})
    return found


def action_of(prefix: str, operation: str) -> str:
    """The IAM action of an operation; empty where it has none of its own name, or is not known."""
    row = row_of(prefix)
    if operation in row.get("operations", {}):
        return str(row["operations"][operation])
    known = known_actions(prefix)
    if row.get("only") or operation in row.get("none", ()) or known is None or operation.lower() not in known[0]:
        return ""
    return f"{prefix}:{known[0][operation.lower()]}"


def part_of(prefix: str, operation: str) -> tuple[str, str]:
    """The argument that names the part of a resource which an operation is for, and what stands before it in the ARN.

    Both are empty where it is for the resource as a whole, the argument where it is for any part.
    """
    argument, before = row_of(prefix).get("parts", {}).get(operation, ("", ""))
    return argument, before
