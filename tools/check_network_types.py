"""Every type and property of AWS that can change a path is marked in src/stackflight/read/network_types.json.

A new type or property in the resource schemas is named here until somebody has marked it; exit code 1.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARKS = Path(__file__).parents[1] / "src" / "stackflight" / "read" / "network_types.json"
PREFIXES = (
    "AWS::EC2::", "AWS::Route53Resolver::", "AWS::Route53Profiles::", "AWS::NetworkFirewall::", "AWS::VpcLattice::",
    "AWS::ElasticLoadBalancing::", "AWS::ElasticLoadBalancingV2::",
)  # fmt: skip


def schemas() -> dict[str, list[str]]:
    """Type -> the properties that a template may write, tags left out."""
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None and spec.origin is not None
    found: dict[str, list[str]] = {}
    for file in (Path(spec.origin).parent / "data" / "schemas" / "resources").glob("*.json"):
        schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        name = str(schema.get("typeName", ""))
        if name.startswith(PREFIXES):
            closed = {path.split("/")[2] for path in schema.get("readOnlyProperties", []) if path.count("/") == 2}
            found[name] = sorted(set(schema["properties"]) - closed - {"Tags"})
    return found


def missing(types: dict[str, Any], known: dict[str, list[str]]) -> Iterator[str]:
    """What the marks and the schemas do not have in common."""
    for name, properties in sorted(known.items()):
        mark = types.get(name)
        if mark is None:
            yield f"{name} is not marked"
        elif mark["mark"] == "modelled":
            told = [*mark["read"], *mark["unknown"], *mark["irrelevant"]]
            yield from (f"{name} {item} is not marked" for item in properties if item not in told)
            yield from (f"{name} {item} is marked and does not exist" for item in told if item not in properties)
            yield from (f"{name} {item} is marked twice" for item in set(told) if told.count(item) > 1)
        elif not mark.get("why"):
            yield f"{name} is {mark['mark']} without a reason"
    yield from (f"{name} is marked and does not exist" for name in types if name not in known)


def main() -> int:
    found = list(missing(json.loads(MARKS.read_text(encoding="utf-8"))["types"], schemas()))
    for line in found:
        sys.stderr.write(f"{MARKS.name}: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
