"""The sources of the checks -> src/stackflight/facts/judged.json: the resource types that they name."""

from __future__ import annotations

import json
import re
from pathlib import Path

_SOURCE = Path(__file__).parent.parent / "src" / "stackflight"
_ROOMS = ("check", "read", "trace", "model")
_LISTS = {"resource_types.py", "names.py", "required_properties.py"}
_TYPE = re.compile(r"AWS::\w+::\w+")


def render_judged() -> dict[str, str]:
    """The file by its name below docs/reference. Lists of all types are no checks, and do not count."""
    files = [file for room in _ROOMS for file in (_SOURCE / room).rglob("*.py") if file.name not in _LISTS]
    found = {kind for file in files for kind in _TYPE.findall(file.read_text(encoding="utf-8"))}
    text = json.dumps({"types": sorted(found)}, indent=0)
    return {"../../src/stackflight/facts/judged.json": text + "\n"}
