"""Two cfn-lint wheels -> src/stackflight/facts/attributes.json: what Fn::GetAtt gives of each type, and where that is settled.

    pip download --no-deps cfn-lint==1.5.0 -d WHEELS && pip download --no-deps cfn-lint -d WHEELS
    python tools/build_attributes.py WHEELS/cfn_lint-1.5.0-*.whl WHEELS/cfn_lint-1.58.0-*.whl

cfn-lint (MIT-0) carries the schemas that AWS publishes, and by name the types of which CloudFormation gives more than their schemas
say. A type is settled where the older wheel gives the same attributes of it as the newer one.
"""

from __future__ import annotations

import argparse
import ast
import json
import zipfile
from pathlib import Path
from typing import Any

from build_check_data import DATA, written

OUT = Path(__file__).parent.parent / "src" / "stackflight" / "facts" / "attributes.json"
ABOUT = (
    "what Fn::GetAtt gives of a resource, by its type, words apart by spaces. settled: AWS's schemas gave the same in July 2024 "
    "as they give now; growing: they did not, or the type is newer, so that an attribute may be newer than this table. Stacks, "
    "custom resources and what else names its own attributes are left out"
)
OPEN = ("AWS::CloudFormation::", "AWS::ServiceCatalog::", "AWS::Serverless::")


def schemas_of(archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    """Resource type -> its schema in us-east-1; older wheels have a file for each, newer ones a list of digests."""
    names = set(archive.namelist())
    if (listed := f"{DATA}/providers/us-east-1.json") in names:
        kinds = json.loads(archive.read(listed))
        return {kind: json.loads(archive.read(f"{DATA}/resources/{digest}.json")) for kind, digest in kinds.items()}
    inside = [name for name in names if name.startswith(f"{DATA}/providers/us_east_1/") and name.endswith(".json")]
    found = [json.loads(archive.read(name)) for name in inside]
    return {one["typeName"]: one for one in found}


def exceptions_of(archive: zipfile.ZipFile) -> tuple[set[str], dict[str, list[str]]]:
    """The types all of whose properties are attributes, and what others give beside."""
    tree = ast.parse(archive.read("cfnlint/schema/_getatts.py"))
    tables: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            tables[node.targets[0].id] = ast.literal_eval(node.value)
    return set(tables["_all_property_types"]), tables["_exceptions"]


def read_only(schema: dict[str, Any]) -> set[str]:
    """`/properties/Endpoint/Address` -> "Endpoint.Address"."""
    return {".".join(pointer.split("/")[2:]) for pointer in schema.get("readOnlyProperties", []) if "*" not in pointer}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("older", type=Path)
    parser.add_argument("newer", type=Path)
    asked = parser.parse_args()
    older, newer = zipfile.ZipFile(asked.older), zipfile.ZipFile(asked.newer)
    before, now = schemas_of(older), schemas_of(newer)
    whole, more = exceptions_of(newer)
    tables: dict[str, dict[str, str]] = {"settled": {}, "growing": {}}
    for kind in sorted(now):
        if kind.startswith(OPEN) or not kind.startswith("AWS::"):
            continue
        given = read_only(now[kind])
        settled = kind in before and given == read_only(before[kind])
        settable = set(now[kind].get("properties", {})) if kind in whole else set()
        names = " ".join(sorted(given | settable | set(more.get(kind, []))))
        tables["settled" if settled else "growing"][kind] = names
    date = str(json.loads(newer.read(f"{DATA}/version.json"))["schema_date"])[:10]
    source = "the resource schemas of CloudFormation, as cfn-lint 1.5.0 and 1.58.0 carry them"
    OUT.write_text(f"{written({'date': date, 'source': source, 'note': ABOUT, **tables}, 2)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
