"""Public resource provider schemas -> src/stackflight/facts/types.json: what replaces, what names, what times out.

    pip download --no-deps cfn-lint -d WHEELS && python tools/build_types.py WHEELS/cfn_lint-*.whl

cfn-lint (MIT-0) carries the schemas that AWS publishes for the resource types of every Region.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path
from typing import Any

Row = dict[str, Any]
DATA = "cfnlint/data/schemas"


def paths(schema: Row, section: str) -> list[str]:
    """Property paths of a section, dotted, without array markers."""
    found = {
        path.removeprefix("/properties/").replace("/*", "").replace("/", ".") for path in schema.get(section) or []
    }
    return sorted(found)


def name_property(schema: Row, fixed: list[str]) -> str:
    """The property that gives the physical resource a name of one's own; empty where there is none."""
    read_only = set(paths(schema, "readOnlyProperties"))
    identifier = paths(schema, "primaryIdentifier")
    last = schema["typeName"].rsplit("::", 1)[-1]
    wanted = [*identifier] if len(identifier) == 1 else []
    wanted += ["Name", f"{last}Name", "GroupName", "ClusterName", "AliasName", f"{last}Identifier"]
    for name in wanted:
        if name in fixed and name not in read_only and ("Name" in name or "Identifier" in name):
            return name
    return ""


def identity(schema: Row) -> list[str]:
    """The properties that together make a resource one of its kind, as far as a template gives them.

    Those of the first identifier that a template gives as a whole, else what it gives of the primary one: a parent, whose
    children may or may not share a name.
    """
    read_only = set(paths(schema, "readOnlyProperties"))
    primary = paths(schema, "primaryIdentifier")
    others = [paths({"one": one}, "one") for one in schema.get("additionalIdentifiers") or []]
    whole = next((keys for keys in (primary, *others) if keys and not read_only.intersection(keys)), None)
    return whole or [key for key in primary if key not in read_only]


def row(schema: Row) -> Row:
    """What the simulator needs of one type; empty where nothing is special."""
    fixed = paths(schema, "createOnlyProperties")
    timeouts = {
        operation: handler["timeoutInMinutes"]
        for operation, handler in (schema.get("handlers") or {}).items()
        if operation in {"create", "update", "delete"} and "timeoutInMinutes" in handler
    }
    made = {
        "replace": fixed,
        "may_replace": paths(schema, "conditionalCreateOnlyProperties"),
        "name": name_property(schema, fixed),
        "identity": identity(schema),
        "timeout_minutes": timeouts,
    }
    return {key: value for key, value in made.items() if value}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--region", default="us-east-1")
    default = Path(__file__).parent.parent / "src/stackflight/facts/types.json"
    parser.add_argument("--out", type=Path, default=default)
    given = parser.parse_args()
    with zipfile.ZipFile(given.wheel) as wheel:
        index = json.loads(wheel.read(f"{DATA}/providers/{given.region}.json"))
        date = json.loads(wheel.read(f"{DATA}/version.json"))["schema_date"][:10]
        rows = {name: row(json.loads(wheel.read(f"{DATA}/resources/{hash}.json"))) for name, hash in index.items()}
    head = {"date": date, "source": f"CloudFormation resource provider schemas of {given.region}, by way of cfn-lint"}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(rows[name])}" for name in sorted(rows) if rows[name])
    given.out.write_text(json.dumps(head, indent=1)[:-2] + ',\n "types": {\n' + lines + "\n }\n}\n")


if __name__ == "__main__":
    main()
