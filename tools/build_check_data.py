"""Public schemas and prices -> src/stackflight/check/data: resource types, required properties, database classes.

    pip download --no-deps cfn-lint -d WHEELS && python tools/build_check_data.py WHEELS/cfn_lint-*.whl

cfn-lint (MIT-0) carries the schemas that AWS publishes for the resource types of every Region, and the instance classes
of its price list. The lists below the docstring of each module are replaced; everything else in it is kept.
"""

from __future__ import annotations

import argparse
import json
import re
import textwrap
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "src" / "stackflight" / "check" / "data"
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


def replace(module: str, name: str, literal: str, date: str) -> None:
    """Put a new literal behind `NAME = ` and a new date into a module of the data folder."""
    file = OUT / f"{module}.py"
    text = re.sub(r"Date: \d{4}-\d\d-\d\d", f"Date: {date}", file.read_text(encoding="utf-8"))
    text = re.sub(r'DATE = "[^"]*"', f'DATE = "{date}"', text)
    file.write_text(re.sub(rf"(?ms)^{name} = \{{.*?^\}}", lambda _: f"{name} = {literal}", text), encoding="utf-8")


def mapping(rows: dict[str, str], width: int = 90) -> str:
    """A dict of texts, long ones broken into lines."""
    lines = ["{"]
    for key, value in rows.items():
        parts = textwrap.wrap(value, 105, break_long_words=False)
        if len(value) < width or len(parts) < 2:
            lines.append(f'    "{key}": "{value}",')
            continue
        inner = [f'        "{part}{" " if index < len(parts) - 1 else ""}"' for index, part in enumerate(parts)]
        lines += [f'    "{key}": (', *inner, "    ),"]
    return "\n".join([*lines, "}"])


def main() -> None:
    """Write the three modules; `ruff format` brings them into shape."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    wheel = Wheel(parser.parse_args().wheel)
    schemas = wheel.schemas()
    by_service: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(schemas):
        service, _, name = kind.rpartition("::")
        if service.startswith("AWS::"):
            by_service[service].append(name)
    replace(
        "resource_types", "TYPES", mapping({key: " ".join(names) for key, names in by_service.items()}), wheel.date()
    )
    kept = re.findall(r'^    "(AWS::[\w:]+)"', (OUT / "required_properties.py").read_text(encoding="utf-8"), re.M)
    required = {
        kind: " ".join(sorted(set.intersection(*(set(one.get("required", [])) for one in schemas[kind]))))
        for kind in kept
        if kind in schemas
    }
    replace("required_properties", "REQUIRED", mapping(required, 200), wheel.date())
    engines = classes(wheel)
    body = "".join(
        f'    "{name}": {textwrap.indent(mapping(families(engines[name]), 200), "    ").strip()},\n' for name in ENGINES
    )
    replace("database_classes", "CLASSES", "{\n" + body + "}", wheel.date())


if __name__ == "__main__":
    main()
