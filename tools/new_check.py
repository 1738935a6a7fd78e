"""The id of a check and its room -> the places that a new check needs, written: module, registry, case of the corpus.

    make new-check ID=event-topic-closed ROOM=access            (a module of its own, event_topic_closed.py)
    make new-check ID=event-topic-closed ROOM=access FILE=trust (at the end of access/trust.py)

What is left is said at the end. Nothing that is there already is written over.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_CHECKS = _ROOT / "src" / "stackflight" / "check"
_REGISTRY = _CHECKS / "registry.py"
_CORPUS = _ROOT / "tests" / "corpus"

_HEAD = '''"""World -> findings on …

Source: …
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import broken
from stackflight.model.finding import Finding
'''
_UNIT = '''
{constant} = Check(
    "{id}",
    found_when="…",
    explains="…",
    may=(WARNING,),
    sources=("https://docs.aws.amazon.com/…",),
)


@finds({constant})
def find_{name}(case: Case) -> Iterator[Finding]:
    """…"""
    for resource in case.world.of_type("AWS::…::…"):
        yield broken(case, {constant}, [resource.address], f"{{resource.address}} …", "…")
'''
_TEMPLATE = "# {what}\nResources: {{}}\n"
_NO_ROOMS = {"law", "update", "__pycache__"}


def rooms() -> list[str]:
    """The rooms in which a check in code may live."""
    return sorted(folder.name for folder in _CHECKS.iterdir() if folder.is_dir() and folder.name not in _NO_ROOMS)


def write_module(id: str, room: str, file: str) -> Path:
    """The check and the function that finds it: a module of its own, or the end of one that is there."""
    module = _CHECKS / room / f"{file or id.replace('-', '_')}.py"
    unit = _UNIT.format(id=id, name=id.replace("-", "_"), constant=id.replace("-", "_").upper())
    if module.is_file():
        module.write_text(f"{module.read_text(encoding='utf-8').rstrip()}\n\n{unit}", encoding="utf-8")
    else:
        module.write_text(_HEAD + unit, encoding="utf-8")
        register(room, module.stem)
    return module


def register(room: str, module: str) -> None:
    """The import of a new module, and its place at the end of the modules of its room."""
    text = _REGISTRY.read_text(encoding="utf-8")
    found = re.search(rf"from stackflight\.check\.{room} import (\([^)]*\)|[^\n]*)", text)
    if found is None:
        raise SystemExit(f"{_REGISTRY} imports nothing from {room}: enter {module} by hand")
    given = [name.strip() for name in found[1].strip("()").split(",") if name.strip()]
    line = f"from stackflight.check.{room} import ({', '.join(sorted([*given, module]))})"
    head, _, order = text.replace(found[0], line).partition("_MODULES")
    last = max(order.index(f"    {name},\n") + len(f"    {name},\n") for name in given if f"    {name},\n" in order)
    _REGISTRY.write_text(f"{head}_MODULES{order[:last]}    {module},\n{order[last:]}", encoding="utf-8")


def write_case(id: str) -> Path:
    """The case that shows it: bad and fixed template, and what must stay silent."""
    folder = _CORPUS / id
    (folder / "legal").mkdir(parents=True)
    (folder / "bad.yaml").write_text(_TEMPLATE.format(what="what is found"), encoding="utf-8")
    (folder / "fixed.yaml").write_text(_TEMPLATE.format(what="the same, mended"), encoding="utf-8")
    (folder / "legal" / "nearly.yaml").write_text(
        _TEMPLATE.format(what="what looks like it and is right; as many files as there are such ways"), encoding="utf-8"
    )
    case = {"check": id, "blame": ["the resource to change"], "severity": "warning"}
    (folder / "case.json").write_text(json.dumps(case) + "\n", encoding="utf-8")
    return folder


def main() -> None:
    """Write what can be written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("id")
    parser.add_argument("room", choices=rooms())
    parser.add_argument("file", nargs="?", default="")
    given = parser.parse_args()
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", given.id):
        raise SystemExit(f"{given.id} is no id: say in a few words what is wrong, as database-unreachable does")
    if (_CORPUS / given.id).exists():
        raise SystemExit(f"there is a case {given.id} already")
    module = write_module(given.id, given.room, given.file.removesuffix(".py"))
    folder = write_case(given.id)
    sys.stdout.write(
        f"written; three places are left to you:\n"
        f"  1  {module.relative_to(_ROOT)}: what it finds, and how\n"
        f"  2  {folder.relative_to(_ROOT)}: bad.yaml, fixed.yaml, legal/*.yaml, and whom to blame in case.json\n"
        f"  3  CHANGELOG.md\n"
        "then: make docs check, and .venv/bin/pytest tests/check\n"
    )


if __name__ == "__main__":
    main()
