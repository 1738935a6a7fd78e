"""The map names every room that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import stackflight

ROOT = Path(stackflight.__file__).parent
MAP = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_package_of_the_engine_stands_on_the_map() -> None:
    packages = {file.parent.relative_to(ROOT) for file in ROOT.rglob("__init__.py")} - {Path()}

    assert {str(package) for package in packages if f"{package.name}/" not in MAP} == set()


def test_every_room_of_the_checks_on_the_map_is_there() -> None:
    layout = MAP[MAP.index("      check/  ") : MAP.index("      rehearse/  ")]
    rooms = {name for line in layout.splitlines()[1:] for name in re.findall(r"(?<![\w/])(\w+)/(?= |$)", line[:150])}

    assert rooms - {"facts"} == {file.parent.name for file in (ROOT / "check").glob("*/__init__.py")}
