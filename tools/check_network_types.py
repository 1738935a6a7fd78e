"""Every type and property of AWS that can change a path is marked in src/stackflight/read/network_types.json.

    .venv/bin/python tools/check_network_types.py          names what is not marked; exit code 1
    .venv/bin/python tools/check_network_types.py --seen   writes down the nested properties that are there now

The list of types and properties is generated from the schemas that cloudformation-validate carries, so that a new one of
AWS is named here until somebody has marked it. What lies inside a property is marked with it; what was there when somebody
looked stands in tools/network_parts.json, and a new one is named as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from provider_schemas import Schema, bundled_schemas

MARKS = Path(__file__).parents[1] / "src" / "stackflight" / "read" / "network_types.json"
PARTS = Path(__file__).parent / "network_parts.json"
PREFIXES = (
    "AWS::EC2::", "AWS::Route53Resolver::", "AWS::Route53Profiles::", "AWS::NetworkFirewall::", "AWS::VpcLattice::",
    "AWS::ElasticLoadBalancing::", "AWS::ElasticLoadBalancingV2::", "AWS::ServiceDiscovery::", "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet", "AWS::AppRunner::Vpc", "AWS::Lambda::NetworkConnector", "AWS::ApiGateway::VpcLink",
    "AWS::ApiGatewayV2::VpcLink", "AWS::GlobalAccelerator::",
)  # fmt: skip


def schemas() -> dict[str, Schema]:
    """The types that can have to do with paths."""
    return {name: schema for name, schema in bundled_schemas().items() if name.startswith(PREFIXES)}


def missing(types: dict[str, Any], known: dict[str, Schema], parts: dict[str, list[str]]) -> Iterator[str]:
    """What the marks and the schemas do not have in common."""
    for name, schema in sorted(known.items()):
        mark = types.get(name)
        if mark is None:
            yield f"{name} is not marked: {', '.join(schema.properties)}"
        elif mark["mark"] == "modelled":
            told = [*mark["read"], *mark["unknown"], *mark["irrelevant"]]
            yield from (f"{name} {item} is not marked" for item in schema.properties if item not in told)
            yield from (f"{name} {item} is marked and does not exist" for item in told if item not in schema.properties)
            yield from (f"{name} {item} is marked twice" for item in set(told) if told.count(item) > 1)
            seen = parts.get(name, [])
            yield from (f"{name} {item} is new inside a property" for item in schema.parts if item not in seen)
            yield from (f"{name} {item} is seen and does not exist" for item in seen if item not in schema.parts)
        elif not mark.get("why"):
            yield f"{name} is {mark['mark']} without a reason"
    yield from (f"{name} is marked and does not exist" for name in types if name not in known)


def seen_now(types: dict[str, Any], known: dict[str, Schema]) -> str:
    """The nested properties of today, of what is modelled."""
    found = {
        name: known[name].parts for name, mark in sorted(types.items()) if mark["mark"] == "modelled" and name in known
    }
    rows = [f" {json.dumps(name)}: {json.dumps(parts)}" for name, parts in found.items() if parts]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> int:
    given = json.loads(MARKS.read_text(encoding="utf-8"))
    if sys.argv[1:] == ["--seen"]:
        PARTS.write_text(seen_now(given["types"], schemas()), encoding="utf-8")
        return 0
    found = list(missing(given["types"], schemas(), json.loads(PARTS.read_text(encoding="utf-8"))))
    for line in found:
        sys.stderr.write(f"{MARKS.name}: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
