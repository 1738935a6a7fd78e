"""Public schemas and prices -> src/stackflight/facts: resource types, required properties, database classes.

    pip download --no-deps cfn-lint -d WHEELS && python tools/build_check_data.py WHEELS/cfn_lint-*.whl

cfn-lint (MIT-0) carries the schemas that AWS publishes for the resource types of every Region, and the instance classes
of its price list. What is made of them is replaced in each table, with the date; everything else in it is kept.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "src" / "stackflight" / "facts"
DATA = "cfnlint/data/schemas"
ENGINES = ("aurora-mysql", "aurora-postgresql", "docdb", "neptune", "mysql", "mariadb", "postgres")


class Wheel:
    """The files of a cfn-lint wheel."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path)

    def load(self, name: str) -> Any:
        """One JSON file below the schemas."""
        return json.loads(self.archive.read(f"{DATA}/{name}"))

    def date(self) -> str:
        """The day of the schemas."""
        return str(self.load("version.json")["schema_date"])[:10]

    def schemas(self) -> dict[str, list[dict[str, Any]]]:
        """Resource type -> its schemas, one for each Region that has it."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        known: dict[str, dict[str, Any]] = {}
        for name in self.archive.namelist():
            if name.startswith(f"{DATA}/providers/") and name.endswith(".json") and "sam.json" not in name:
                for kind, digest in self.load(f"providers/{Path(name).name}").items():
                    if digest not in known:
                        known[digest] = self.load(f"resources/{digest}.json")
                    found[kind].append(known[digest])
        return found


def values_of(value: Any, key: str) -> Iterator[Any]:
    """Every value under a key, however deep."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield item
            yield from values_of(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from values_of(item, key)


def classes(wheel: Wheel) -> dict[str, set[str]]:
    """Engine -> instance classes with a price in any Region."""
    found: dict[str, set[str]] = defaultdict(set)
    for region in wheel.load("extensions/aws_rds_dbinstance/dbinstanceclass_enum.json").values():
        for rule in region["allOf"]:
            engine = rule["if"]["properties"]["Engine"]
            for name in [engine["const"]] if "const" in engine else engine.get("enum", []):
                found[name] |= set(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    for engine_name, folder in (("docdb", "aws_docdb_dbinstance"), ("neptune", "aws_neptune_dbinstance")):
        listed = values_of(wheel.load(f"extensions/{folder}/dbinstanceclass_enum.json"), "enum")
        found[engine_name] = {item for group in listed for item in group if str(item).startswith("db.")}
    return found


def families(names: set[str]) -> dict[str, str]:
    """Sizes by the families that have exactly these, both as words."""
    sizes: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        _, family, *size = name.split(".", 2)
        sizes[family].append(size[0] if size else "")
    grouped: dict[str, list[str]] = defaultdict(list)
    for family, given in sorted(sizes.items()):
        grouped[" ".join(sorted(given))].append(family)
    return {" ".join(names): given for given, names in sorted(grouped.items(), key=lambda item: item[1])}


def replace(table: str, key: str, made: dict[str, Any], date: str, depth: int = 2) -> None:
    """Put what was made and a new date into a table of facts."""
    file = OUT / f"{table}.json"
    given = {**json.loads(file.read_text(encoding="utf-8")), "date": date, key: made}
    file.write_text(f"{written(given, depth)}\n", encoding="utf-8")


def written(value: Any, depth: int, level: int = 0) -> str:
    """JSON with a line for each item down to a depth."""
    if not isinstance(value, dict) or level == depth or not value:
        return json.dumps(value, ensure_ascii=False)
    rows = (f"{' ' * level} {json.dumps(key)}: {written(item, depth, level + 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(rows) + f"\n{' ' * level}}}"


def main() -> None:
    """Write the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    wheel = Wheel(parser.parse_args().wheel)
    schemas = wheel.schemas()
    by_service: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(schemas):
        service, _, name = kind.rpartition("::")
        if service.startswith("AWS::"):
            by_service[service].append(name)
    replace("resource_types", "types", dict(by_service), wheel.date())
    kept = json.loads((OUT / "required_properties.json").read_text(encoding="utf-8"))["types"]
    required = {
        kind: sorted(set.intersection(*(set(one.get("required", [])) for one in schemas[kind])))
        for kind in kept
        if kind in schemas
    }
    replace("required_properties", "types", required, wheel.date())
    engines = classes(wheel)
    replace("database_classes", "classes", {name: families(engines[name]) for name in ENGINES}, wheel.date(), 3)


if __name__ == "__main__":
    main()
